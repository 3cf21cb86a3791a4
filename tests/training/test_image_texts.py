"""Texts of images as index arrays, against plain lists."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from sarvl.training.data.image_texts import ImageTexts, numbered

OWNERS = st.lists(st.integers(0, 6), min_size=1, max_size=30)


@given(OWNERS, st.data())
def test_each_image_has_its_texts_in_their_order(owners, data):
    chosen = data.draw(st.lists(st.sampled_from(range(len(owners))), unique=True).map(sorted))
    texts = ImageTexts.of(np.array(chosen, np.int64), np.array(owners))
    expected = {}
    for text in chosen:
        expected.setdefault(owners[text], []).append(text)
    parts = np.split(texts.texts, texts.starts[1:-1]) if len(texts) else []
    found = {int(image): part.tolist() for image, part in zip(texts.images, parts, strict=True)}
    assert found == expected
    assert texts.images.tolist() == sorted(expected)


@given(OWNERS, st.integers(0, 99))
def test_a_text_is_drawn_as_choice_draws_from_a_list(owners, seed):
    """The draws of earlier versions, one image at a time: a run repeats its losses."""
    texts = ImageTexts.of(np.arange(len(owners)), np.array(owners))
    places = np.random.default_rng(seed).permutation(len(texts))
    draw = np.random.default_rng(seed)
    lists = [texts.texts[texts.starts[place] : texts.starts[place + 1]].tolist() for place in places]
    expected = [int(draw.choice(choices)) for choices in lists]
    assert texts.drawn(places, np.random.default_rng(seed)).tolist() == expected


@given(st.lists(st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=4), max_size=4))
def test_values_are_numbered_over_all_chunks(chunks):
    values = [value for chunk in chunks for value in chunk]
    numbers, distinct = numbered(pa.chunked_array(chunks, pa.string()))
    assert [distinct[number].as_py() for number in numbers] == values
    assert len(distinct) == len(set(values))
