"""The page: sections of cards of blocks, as one HTML file that needs no other file, no network and no library."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sarvl.blocks import Block, class_colours
from sarvl.files import write_text
from sarvl.reporting.drawing import boxed_classes, drawn, environment


@dataclass(frozen=True, slots=True)
class Card:
    """Blocks that belong together. detail: what the title is of, such as a model's name. framed: with an edge."""

    blocks: Sequence[Block]
    title: str = ""
    detail: str = ""
    remark: str = ""
    framed: bool = True


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page under a heading."""

    title: str
    cards: Sequence[Card]


@dataclass(frozen=True, slots=True)
class Page:
    """What a page holds.

    summary: paragraphs in plain words. note: how to read the figures. facts: names and values to see first, such as the
    model.
    """

    title: str
    summary: Sequence[str] = ()
    note: str = ""
    sections: Sequence[Section] = ()
    facts: Sequence[tuple[str, str]] = ()


def write_page(path: Path, page: Page) -> None:
    """Write the page, atomically; raises EvaluationError for a block that cannot be drawn (see ``drawing``)."""
    blocks = [block for section in page.sections for card in section.cards for block in card.blocks]
    colours = class_colours(boxed_classes(blocks))
    sections = [
        (section.title, [(card, drawn(card.blocks, colours)) for card in section.cards]) for section in page.sections
    ]
    write_text(path, environment().get_template("page.html.j2").render(page=page, sections=sections))
