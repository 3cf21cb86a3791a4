"""``benchmarks/training.py`` runs: nobody else would see that what it calls has changed."""

import json
import re
import runpy
from pathlib import Path

import open_clip
import pytest
from micro import MICRO_CONFIG

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "training.py"
VISION = {"image_size": 32, "layers": 1, "width": 16, "head_width": 8, "patch_size": 8}


@pytest.fixture(scope="module")
def benchmark():
    return runpy.run_path(str(SCRIPT))["main"]


def test_it_tells_speed_and_the_share_of_the_peak(benchmark, tmp_path, capsys):
    """Regression: a run had got a field that the script did not give."""
    path = tmp_path / "sarvl-micro-timed.json"
    path.write_text(json.dumps(MICRO_CONFIG | {"vision_cfg": VISION}))
    open_clip.add_model_config(path)
    few = ["--batch=8", "--steps=1", "--block=1", "--peak-tflops=1e-3"]
    benchmark(["--architecture", path.stem, "--device", "cpu", *few])
    told = capsys.readouterr().out
    assert "sarvl-micro-timed, batch 8, cpu" in told
    flops, speed, share = (
        float(re.search(wanted, told)[1])
        for wanted in (r"has (\S+) GFLOP", r"(\S+) TFLOP/s with", r"share of the peak of 0\.001 TFLOP/s: (\S+) %")
    )
    assert flops > 0
    assert share == pytest.approx(100 * speed / 1e-3, abs=0.1)


def test_a_gpu_that_is_not_there_is_one_line(benchmark, capsys, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(SystemExit):
        benchmark(["--device", "cuda"])
    assert capsys.readouterr().err.endswith("error: --device cuda: PyTorch finds no GPU here\n")
