import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from made_captions import made_captions

from sarvl.errors import EvaluationError
from sarvl.measures.captions import meteor_data
from sarvl.measures.captions.meteor import meteor_of_terms, meteor_terms
from sarvl.measures.captions.meteor_alignment import EXACT, PARAPHRASE, STEM, SYNONYM, Lexicon, Match, align
from sarvl.measures.captions.meteor_words import meteor_words
from sarvl.measures.captions.referenced import ReferencedCaptions

PEER = json.loads((Path(__file__).parent / "peer_scores.json").read_text())["meteor"]
KNOWN = meteor_data.MeteorData(
    Path(),
    synsets={"ship": frozenset("1"), "vessel": frozenset("1"), "leaf": frozenset("2"), "glass": frozenset("3")},
    bases={"leaves": ("leaf",)},
    function_words=frozenset(["the", "a", "at"]),
    prefixes={"mr": False, "no": True},
)
LEXICON = Lexicon(KNOWN, {"a lot of": ["many"]})


@pytest.mark.skipif(importlib.util.find_spec("pycocoevalcap") is None, reason="pycocoevalcap is not installed")
def test_meteor_equals_the_jar() -> None:
    terms = meteor_terms(ReferencedCaptions(*made_captions(120, 0)))
    np.testing.assert_allclose(meteor_of_terms(terms), PEER["each"], atol=1e-9, rtol=0)
    assert meteor_of_terms(terms.sum(axis=0)) == pytest.approx(PEER["value"], abs=1e-9)


def test_without_the_data_meteor_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meteor_data, "find_spec", lambda name: None)
    meteor_data.meteor_data.cache_clear()
    with pytest.raises(EvaluationError, match=r"pip install 'sarvl\[captions\]'"):
        meteor_data.meteor_data()


@pytest.mark.parametrize(
    ("caption", "reference", "stages"),
    [
        ("the ship", "the ship", [EXACT, EXACT]),
        ("boats", "boat", [STEM]),
        ("ships", "vessel", [SYNONYM]),
        ("leaves", "leaf", [SYNONYM]),
        ("a lot of boats", "many boats", [PARAPHRASE, EXACT]),
        ("many boats", "a lot of boats", [PARAPHRASE, EXACT]),
        ("glass", "gla", []),
    ],
)
def test_words_are_matched_by_stages(caption: str, reference: str, stages: list[int]) -> None:
    aligned = align(caption.split(), reference.split(), LEXICON)
    assert [match.stage for match in aligned.matches] == stages


def test_chunks_are_runs_in_the_order_of_both() -> None:
    assert align(["x", "y", "z"], ["x", "y", "z"], LEXICON).chunks == 1
    assert align(["a", "b", "x"], ["x", "a", "b"], LEXICON).chunks == 2
    assert align(["a", "q", "b"], ["a", "b"], LEXICON).chunks == 2
    assert align([], ["a"], LEXICON) == ((), 0)


@pytest.mark.parametrize(
    ("caption", "reference", "matches"),
    [
        ("x zebra", "q zebra w zebra", [Match(3, 1, 1, 1, EXACT)]),
        ("q r s zebra", "zebra w zebra", [Match(0, 1, 3, 1, EXACT)]),  # the second one is nearer
        (
            "on both sides of the river",  # five words of a paraphrase count for two, four and "the" for three
            "on either side of the river",
            [Match(0, 4, 0, 4, PARAPHRASE), Match(4, 1, 4, 1, EXACT), Match(5, 1, 5, 1, EXACT)],
        ),
    ],
)
def test_of_alignments_that_are_equally_good_the_one_of_the_jar_is_taken(
    caption: str, reference: str, matches: list[Match]
) -> None:
    sides = {f"on both sides of{the}": [f"on either side of{the}"] for the in ("", " the")}
    assert list(align(caption.split(), reference.split(), Lexicon(KNOWN, sides)).matches) == matches


def test_equal_texts_are_matched_word_by_word_however_many_paraphrases_compete() -> None:
    pairs = [f"x{number} y{number}" for number in range(45)]  # more than the beam has paths
    words = " ".join(["a b c d", *pairs]).split()
    aligned = align(words, words, Lexicon(KNOWN, {"a b c d": pairs}))
    assert aligned.chunks == 1
    assert {match.stage for match in aligned.matches} == {EXACT}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("it 's well-known", ["it", "'", "s", "well", "known"]),
        ("u.s. ship. No. 5 ship", ["us", "ship", ".", "no", ".", "5", "ship"]),
        ("1,000 x 1/2", ["1,000", "x", "1", "/", "2"]),
        ("-lrb- 10x20", ["-lrb-", "10x20"]),
    ],
)
def test_words_are_normalised_as_the_jar_does(text: str, words: list[str]) -> None:
    assert meteor_words(text, KNOWN.prefixes) == words


def test_a_copy_scores_one_and_nothing_in_common_zero() -> None:
    copy = np.zeros((1, 23))
    copy[0, :2], copy[0, 4:6], copy[0, -2:] = 3, 3, 3
    assert meteor_of_terms(copy) == pytest.approx([1])
    assert meteor_of_terms(np.zeros((1, 23))) == pytest.approx([0])
