"""SPICE: what it lacks is told, and what pycocoevalcap's program gives is taken caption by caption."""

import os
import sys

import numpy as np
import pytest

from sarvl.errors import EvaluationError
from sarvl.measures.captions import spice as module
from sarvl.measures.captions.referenced import ReferencedCaptions
from sarvl.measures.captions.spice import JARS, spice, what_spice_lacks

SCORED = ReferencedCaptions(["two ships", "a pier"], [["two ships", "a sea"], ["a bridge"]])
JAVA = f"""#!{sys.executable}
import json, sys
if sys.argv[1] == "-version":
    sys.exit(print('openjdk version "1.8.0_392"', file=sys.stderr))
print("SPICE evaluation took: 1.0 s")
asked = json.load(open(sys.argv[sys.argv.index("spice-1.0.jar") + 1]))
if asked[0]["test"] == "broken":
    sys.exit("no space left")
f = [{{"All": {{"f": float(each["test"] in each["refs"])}}}} for each in asked]
scores = [{{"image_id": each["image_id"], "scores": own}} for each, own in zip(asked, f)]
json.dump(scores[::-1], open(sys.argv[sys.argv.index("-out") + 1], "w"))
"""


@pytest.fixture
def peer(tmp_path, monkeypatch):
    """Put a folder in the place of pycocoevalcap's, and a java that is written in Python first on the PATH."""
    folder = tmp_path / "pycocoevalcap" / "spice"
    (folder / "lib").mkdir(parents=True)
    for jar in JARS:
        (folder / "lib" / jar).touch()
    monkeypatch.setattr(module, "_folder", lambda: folder)
    put_java(tmp_path, JAVA)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return folder


def put_java(folder, program):
    (folder / "java").write_text(program)
    (folder / "java").chmod(0o755)


def test_the_score_of_each_caption_is_taken_in_its_order_and_nothing_is_printed(peer, capfd):
    assert what_spice_lacks() is None
    np.testing.assert_array_equal(spice(SCORED), [1, 0])
    assert capfd.readouterr() == ("", "")


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


@pytest.mark.parametrize(
    ("version", "told"), [("17.0.15", "is version 17, and SPICE runs on 8 to 14"), ("x", "of an unknown version")]
)
def test_a_java_without_the_engine_that_spice_asks_for_is_told_before_all_is_parsed(peer, version, told):
    """Java 17 parsed every caption, and then failed for want of a JavaScript engine."""
    put_java(peer.parents[1], JAVA.replace("1.8.0_392", version))
    assert told in what_spice_lacks()


def test_missing_java_is_named(peer, monkeypatch):
    monkeypatch.setattr(module, "which", lambda name: None)
    assert "no java" in what_spice_lacks()


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    assert "pip install 'sarvl[captions]'" in what_spice_lacks()
