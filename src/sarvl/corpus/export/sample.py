"""Sample: one image of an export with the texts that go with it, and which of its captions are drawn."""

from pathlib import Path
from typing import NamedTuple

from sarvl.corpus.rows import Row, image_row, text_rows
from sarvl.corpus.store import Corpus
from sarvl.seeds import seeded_bytes


class Sample(NamedTuple):
    """An image to export.

    key: the name of its files, without an extension. path: the file on this machine. image: its row of the images
    table. captions: those that are drawn, all_captions: all of them, questions: all of them; rows of the texts table.
    """

    key: str
    path: Path
    image: Row
    captions: list[Row]
    all_captions: list[Row]
    questions: list[Row]


def sample_of(corpus: Corpus, row: int, key: str, per_image: int | None) -> Sample:
    """Return one image with ``per_image`` of its captions drawn (all where None)."""
    image, texts = image_row(corpus, row), text_rows(corpus, row)
    captions = [text for text in texts if text["kind"] == "caption"]
    drawn = [captions[place] for place in drawn_places(len(captions), per_image, corpus.seed, key)]
    questions = [text for text in texts if text["kind"] == "question"]
    return Sample(key, corpus.paths[row], image, drawn, captions, questions)


def drawn_places(count: int, per_image: int | None, seed: int, key: str) -> list[int]:
    """Return which ``per_image`` of ``count`` captions are drawn, in order; it depends on seed and key alone."""
    if per_image is None or per_image >= count:
        return list(range(count))
    return sorted(sorted(range(count), key=lambda place: seeded_bytes(seed, key, place))[:per_image])
