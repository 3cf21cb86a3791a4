"""Completion in a shell: of commands, of options, and of names that a registry has."""

import os
import subprocess
import sys

import pytest

from sarvl.corpus.export.form import EXPORTS


def completed(line: str) -> list[str]:
    """Return what bash is offered for a line that is being typed."""
    words = line.split(" ")
    asked = {"_SARVL_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    program = "import sys; sys.argv = ['sarvl']; from sarvl.cli import main; main()"
    environment = os.environ | asked
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("sarvl exp", ["export"]),
        ("sarvl export --sp", ["--split"]),
        ("sarvl export --to ", EXPORTS.names()),
        ("sarvl export --to w", ["webdataset"]),
        ("sarvl evaluate --task zer", ["zeroshot"]),
        ("sarvl embed --quantity dec", ["decibel"]),
    ],
)
def test_a_line_is_completed(line, offered):
    assert completed(line) == offered


def test_the_script_for_a_shell_is_printed():
    environment = os.environ | {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    program = "import sys; sys.argv = ['sarvl', '--show-completion', 'bash']; from sarvl.cli import main; main()"
    shown = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert "complete -o default -F _sarvl_completion sarvl" in shown.stdout
