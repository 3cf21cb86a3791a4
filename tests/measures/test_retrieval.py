import tracemalloc
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarvl.errors import EvaluationError
from sarvl.measures import ranks
from sarvl.measures.chance import chance_recall
from sarvl.measures.ranks import rank_pairs
from sarvl.measures.retrieval import retrieval
from sarvl.measures.score_tiles import ScoreTiles

# Every product of such unit rows is exact in float32, so that ties are true ties.
EXACT_ROWS = (
    np.array([[a, b, c, d] for a in (-1, 1) for b in (-1, 1) for c in (-1, 1) for d in (-1, 1)], np.float32) / 2
)


@st.composite
def problems(draw):
    """Images and captions with ties, shared captions, and captions given twice to one image."""
    images = draw(st.integers(1, 7))
    texts = draw(st.integers(1, 6))
    pairs = [(draw(st.integers(0, texts - 1)), i) for i in range(images)]
    pairs += [(t, draw(st.integers(0, images - 1))) for t in range(texts)]
    pairs += draw(st.lists(st.tuples(st.integers(0, texts - 1), st.integers(0, images - 1)), max_size=12))
    rows = st.integers(0, len(EXACT_ROWS) - 1)
    image_rows = draw(st.lists(rows, min_size=images, max_size=images))
    text_rows = draw(st.lists(rows, min_size=texts, max_size=texts))
    order = draw(st.permutations(pairs))
    text, image = (np.array(column) for column in zip(*order, strict=True))
    return EXACT_ROWS[image_rows], EXACT_ROWS[text_rows], text, image


def naive_rank(scores, right):
    """1 + the wrong candidates that score at least as much as the best right one."""
    best = max(s for s, good in zip(scores, right, strict=True) if good)
    return 1 + sum(s >= best for s, good in zip(scores, right, strict=True) if not good)


def naive_ranks(images, texts, text, image):
    """All four lists of ranks from the whole matrix of images by caption rows."""
    scores = images @ texts[text].T  # (N, P)
    carries = {(t, i) for t, i in zip(text, image, strict=True)}
    n, p = scores.shape
    distinct = images @ texts.T
    return {
        "strict_text": [naive_rank(scores[:, r], [i == image[r] for i in range(n)]) for r in range(p)],
        "grouped_text": [naive_rank(scores[:, r], [(text[r], i) in carries for i in range(n)]) for r in range(p)],
        "strict_image": [naive_rank(scores[i], [image[r] == i for r in range(p)]) for i in range(n)],
        "grouped_image": [naive_rank(distinct[i], [(t, i) in carries for t in range(len(texts))]) for i in range(n)],
    }


@given(problems(), st.integers(1, 5))
def test_ranks_equal_the_full_matrix(problem, chunk):
    found = retrieval(*problem, chunk=chunk)
    naive = naive_ranks(*problem)
    assert found.strict.text_to_image.ranks.tolist() == naive["strict_text"]
    assert found.grouped.text_to_image.ranks.tolist() == naive["grouped_text"]
    assert found.strict.image_to_text.ranks.tolist() == naive["strict_image"]
    assert found.grouped.image_to_text.ranks.tolist() == naive["grouped_image"]


@given(problems())
def test_grouped_is_never_worse_than_strict_and_strict_never_above_its_ceiling(problem):
    found = retrieval(*problem)
    for strict, grouped in (
        (found.strict.text_to_image, found.grouped.text_to_image),
        (found.strict.image_to_text, found.grouped.image_to_text),
    ):
        assert (grouped.ranks <= strict.ranks).all()
        for k in found.ks:
            assert strict.recall(k) <= strict.ceiling[k] + 1e-12
            assert grouped.chance[k] >= strict.chance[k] - 1e-12


@given(problems(), st.randoms(use_true_random=False))
def test_order_of_the_pairs_does_not_matter(problem, random):
    images, texts, text, image = problem
    order = list(range(len(text)))
    random.shuffle(order)
    shuffled = retrieval(images, texts, text[order], image[order])
    straight = retrieval(*problem)
    for one, other in zip(straight.measures(), shuffled.measures(), strict=True):
        assert one.value == pytest.approx(other.value)
        assert one.chance == pytest.approx(other.chance)
        assert one.ceiling == pytest.approx(other.ceiling)


def test_strict_ceilings_are_reached_by_the_best_scores():
    # Caption 0 is on images 0, 1 and 2; caption 1 on image 3 alone, which also carries caption 0.
    text, image = np.array([0, 0, 0, 0, 1]), np.array([0, 1, 2, 3, 3])
    images = np.eye(8, dtype=np.float32)[[0, 1, 2, 3]]
    texts = np.array([[0.7, 0.5, 0.4, 0.1], [0.0, 0.1, 0.2, 0.9]], np.float32)
    texts = np.pad(texts, ((0, 0), (0, 4)))
    texts /= np.linalg.norm(texts, axis=1, keepdims=True)
    found = retrieval(images, texts, text, image)
    assert found.strict.text_to_image.recall(1) == found.strict.text_to_image.ceiling[1] == 2 / 5  # D / P
    assert found.strict.image_to_text.recall(1) == found.strict.image_to_text.ceiling[1] == 1 / 4
    assert found.strict.image_to_text.ceiling[5] == 1
    assert found.grouped.mean_recall() == 1


@given(st.integers(1, 7), st.data())
def test_chance_is_the_mean_over_all_draws(candidates, data):
    right = data.draw(st.integers(1, candidates))
    k = data.draw(st.integers(1, 8))
    draws = list(combinations(range(candidates), min(k, candidates)))
    hits = sum(min(draw) < right for draw in draws)  # the first `right` candidates are the right ones
    assert chance_recall(candidates, np.array([right]), k) == pytest.approx(hits / len(draws))


def test_random_features_score_about_chance():
    rng = np.random.default_rng(3)
    images, texts = (rng.standard_normal((400, 16)).astype(np.float32) for _ in range(2))
    images, texts = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (images, texts))
    found = retrieval(images, texts, np.arange(400), np.arange(400))
    for measure in found.measures():
        low, high, _ = measure.interval()
        if measure.metric.endswith("R@10"):
            assert measure.chance == pytest.approx(10 / 400)
            assert low <= measure.chance <= high


def test_measures_agree_with_recalls_and_their_intervals_hold_them():
    rng = np.random.default_rng(0)
    images = rng.standard_normal((60, 8))
    texts = images[np.arange(90) % 60] + 0.6 * rng.standard_normal((90, 8))
    images, texts = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (images, texts))
    found = retrieval(images, texts, np.arange(90), np.arange(90) % 60)
    measures = {measure.metric: measure for measure in found.measures()}
    assert measures["strict_text_to_image_R@5"].value == pytest.approx(found.strict.text_to_image.recall(5))
    assert measures["grouped_image_to_text_R@1"].value == pytest.approx(found.grouped.image_to_text.recall(1))
    assert measures["strict_mean_recall"].value == pytest.approx(found.strict.mean_recall())
    assert measures["distinct_captions"].value == 90
    assert measures["distinct_captions"].interval() == (None, None, 0)
    low, high, _ = measures["strict_mean_recall"].interval()
    assert low < found.strict.mean_recall() < high


@given(problems(), st.integers(1, 3))
def test_no_score_is_made_in_tiles_of_two_shapes(problem, chunk):
    """In another shape the same product may differ in the last bit, and a right answer miss its own threshold."""
    made = []

    class Recorded(ScoreTiles):
        __slots__ = ()

        def scores(self, captions, images):
            made.append((captions.start, captions.stop, images.start, images.stop))
            return super().scores(captions, images)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranks, "ScoreTiles", Recorded)
        rank_pairs(*problem, chunk=chunk)
    for one, other in combinations(set(made), 2):
        assert one[1] <= other[0] or other[1] <= one[0] or one[3] <= other[2] or other[3] <= one[2]


def test_scores_never_hold_the_whole_matrix():
    rng = np.random.default_rng(0)
    images, texts = (rng.standard_normal((count, 4)).astype(np.float32) for count in (2000, 6000))
    images, texts = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (images, texts))
    tracemalloc.start()
    retrieval(images, texts, np.arange(6000), np.arange(6000) % 2000, chunk=64)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2000 * 6000  # one byte a cell of the matrix


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"images": 2 * EXACT_ROWS[:2]}, "not 1"),
        ({"images": np.full((2, 4), np.nan)}, "not 1"),
        ({"images": np.eye(2)}, "4"),
        ({"text": [0, 2]}, "from 0 to 1"),
        ({"text": [0, 0]}, "in no pair"),
        ({"image": [1, 1]}, "in no pair"),
        ({"text": [0, 1, 1]}, "3 caption indices but 2"),
        ({"text": []}, r"\(P,\)"),
    ],
)
def test_faulty_input_is_named(change, words):
    given = {"images": EXACT_ROWS[:2], "texts": EXACT_ROWS[2:4], "text": [0, 1], "image": [0, 1]} | change
    with pytest.raises(EvaluationError, match=words):
        retrieval(given["images"], given["texts"], given["text"], given["image"])


@given(problems(), st.integers(1, 5))
def test_what_stands_first_is_right_only_where_the_grouped_rank_is_1(problem, chunk):
    images, texts, text, image = problem
    found = rank_pairs(*problem, chunk=chunk)
    carries = set(zip(text.tolist(), image.tolist(), strict=True))
    scores = texts @ images.T
    for row, first in enumerate(found.first_image.candidate):
        assert ((text[row], first) in carries) == (found.grouped_text[row] == 1)
        assert found.first_image.score[row] == scores[text[row], first] == scores[text[row]].max()
    for query, first in enumerate(found.first_text.candidate):
        assert ((first, query) in carries) == (found.grouped_image[query] == 1)
        assert found.first_text.score[query] == scores[first, query] == scores[:, query].max()


def test_equal_rows_are_found_even_where_others_have_the_same_key(monkeypatch):
    from sarvl.measures import features

    rows = np.array([[1, 0], [0, 1], [1, 0], [-0.0, 1]], np.float32)
    for keys in (features._keys_of, lambda rows: np.zeros(len(rows), np.uint64)):
        monkeypatch.setattr(features, "_keys_of", keys)
        distinct, index = features.distinct_rows(rows)
        assert len(distinct) == 2
        np.testing.assert_array_equal(distinct[index], np.abs(rows))
    alone, index = features.distinct_rows(rows[:2])
    np.testing.assert_array_equal(alone[index], rows[:2])
