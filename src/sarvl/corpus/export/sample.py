"""Sample: one image of an export with the texts that go with it, and which of its captions are drawn."""

from pathlib import Path
from typing import NamedTuple

from sarvl.corpus.rows import CorpusImage
from sarvl.corpus.store import Corpus
from sarvl.language import Statement
from sarvl.seeds import seeded_bytes


class Sample(NamedTuple):
    """An image to export.

    key: the name of its files, without an extension. path: the file on this machine. captions: those that are drawn.
    all_captions, questions: all of them.
    """

    key: str
    path: Path
    image: CorpusImage
    captions: list[Statement]
    all_captions: list[Statement]
    questions: list[Statement]


def sample_of(corpus: Corpus, row: int, key: str, per_image: int | None) -> Sample:
    """Return one image with ``per_image`` of its captions drawn (all where None)."""
    statements = corpus.statements(row)
    captions = [said for said in statements if said.kind == "caption"]
    drawn = [captions[index] for index in drawn_indices(len(captions), per_image, corpus.seed, key)]
    questions = [said for said in statements if said.kind == "question"]
    return Sample(key, corpus.paths[row], corpus.image(row), drawn, captions, questions)


def drawn_indices(count: int, per_image: int | None, seed: int, key: str) -> list[int]:
    """Return which ``per_image`` of ``count`` captions are drawn, in order; it depends on seed and key alone."""
    if per_image is None or per_image >= count:
        return list(range(count))
    return sorted(sorted(range(count), key=lambda index: seeded_bytes(seed, key, index))[:per_image])
