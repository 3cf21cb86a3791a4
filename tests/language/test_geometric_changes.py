"""What a change keeps is held to verify: the image is changed, and the same statement must still be confirmed."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from language_examples import CLASS_NAMES, annotated, ground, placed

from sarvl.annotations import AnnotatedImage, AnnotatedObject, Box
from sarvl.errors import LanguageError
from sarvl.language import Group, claims_json, describe, verify
from sarvl.language.claims.construction import quantity_claim
from sarvl.language.claims.geometric_changes import EVERY_CHANGE, changes_kept, changes_kept_by_json
from sarvl.language.claims.kinds.extent import Extent
from sarvl.language.claims.kinds.relation import relation_claim
from sarvl.language.claims.kinds.share import Share
from sarvl.language.claims.kinds.size import Size
from sarvl.language.claims.kinds.speckle import Speckle

WIDTH, HEIGHT = 301, 203  # no multiples of 3: then no centre lies on the line between two cells
MIRRORS = {"mirror_horizontal", "mirror_vertical"}
SAME_GROUND = MIRRORS | {"quarter_turn"}
SHIP = Group("ship")


def mirrored_across(item: AnnotatedObject, width: int) -> AnnotatedObject:
    box = Box(width - item.box.xmax, item.box.ymin, width - item.box.xmin, item.box.ymax)
    return item._replace(box=box, corners=item.corners and mirrored_points(item.corners, width))


def mirrored_points(corners, width: int):
    return tuple(value for x, y in zip(corners[::2], corners[1::2], strict=True) for value in (width - x, y))


def transposed(image: AnnotatedImage) -> AnnotatedImage:
    """The image mirrored on its diagonal; with ``mirrored`` before or behind it a mirror or a turn."""
    objects = [
        item._replace(
            box=Box(item.box.ymin, item.box.xmin, item.box.ymax, item.box.xmax),
            corners=item.corners and tuple(item.corners[i ^ 1] for i in range(8)),
        )
        for item in image.objects
    ]
    spacing_m = image.spacing_m and image.spacing_m[::-1]
    return replace(image, objects=tuple(objects), width=image.height, height=image.width, spacing_m=spacing_m)


def mirrored(image: AnnotatedImage) -> AnnotatedImage:
    return replace(image, objects=tuple(mirrored_across(item, image.width) for item in image.objects))


CHANGED = {
    "mirror_horizontal": mirrored,
    "mirror_vertical": lambda image: transposed(mirrored(transposed(image))),
    "quarter_turn": lambda image: mirrored(transposed(image)),
}


@st.composite
def images(draw: st.DrawFn) -> AnnotatedImage:
    """Images of whole-pixel boxes well inside, some of them oriented, some with a shadow, with land cover and looks."""
    classes = [*draw(st.lists(st.sampled_from(CLASS_NAMES), min_size=1, max_size=3, unique=True)), "shadow"]
    random = draw(st.randoms(use_true_random=False))
    objects = []
    for _ in range(draw(st.integers(0, 8))):
        x, y = random.randint(3, WIDTH - 60), random.randint(3, HEIGHT - 60)
        right, down = random.randint(8, 50), random.randint(8, 50)
        corners = (x + right // 2, y, x + right, y + down // 2, x + right // 2, y + down, x, y + down // 2)
        box = Box(x, y, x + right, y + down)
        objects.append(AnnotatedObject(random.choice(classes), box, random.choice((None, corners))))
    cover = ground(water=0.6, forest=0.3) if draw(st.booleans()) else ()
    image = annotated([], WIDTH, HEIGHT, labelled_classes=CLASS_NAMES[:6], land_cover=cover, looks=4.0)
    return replace(image, objects=tuple(objects), spacing_m=(3.0, 3.0))


@given(images())
def test_what_a_change_keeps_is_true_of_the_changed_image(image):
    for statement in describe(image, captions=20):
        for change in changes_kept(statement.claims) & CHANGED.keys():
            assert verify(statement, CHANGED[change](image)) == [], change


@pytest.mark.parametrize(
    ("claim", "kept"),
    [
        (quantity_claim(SHIP, "at least", 1), SAME_GROUND),
        (quantity_claim(SHIP, "exactly", 3), SAME_GROUND),
        (quantity_claim(SHIP, "exactly", 0), SAME_GROUND),
        (quantity_claim(Group("ship", "center"), "exactly", 3), SAME_GROUND),
        (quantity_claim(Group("ship", "outside center"), "exactly", 3), SAME_GROUND),
        (quantity_claim(Group("ship", "upper center"), "exactly", 3), {"mirror_horizontal"}),
        (quantity_claim(Group("ship", "middle left"), "exactly", 3), {"mirror_vertical"}),
        (quantity_claim(Group("ship", "bottom side"), "exactly", 3), {"mirror_horizontal"}),
        (quantity_claim(Group("ship", "right side"), "exactly", 3), {"mirror_vertical"}),
        (quantity_claim(Group("ship", "upper left"), "exactly", 3), set()),
        (quantity_claim(Group("ship", None, "horizontal"), "exactly", 3), MIRRORS),
        (quantity_claim(Group("ship", None, "diagonal"), "exactly", 3), SAME_GROUND),
        (quantity_claim(Group("ship", None, "rising"), "exactly", 3), set()),
        (relation_claim(SHIP, "below", Group("tank")), {"mirror_horizontal"}),
        (relation_claim(SHIP, "left of", Group("tank")), {"mirror_vertical"}),
        (relation_claim(SHIP, "left of", Group("tank", "upper right")), set()),
        (relation_claim(SHIP, "has", Group("wake")), SAME_GROUND),
        (Size(SHIP, (120, 17)), SAME_GROUND),
        (Extent(SHIP, (120, 40)), MIRRORS),
        (Extent(SHIP, (40, 40)), SAME_GROUND),
        (Share(Group("water"), 60), SAME_GROUND),
        (Speckle("strong"), SAME_GROUND | {"shift"}),
    ],
)
def test_what_each_kind_of_claim_outlives(claim, kept):
    assert changes_kept([claim]) == kept


def test_a_text_is_kept_by_what_keeps_all_of_its_claims():
    above, count = relation_claim(SHIP, "above", Group("tank")), quantity_claim(SHIP, "exactly", 3)
    assert changes_kept([above, count]) == {"mirror_horizontal"}
    assert changes_kept([]) == set()


def test_the_label_of_a_whole_picture_outlives_all():
    label = quantity_claim(Group("T72 tank"), "at least", 1, (0,))
    assert changes_kept([label], "T72 tank") == EVERY_CHANGE
    assert changes_kept([label], "2S1 howitzer") == changes_kept([label]) == SAME_GROUND
    assert changes_kept([quantity_claim(Group("T72 tank", "center"), "at least", 1)], "T72 tank") == SAME_GROUND
    assert changes_kept([label, quantity_claim(Group("shadow"), "at least", 1)], "T72 tank") == SAME_GROUND


def test_the_claims_of_a_table_are_judged_alike():
    claims = [relation_claim(SHIP, "above", Group("tank"), (0, 1))]
    assert changes_kept_by_json(claims_json(claims)) == changes_kept(claims)
    with pytest.raises(LanguageError, match="not a list of claims"):
        changes_kept_by_json("ship")


def test_a_statement_says_itself_what_keeps_it_true():
    (caption,) = describe(annotated([], label="T72 tank", label_names=("T72 tank",)), captions=1)
    assert caption.keeps("T72 tank") == EVERY_CHANGE
    assert caption.keeps() == SAME_GROUND
    assert caption._replace(kind="question").keeps("T72 tank") == set()
    assert caption._replace(claims=()).keeps("T72 tank") == set()


def test_chips_are_the_only_captions_that_all_changes_keep():
    """The rule that training went by before texts said it themselves: captions of family classification alone."""
    scenes = annotated(placed("ship", 0, 0, 3) + placed("tank", 1, 1), labelled_classes=("ship", "tank", "car"))
    chip = annotated([], label="T72 tank", label_names=("T72 tank",), looks=1.0, land_cover=ground(clutter=0.9))
    for image in (replace(scenes, looks=1.0, land_cover=ground(water=0.7)), chip):
        for statement in describe(image, captions=60):
            assert (statement.keeps(image.label) == EVERY_CHANGE) == (statement.family == "classification")
