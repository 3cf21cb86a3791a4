"""The example scripts run in small, as a user runs them: in a process of their own, and the longer one on one core."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
IN_SMALL = {"chips=240": "chips=40", "epochs: 5": "epochs: 1"}
# As on a machine of one core: workers are tested elsewhere, and each would load the libraries anew.
ON_ONE_CORE = """
import os, runpy, sys
os.sched_getaffinity = lambda _: {0}
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def run(name: str, folder: Path, *options: str) -> str:
    script, text = folder / name, (EXAMPLES / name).read_text(encoding="utf-8")
    for large, small in IN_SMALL.items():
        text = text.replace(large, small)
    script.write_text(text, encoding="utf-8")
    command = [sys.executable, *options, script]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=600).stdout


def test_captions_with_evidence(tmp_path: Path) -> None:
    printed = run("captions_with_evidence.py", tmp_path)
    assert "object 4: tank" in printed
    assert "still true" in printed
    assert "the annotation has" in printed


def test_train_and_measure(tmp_path: Path) -> None:
    printed = run("train_and_measure.py", tmp_path, "-c", ON_ONE_CORE)
    assert "40 images, 200 captions" in printed
    assert "grouped_mean_recall" in printed
    assert (tmp_path / "runs" / "example" / "report.html").stat().st_size


@pytest.mark.parametrize("script", sorted(EXAMPLES.glob("*.py")), ids=lambda script: script.name)
def test_every_example_is_tested(script: Path) -> None:
    assert f'run("{script.name}"' in Path(__file__).read_text(encoding="utf-8")
