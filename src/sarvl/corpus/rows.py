"""One image of an open corpus and its texts, as plain rows, without a copy of the tables."""

from typing import Any

from sarvl.corpus.store import Corpus

Row = dict[str, Any]


def image_row(corpus: Corpus, row: int) -> Row:
    """Return one row of the images table."""
    found: Row = corpus.images.slice(row, 1).to_pylist()[0]
    return found


def text_rows(corpus: Corpus, row: int) -> list[Row]:
    """Return the rows of the texts table that are about one image, in their order."""
    indices = corpus.texts_of_image[row]
    if not indices:
        return []
    # A slice, since `take` copies whole columns; what a build writes of one image stands together.
    together = corpus.texts.slice(indices[0], indices[-1] - indices[0] + 1).to_pylist()
    return [text for text in together if text["image_id"] == together[0]["image_id"]]
