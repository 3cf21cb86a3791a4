import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_captions import made_captions

from sarvl.errors import EvaluationError
from sarvl.measures.captions.bleu import bleu_of_terms, bleu_terms
from sarvl.measures.captions.cider import cider
from sarvl.measures.captions.referenced import ReferencedCaptions
from sarvl.measures.captions.rouge import rouge_l

PEER = json.loads((Path(__file__).parent / "peer_scores.json").read_text())
MADE = ReferencedCaptions(*made_captions(120, 0))
WORDS = "a ship at the pier of two long"
SENTENCES = st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=12).map(" ".join)
SETS = st.lists(st.tuples(SENTENCES, st.lists(SENTENCES, min_size=1, max_size=4)), min_size=1, max_size=6)


def scored(pairs: list[tuple[str, list[str]]]) -> ReferencedCaptions:
    return ReferencedCaptions([caption for caption, _ in pairs], [references for _, references in pairs])


def all_scores(pairs: list[tuple[str, list[str]]]) -> np.ndarray:
    given_pairs = scored(pairs)
    both = cider(given_pairs)
    return np.column_stack((bleu_of_terms(bleu_terms(given_pairs)), rouge_l(given_pairs), both.clipped, both.plain))


def test_bleu_equals_pycocoevalcap() -> None:
    terms = bleu_terms(MADE)
    assert bleu_of_terms(terms.sum(axis=0)) == pytest.approx(PEER["bleu"]["value"], abs=1e-9)
    assert bleu_of_terms(terms) == pytest.approx(np.array(PEER["bleu"]["each"]).T, abs=1e-9)


def test_rouge_l_equals_pycocoevalcap() -> None:
    each = rouge_l(MADE)
    assert each.mean() == pytest.approx(PEER["rouge"]["value"], abs=1e-9)
    assert each == pytest.approx(PEER["rouge"]["each"], abs=1e-9)


def test_cider_equals_pycocoevalcap() -> None:
    each = cider(MADE).clipped
    assert each.mean() == pytest.approx(PEER["cider"]["value"], abs=1e-9)
    assert each == pytest.approx(PEER["cider"]["each"], abs=1e-9)


@given(SETS)
@settings(max_examples=25)
def test_the_order_of_images_and_of_references_changes_no_score(pairs: list[tuple[str, list[str]]]) -> None:
    turned = [(caption, references[::-1]) for caption, references in pairs][::-1]
    assert all_scores(turned)[::-1] == pytest.approx(all_scores(pairs), abs=1e-12)


@given(SETS)
@settings(max_examples=25)
def test_no_caption_scores_better_than_a_copy_of_a_reference(pairs: list[tuple[str, list[str]]]) -> None:
    copied = [(references[0], references[:1]) for _, references in pairs]
    others = [(caption, references[:1]) for caption, references in pairs]
    assert (all_scores(others) <= all_scores(copied) + 1e-9).all()
    assert rouge_l(scored(copied)) == pytest.approx(1)


def test_cider_is_ten_where_every_caption_is_its_only_reference() -> None:
    texts = ["two ships at a pier now", "an empty sea without any boat", "many cars in long rows here"]
    scores = cider(ReferencedCaptions(texts, [[text] for text in texts]))
    assert scores.clipped == pytest.approx(10)
    assert scores.plain == pytest.approx(10)


def test_cider_d_counts_a_repeated_ngram_no_more_often_than_the_reference_has_it() -> None:
    """The cosine alone rewards a caption that repeats a rare word; the clipped one must not."""
    references = [["one ship at sea"], ["a bridge over water"], ["cars on a road"]]
    once = cider(ReferencedCaptions(["one ship", "x", "x"], references))
    often = cider(ReferencedCaptions(["one ship one ship one ship", "x", "x"], references))
    assert often.clipped[0] < once.clipped[0]
    assert often.plain[0] > often.clipped[0]


@pytest.mark.parametrize(
    ("captions", "references", "message"),
    [
        (["a"], [], "references for 0"),
        ([], [], "there are none"),
        (["a", "b"], [["a"], []], "1 of 2 have no reference"),
    ],
)
def test_what_cannot_be_scored_is_refused(captions: list[str], references: list[list[str]], message: str) -> None:
    with pytest.raises(EvaluationError, match=message):
        ReferencedCaptions(captions, references)
