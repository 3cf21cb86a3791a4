"""``sarvl init`` as it is called."""

import sys

import cv2
import numpy as np
import pytest

from sarvl import cli


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["sarvl", *arguments])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        captured = capsys.readouterr()
        return int(caught.value.code or 0), captured.out, captured.err

    return call


def chips(folder, dtype) -> None:
    for name in ("ship", "bridge"):
        (folder / name).mkdir(parents=True)
        for number in range(4):
            pixels = np.random.default_rng(number).integers(0, 255, (30, 30)).astype(dtype)
            cv2.imwrite(str(folder / name / f"{number}.tif"), pixels)


def test_init_tells_what_it_found_and_build_takes_the_recipe(run, tmp_path):
    chips(tmp_path / "chips", np.uint8)
    code, out, _ = run("init", "chips")
    assert code == 0
    assert out.splitlines() == [
        "source chips: folders: 8 images",
        "classes (images): bridge 4, ship 4",
        "sizes: 30 x 30 pixels",
        "quantity: display (8 of 8 files read)",
        "scenes: none that the file names tell surely",
        "recipe: chips.yaml; next: sarvl build chips.yaml --out corpora/chips",
    ]
    code, out, _ = run("build", "chips.yaml", "--out", "corpora/chips", "--workers", "1")
    assert out.startswith("8 of 8 images in corpora/chips\n")
    code, out, err = run("init", "chips")
    assert (code, out) == (1, "")
    assert err == "error: chips.yaml: exists already; choose another --out, or replace it with --force\n"


def test_a_line_that_must_be_filled_in_is_told_and_build_names_it(run, tmp_path):
    chips(tmp_path / "chips", np.uint16)
    code, out, _ = run("init", "chips", "--out", "mine.yaml")
    number = next(
        n for n, line in enumerate((tmp_path / "mine.yaml").read_text().splitlines(), 1) if "y: FILL_IN" in line
    )
    assert f"fill in line {number} of mine.yaml: only you can know it" in out
    code, _, err = run("build", "mine.yaml", "--out", "corpus", "--workers", "1")
    assert code == 1
    assert err.startswith("error: mine.yaml: sources.0.quantity: ")
