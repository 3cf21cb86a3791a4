"""Greedy matching of tokens, by hand."""

import numpy as np
import pytest

from sarvl.measures.captions.bert_score import TokenVectors, bert_score, greedy_matching


def text_of(*vectors: tuple[float, float], added: int = 0) -> TokenVectors:
    """Return a text whose last tokens are such that the model adds."""
    counts = np.arange(len(vectors)) < len(vectors) - added
    return TokenVectors(np.array(vectors, np.float32).reshape(-1, 2), counts)


EAST, NORTH, BETWEEN = (1.0, 0.0), (0.0, 1.0), (0.6, 0.8)


def test_each_token_is_held_against_its_most_similar_one():
    """Of the caption east has .6 and north .8; of the reference, which is one token, the larger one counts."""
    assert greedy_matching(text_of(EAST, NORTH), text_of(BETWEEN)) == pytest.approx([0.7, 0.8, 2 * 0.56 / 1.5])


def test_tokens_that_the_model_adds_can_be_met_but_are_not_averaged():
    matched = greedy_matching(text_of(EAST, BETWEEN, added=1), text_of(NORTH, EAST, added=1))
    assert matched == pytest.approx([1, 0.8, 1.6 / 1.8])


def test_the_best_reference_counts_for_each_figure_alone():
    caption, first, second = text_of(EAST, NORTH), text_of(EAST), text_of(EAST, NORTH, BETWEEN)
    precisions = [greedy_matching(caption, other)[0] for other in (first, second)]
    recalls = [greedy_matching(caption, other)[1] for other in (first, second)]
    assert precisions == pytest.approx([0.5, 1])
    assert recalls == pytest.approx([1, 2.8 / 3])
    assert bert_score(caption, [first, second])[:2] == pytest.approx([1, 1])


def test_a_text_without_a_token_and_opposite_ones_have_scores():
    assert greedy_matching(text_of(EAST, added=1), text_of(EAST)).tolist() == [0, 0, 0]
    assert greedy_matching(text_of(EAST), text_of((-1.0, 0.0))) == pytest.approx([-1, -1, -1])
    assert greedy_matching(text_of(EAST), text_of(NORTH)).tolist() == [0, 0, 0]
