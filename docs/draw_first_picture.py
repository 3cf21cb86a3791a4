"""Draws first_picture.svg: a simulated chip with its boxes, captions made of them, and what one caption rests on.

Run it with ``make docs``. All in it is made here from a seed: the chip, the captions, their claims and the check.
"""

import base64
import json
import textwrap
from collections.abc import Iterator
from html import escape
from pathlib import Path

import cv2

from sarvl.annotations import AnnotatedImage, AnnotatedObject, Box
from sarvl.language import Statement, claims_json, describe, verify
from sarvl.simulation import OBJECT_CLASSES, simulate_chip
from sarvl.simulation.chip import SimulatedChip

PICTURE = Path(__file__).with_name("first_picture.svg")
SEED, SIZE, LOOKS = 33, 256, 4
TEXT_SEED = 7
FAMILIES = ("totals", "periphery", "absence", "extent", "relative_region")  # the last one is shown with its evidence
COLOURS = {"harbor": "#f2a541", "ship": "#5cc8f5", "tank": "#8fd468"}
INK, SOFT, LINE = "#1f2328", "#59636e", "#d0d7de"

WIDTH, HEIGHT, MARGIN = 1180, 560, 24
SHOWN = HEIGHT - 2 * MARGIN  # side of the chip in the picture
LEFT = SHOWN + 2 * MARGIN
LETTERS_A_LINE = 72


def annotated(chip: SimulatedChip) -> AnnotatedImage:
    """Return the annotation of a chip as a source of it would give it."""
    objects = sorted(AnnotatedObject(item.class_name, Box(*item.box)) for item in chip.objects)
    return AnnotatedImage(
        file="chip.png",
        path=Path("chip.png"),
        width=SIZE,
        height=SIZE,
        objects=tuple(objects),
        labelled_classes=tuple(OBJECT_CLASSES),
        spacing_m=(1.0, 1.0),
    )


def text(x: float, y: float, words: str, *, size: int = 15, colour: str = INK, more: str = "") -> str:
    """Return words as SVG; ``more`` are further attributes."""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}" {more}>{escape(words)}</text>'


def tag(x: float, y: float, class_name: str, words: str) -> str:
    """Return some words on the colour of a class."""
    width = 12 + 8 * len(words)
    box = f'<rect x="{x:g}" y="{y:g}" width="{width}" height="20" rx="3" fill="{COLOURS[class_name]}"/>'
    return box + text(x + width / 2, y + 15, words, size=14, more='text-anchor="middle"')


def chip_with_boxes(chip: SimulatedChip, image: AnnotatedImage) -> Iterator[str]:
    """Yield the chip, and the box and name of each object."""
    _, data = cv2.imencode(".png", chip.image.pixels[0])
    source = "data:image/png;base64," + base64.b64encode(data.tobytes()).decode()
    yield f'<image x="{MARGIN}" y="{MARGIN}" width="{SHOWN}" height="{SHOWN}" href="{source}"/>'
    scale = SHOWN / SIZE
    for number, (class_name, box, *_) in enumerate(image.objects):
        x, y = MARGIN + box.xmin * scale, MARGIN + box.ymin * scale
        width, height = (box.xmax - box.xmin) * scale, (box.ymax - box.ymin) * scale
        shape = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
        yield f'<rect {shape} fill="none" stroke="{COLOURS[class_name]}" stroke-width="2.5"/>'
        yield tag(x - 1, y - 22, class_name, f"{class_name} {number}")


def captions(statements: list[Statement], y: float) -> Iterator[str]:
    """Yield the captions from ``y`` downwards."""
    yield text(LEFT, y, "Captions, from the boxes alone", size=18, more='font-weight="600"')
    y += 28
    for statement in statements:
        yield text(LEFT, y, statement.family.replace("_", " "), size=13, colour=SOFT)
        for line in textwrap.wrap(statement.text, LETTERS_A_LINE):
            y += 20
            yield text(LEFT, y, line)
        y += 27


def evidence(statement: Statement, image: AnnotatedImage, y: float) -> Iterator[str]:
    """Yield each claim of a statement with the numbers of its objects, and what the check of its text says."""
    yield f'<line x1="{LEFT}" y1="{y - 26:g}" x2="{WIDTH - MARGIN}" y2="{y - 26:g}" stroke="{LINE}"/>'
    yield text(LEFT, y, "What the last one claims, and the objects that it rests on", size=18, more='font-weight="600"')
    for claim in statement.claims:
        y += 30
        yield text(LEFT, y, claimed(claims_json([claim])))
        for place, number in enumerate(claim.objects):
            class_name = image.objects[number].class_name
            yield tag(WIDTH - MARGIN - 26 * (len(claim.objects) - place), y - 15, class_name, str(number))
    y += 38
    found = verify(statement, image)
    yield text(LEFT, y, f"Read back from the words alone: {'; '.join(found) or 'confirmed'}.", colour=SOFT)


def claimed(claims: str) -> str:
    """Return the one claim of a JSON list as a line: its kind, then the rest."""
    fields = json.loads(claims)[0]
    return f"{fields.pop('kind')}: {' '.join(in_words(value) for value in fields.values())}"


def in_words(value: object) -> str:
    """Return a field of a claim, a group of objects as its class with the place in brackets."""
    if not isinstance(value, dict):
        return str(value)
    class_name, *place = value.values()
    return f"{class_name} ({' '.join(place)})" if place else str(class_name)


def draw() -> str:
    """Return the picture as SVG."""
    chip = simulate_chip(SEED, size=SIZE, looks=LOOKS)
    image = annotated(chip)
    statements = [describe(image, captions=1, seed=TEXT_SEED, families=[family])[0] for family in FAMILIES]
    parts = [*chip_with_boxes(chip, image), *captions(statements, 44), *evidence(statements[-1], image, 403)]
    lines = "\n".join(parts)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"
 font-family="Helvetica Neue, Arial, Liberation Sans, sans-serif">
<title>A simulated SAR chip with boxes, captions made of them, and the evidence of one</title>
<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>
{lines}
</svg>
"""


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
