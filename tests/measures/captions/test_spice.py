"""SPICE: what it lacks is told, and what pycocoevalcap gives is taken caption by caption."""

import sys

import numpy as np
import pytest

from sarvl.errors import EvaluationError
from sarvl.measures.captions import spice as module
from sarvl.measures.captions.referenced import ReferencedCaptions
from sarvl.measures.captions.spice import JARS, spice, what_spice_lacks

SCORED = ReferencedCaptions(["two ships", "of", "a pier"], [["two ships", "a sea"], ["the"], ["a bridge"]])
STANDING_IN = """
class Spice:
    def compute_score(self, references, captions):
        assert sorted(references) == sorted(captions)
        each = [_score(captions[row], references[row]) for row in sorted(captions)]
        return 0.0, [{"All": {"f": score}, "Color": {"f": float("nan")}} for score in each]

def _score(captions, references):
    (caption,) = captions
    if caption == "broken":
        raise OSError("no space left")
    return float("nan") if caption == "of" else float(caption in references)
"""


@pytest.fixture
def peer(tmp_path, monkeypatch):
    """Put a package in the place of pycocoevalcap, whose program is written in Python, beside empty jars."""
    folder = tmp_path / "pycocoevalcap" / "spice"
    (folder / "lib").mkdir(parents=True)
    for name in ("__init__.py", "spice/__init__.py", *(f"spice/lib/{jar}" for jar in JARS)):
        (tmp_path / "pycocoevalcap" / name).touch()
    (folder / "spice.py").write_text(STANDING_IN)
    for name in [name for name in sys.modules if name.split(".")[0] == "pycocoevalcap"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(module, "which", lambda name: f"/bin/{name}")
    yield folder
    for name in [name for name in sys.modules if name.split(".")[0] == "pycocoevalcap"]:
        del sys.modules[name]


def test_the_score_of_each_caption_is_taken_in_its_order(peer):
    assert what_spice_lacks() is None
    np.testing.assert_array_equal(spice(SCORED), [1, np.nan, 0])


def test_a_program_that_fails_is_one_line(peer):
    with pytest.raises(EvaluationError, match=r"SPICE: the Java program of pycocoevalcap failed \(no space left\)"):
        spice(ReferencedCaptions(["broken"], [["a ship"]]))


def test_missing_jars_are_named_with_how_to_get_them_and_never_fetched(peer):
    (peer / "lib" / JARS[1]).unlink()
    lacking = what_spice_lacks()
    assert f"has no {JARS[1]};" in lacking
    assert "python -m pycocoevalcap.spice.get_stanford_models" in lacking
    with pytest.raises(EvaluationError, match=JARS[1]):
        spice(SCORED)
    assert not (peer / "lib" / JARS[1]).exists()


def test_missing_java_is_named(peer, monkeypatch):
    monkeypatch.setattr(module, "which", lambda name: None)
    assert "no java" in what_spice_lacks()


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert "pip install 'sarvl[captions]'" in what_spice_lacks()
