"""The front door: what `import sarvl` offers, that it brings in nothing heavy, and that plain paths are taken."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sarvl
from sarvl.simulation import simulate_dataset

HEAVY = {"torch", "rasterio", "cv2", "open_clip", "matplotlib", "pyarrow", "scipy", "numpy", "timm", "pydantic"}
OFFERED = {
    *("build", "train", "evaluate", "report", "score", "audit", "embed", "classify", "convert", "narrate", "compose"),
    *("ask", "calibrate", "pack", "describe", "verify", "read_image", "load_model", "Corpus"),
}
HELP = """
import sarvl.cli, typer.testing
assert 'Build recipe' in typer.testing.CliRunner().invoke(sarvl.cli.app, ['build', '--help']).output
"""


def loaded_by(program: str) -> set[str]:
    """Return the names of all top packages that a fresh Python has loaded after a program."""
    printing = "import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", f"{program}\n{printing}"], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_import_brings_in_nothing_heavy():
    assert not loaded_by("import sarvl; dir(sarvl)") & HEAVY


def test_the_help_brings_in_nothing_heavy():
    loaded = loaded_by(HELP)
    assert "sarvl" in loaded
    assert not loaded & (HEAVY - {"pydantic"})  # which typer takes where it is there


def test_all_that_is_promised_is_there():
    assert set(sarvl.__all__) == OFFERED <= set(dir(sarvl))
    for name in OFFERED:
        assert getattr(sarvl, name).__name__ == name
    with pytest.raises(AttributeError, match="module 'sarvl' has no attribute 'bild'"):
        sarvl.bild  # noqa: B018


def test_workers_have_one_default_everywhere():
    """None, which stands for all cores; ``parallel.worker_count`` alone knows what that is."""
    found = []
    for path in Path(sarvl.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                found += [f"{path}:{node.lineno} {value}" for value in defaults_of(node.args, "workers")]
    assert len(found) > 10
    assert [place for place in found if not place.endswith(" None")] == []


def defaults_of(arguments: ast.arguments, name: str) -> list[str]:
    """Return the default of an argument of that name, as it is written; none where it has none."""
    plain = [*arguments.posonlyargs, *arguments.args]
    with_default = plain[len(plain) - len(arguments.defaults) :]
    pairs = [
        *zip(with_default, arguments.defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return [ast.unparse(default) for argument, default in pairs if default and argument.arg == name]


RECIPE = """
sources:
  - {name: s, format: coco, images: sim/images, annotations: sim/annotations.json, quantity: display,
     splits: {train: 0.5, test: 0.5}}
"""
TRAIN = """
model: {architecture: sarvl-tiny}
stages: [{name: sar, corpus: corpus, epochs: 1, batch_size: 8, learning_rate: 1.0e-3}]
"""


def test_plain_paths_go_all_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    simulate_dataset("sim", chips=24, size=64, workers=1)
    Path("build.yaml").write_text(RECIPE)
    Path("train.yaml").write_text(TRAIN)
    corpus = sarvl.build("build.yaml", out="corpus", workers=1)
    assert sarvl.Corpus.open("corpus").digest == corpus.digest
    run = sarvl.train("train.yaml", out="run", workers=1)
    assert sarvl.load_model("run").name == "sarvl-tiny"
    rows = sarvl.evaluate(run, "corpus", "test", ["retrieval"], "rows.jsonl", workers=1)
    assert rows[0].model == "run"
    page = sarvl.report("rows.jsonl", "page.html", model="run", corpus="corpus", workers=1)
    assert page == Path("page.html")
    assert "retrieval" in page.read_text(encoding="utf-8")
