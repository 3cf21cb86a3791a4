"""Totals: how many of a class in all, and how many in each cell. SAR-TEXT's A2C."""

from random import Random

from sarvl.language.captions.family import CaptionFamily
from sarvl.language.captions.phrases import exact, listed
from sarvl.language.captions.scene import Scene, shuffled
from sarvl.language.claims.claim import Claim
from sarvl.language.claims.construction import quantity_claim
from sarvl.language.group import Group
from sarvl.language.statement import Statement
from sarvl.language.words.lexicon import number_text
from sarvl.language.words.places import middle_in_place

MOST_CELLS = 6  # in one caption: CLIP reads 77 tokens; a class spread over more cells is told alone

_TEMPLATES = (
    "this {image} contains {totals}.",
    "this {image} shows {totals}.",
    "in this {image}, there are {totals}.",
    "{an_image} with {totals}.",
)
Cell = tuple[Group, tuple[int, ...]]  # a group in one cell and the ids of its objects


def write(scene: Scene, rng: Random) -> Statement | None:
    """Return "This SAR image contains 25 ships in total: 14 centred in the top left and 11 in the middle.".

    Cells stand in descending order of their counts, then in reading order. None where no class is in two cells or more.
    """
    by_class: dict[str, list[Cell]] = {}
    for group in scene.places():
        by_class.setdefault(group.class_name, []).append((group, scene.layout.ids(group)))
    spread = [
        (class_name, cells) for class_name, cells in by_class.items() if len(cells) > 1 and scene.is_clear(class_name)
    ]
    if not spread:
        return None
    as_word = rng.random() < 0.5
    sentences: list[str] = []
    claims: list[Claim] = []
    cells_left = MOST_CELLS
    for class_name, cells in shuffled(rng, spread):
        if sentences and len(cells) > cells_left:
            continue
        cells_left -= len(cells)
        name = scene.name_of(class_name, rng)
        phrase = exact(Group(class_name), scene.layout.ids(Group(class_name)), name, as_word)
        cells.sort(key=lambda cell: -len(cell[1]))
        parts = [f"{number_text(len(ids), as_word)}{_place(scene, group, cells)}" for group, ids in cells]
        sentences.append(f"{phrase.text} in total: {listed(parts)}")
        claims += [phrase.claim, *(quantity_claim(group, "exactly", len(ids), ids) for group, ids in cells)]
    return scene.statement(rng, "totals", _TEMPLATES, claims, totals="; ".join(sentences))


def _place(scene: Scene, group: Group, cells: list[Cell]) -> str:
    """Return " centred in the top left" for the first cell, which goes for those behind it too: " in the middle"."""
    if group == cells[0][0]:
        return scene.at(group.position, is_counted=True)
    return f" {middle_in_place(group.position or '', scene.image.wording)}"


FAMILY = CaptionFamily(write, weight=2.0, order=5)
