from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from language_examples import annotated, images, oriented, placed, rich

from sarvl.language.geometry.layout import (
    CENTER,
    GRID_CELLS,
    OUTSIDE_CENTER,
    Extent,
    Layout,
    class_names_of,
    grid_cell,
    relations,
)
from sarvl.language.geometry.oriented_box import DIAGONAL, ORIENTATIONS
from sarvl.language.group import Group

edges = st.integers(0, 500)


def naive_cell(box: Extent, width: int, height: int) -> str:
    column = Fraction(box.xmin + box.xmax, 2) / width
    row = Fraction(box.ymin + box.ymax, 2) / height
    rows, columns = ("upper", "middle", "lower"), ("left", "center", "right")

    def third(share: Fraction) -> int:
        return 0 if share < Fraction(1, 3) else 1 if share < Fraction(2, 3) else 2

    name = f"{rows[third(row)]} {columns[third(column)]}"
    return CENTER if name == "middle center" else name


@given(edges, edges, edges, edges, st.integers(1, 500), st.integers(1, 500))
def test_grid_cell_equals_the_naive_one(x, y, box_width, box_height, width, height):
    box = Extent(x, y, x + box_width, y + box_height)
    assert grid_cell(box, width, height) == naive_cell(box, width, height)


def test_grid_cells_in_reading_order():
    objects = [item for row in range(3) for column in range(3) for item in placed("ship", column, row)]
    assert [group.position for group in Layout(annotated(objects)).occupied_cells] == list(GRID_CELLS)


@given(images())
def test_groups_hold_the_right_objects(image):
    layout = Layout(image)
    for class_name in {item.class_name for item in image.objects}:
        everywhere = layout.ids(Group(class_name))
        assert everywhere == tuple(i for i, item in enumerate(image.objects) if item.class_name == class_name)
        cells = [layout.ids(Group(class_name, cell)) for cell in GRID_CELLS]
        assert sorted(i for ids in cells for i in ids) == list(everywhere)
        outside = layout.ids(Group(class_name, OUTSIDE_CENTER))
        assert sorted(outside + layout.ids(Group(class_name, CENTER))) == list(everywhere)
    assert layout.ids(Group("no such class", "upper left")) == ()


@given(images(min_objects=2))
def test_relations_hold_for_every_pair_of_boxes(image):
    layout = Layout(image)
    groups = layout.occupied_cells
    first, second = groups[0], groups[-1]
    found = relations(layout.extent(first), layout.extent(second))
    pairs = [(layout.boxes[i], layout.boxes[j]) for i in layout.ids(first) for j in layout.ids(second)]
    assert ("above" in found) == all(a.ymax < b.ymin for a, b in pairs)
    assert ("below" in found) == all(a.ymin > b.ymax for a, b in pairs)
    assert ("left of" in found) == all(a.xmax < b.xmin for a, b in pairs)
    assert ("right of" in found) == all(a.xmin > b.xmax for a, b in pairs)


def test_fractions_of_pixels_play_no_part():
    low = Layout(annotated([("ship", (10.0, 20.0, 30.0, 40.0))]))
    high = Layout(annotated([("ship", (10.9, 20.5, 30.99, 40.1))]))
    assert low.boxes == high.boxes == [Extent(10, 20, 30, 40)]


def test_orientations_part_a_group():
    ships = [oriented("ship", 50 + 60 * index, 150, 40, 10, 45 * index) for index in range(4)]
    layout = Layout(rich([*ships, oriented("ship", 50, 250, 20, 20, 0)]))
    lies = {name: layout.ids(Group("ship", None, name)) for name in (*ORIENTATIONS, DIAGONAL)}
    assert lies == {"horizontal": (0,), "rising": (2,), "vertical": (3,), "falling": (4,), "diagonal": (2, 4)}
    assert layout.ids(Group("ship", "center", "vertical")) == (3,)
    assert layout.ids(Group("ship", "upper left", "vertical")) == ()


@given(images(min_objects=2))
def test_groups_relate_as_their_extents_do(image):
    layout = Layout(image)
    first, second = layout.occupied_cells[0], layout.occupied_cells[-1]
    assert layout.relations(first, second) == relations(layout.extent(first), layout.extent(second))


@pytest.mark.parametrize(
    ("shadow", "found"),
    [
        ((100, 60, 120, 105), ["above"]),  # meets the target, its centre past the edge
        ((100, 60, 120, 140), []),
        ((100, 115, 120, 160), ["below"]),
        ((60, 100, 105, 120), ["left of"]),
        ((116, 60, 160, 105), ["above", "right of"]),
    ],
)
def test_a_shadow_lies_where_its_centre_is_past_the_edge(shadow, found):
    layout = Layout(annotated([("target", (100, 100, 120, 120)), ("radar shadow", shadow)]))
    target, shade = Group("target"), Group("radar shadow")
    exchanged = {"above": "below", "below": "above", "left of": "right of", "right of": "left of"}
    assert layout.relations(shade, target) == found
    assert layout.relations(target, shade) == [exchanged[side] for side in found]


def test_the_target_of_a_chip_goes_by_its_label():
    one = annotated([("target", (50, 50, 80, 80)), ("shadow", (50, 20, 80, 60))], label="T72 tank")
    assert class_names_of(one) == ["shadow", "T72 tank"]
    assert Layout(one).ids(Group("T72 tank", "center")) == ()
    assert Layout(one).ids(Group("T72 tank", "upper left")) == (1,)
    pieces = annotated([("target", (50, 50, 80, 80)), ("target", (90, 50, 95, 55))], label="T72 tank")
    assert class_names_of(pieces) == [None, None]
    assert Layout(pieces).by_class == {}
    for same in ({"label": None}, {"label": "target"}):
        assert class_names_of(annotated([("target", (50, 50, 80, 80))], **same)) == ["target"]


def test_the_owner_of_a_shadow_is_the_one_object_that_it_meets():
    shadow = ("shadow", (50, 20, 80, 60))
    assert Layout(annotated([shadow, ("ship", (50, 60, 80, 80)), ("ship", (200, 60, 210, 80))])).owner_of(0) == 1
    assert Layout(annotated([shadow, ("ship", (50, 61, 80, 80))])).owner_of(0) is None
    assert Layout(annotated([shadow, ("ship", (50, 60, 60, 80)), ("ship", (70, 60, 80, 80))])).owner_of(0) is None
    assert Layout(annotated([shadow, ("wake", (50, 60, 60, 80)), ("ship", (70, 60, 80, 80))])).owner_of(0) == 1
