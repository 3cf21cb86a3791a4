"""Many prepared images: batches, in memory and one after the other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sarvl.errors import ImageError
from sarvl.imagery import ChosenImages, Prepared, PreparedImages


def prepared(tiles: int, seed: int = 0, channels: int = 1, side: int = 4) -> Prepared:
    rng = np.random.default_rng(seed)
    return Prepared(
        rng.integers(0, 256, (tiles, channels, side, side), np.uint8),
        rng.integers(0, 99, (tiles, 4), np.int32),
        (1, tiles),
    )


def assert_same(one: Prepared, other: Prepared) -> None:
    np.testing.assert_array_equal(one.tiles, other.tiles)
    np.testing.assert_array_equal(one.offsets, other.offsets)
    assert one.grid == other.grid


@given(st.lists(st.integers(1, 5), min_size=1, max_size=6), st.data())
def test_a_batch_holds_the_images_that_were_asked_for(counts, data):
    images = [prepared(count, seed) for seed, count in enumerate(counts)]
    held = PreparedImages.of(images)
    rows = data.draw(st.lists(st.integers(0, len(images) - 1), max_size=8))
    for found in (held.batch(rows), ChosenImages(held, np.array(rows, np.int64)).batch(range(len(rows)))):
        assert len(found) == len(rows)
        assert found.starts.tolist() == [0, *np.cumsum([counts[row] for row in rows]).tolist()]
        for place, row in enumerate(rows):
            assert_same(found[place], images[row])
    assert len(ChosenImages(held, np.array(rows, np.int64))) == len(rows)


def test_grey_images_among_others_are_repeated():
    grey, colour = prepared(2), prepared(1, channels=3)
    held = PreparedImages.of([grey, colour])
    np.testing.assert_array_equal(held[0].tiles, np.repeat(grey.tiles, 3, axis=1))
    assert_same(held[1], colour)


@pytest.mark.parametrize(
    "images", [[], [prepared(1), prepared(1, side=5)], [prepared(1, channels=2), prepared(1, channels=3)]]
)
def test_images_of_different_contracts_are_refused(images):
    with pytest.raises(ImageError):
        PreparedImages.of(images)
