from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from language_examples import annotated, images, placed

from sarvl.language.layout import CENTER, GRID_CELLS, OUTSIDE_CENTER, Extent, Layout, grid_cell, relations
from sarvl.language.statement import Group

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
