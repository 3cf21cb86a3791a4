"""The ordered map over processes."""

from functools import partial

import pytest

from sarvl.parallel import ordered_map


def scaled(items: list[int], factor: int) -> list[int]:
    return [item * factor for item in items]


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_order_on_any_number_of_workers(workers):
    items = list(range(100))
    assert list(ordered_map(partial(scaled, factor=3), items, workers, "scale")) == [3 * item for item in items]


def test_no_items_give_no_results():
    assert list(ordered_map(partial(scaled, factor=3), [], 2, "scale")) == []


def failing(items: list[int]) -> list[int]:
    raise ValueError(f"item {items[0]}")


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_of_a_worker_is_raised(workers):
    with pytest.raises(ValueError, match="item 0"):
        list(ordered_map(failing, list(range(70)), workers, "fail"))
