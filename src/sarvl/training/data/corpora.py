"""Corpora: the corpora that a stage learns from, as if they were one; their images and tokens come from each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from sarvl.corpus import Corpus
from sarvl.errors import CorpusError
from sarvl.imagery import ImageBatches, Prepared, PreparedImages
from sarvl.imagery.prepared import starts_of
from sarvl.language import claims_from_json
from sarvl.progress import note
from sarvl.training.data.text_columns import Indices, of_kinds
from sarvl.training.data.tokens import TextTokens


@dataclass(frozen=True)
class Corpora:
    """One corpus or several, the rows of their tables one after the other.

    ``images`` and ``texts`` are the tables of all; an image or a text is named by its row there.
    """

    parts: tuple[Corpus, ...]

    @cached_property
    def images(self) -> pa.Table:
        """The images tables, one after the other: (I rows)."""
        return pa.concat_tables([part.images for part in self.parts])

    @cached_property
    def texts(self) -> pa.Table:
        """The texts tables, one after the other: (T rows)."""
        return pa.concat_tables([part.texts for part in self.parts])

    @cached_property
    def image_starts(self) -> Indices:
        """Where the images of each corpus begin, and the last ones end: (P + 1,)."""
        return starts_of([len(part.images) for part in self.parts])

    @cached_property
    def text_starts(self) -> Indices:
        """Where the texts of each corpus begin, and the last ones end: (P + 1,)."""
        return starts_of([len(part.texts) for part in self.parts])

    @cached_property
    def image_of_text(self) -> Indices:
        """For each text the row of its image: (T,)."""
        firsts = self.image_starts[:-1]
        return np.concatenate([part.image_of_text + first for part, first in zip(self.parts, firsts, strict=True)])

    @cached_property
    def is_caption(self) -> NDArray[np.bool_]:
        """For each text whether it is a caption: (T,)."""
        return of_kinds(self.texts, ("caption",))

    def classes_of(self, texts: Indices) -> tuple[str, ...]:
        """Return all classes that the images of some texts label, show as objects, or are named by, sorted."""
        has_text = np.zeros(len(self.images), np.bool_)
        has_text[self.image_of_text[texts]] = True
        images = self.images.select(["objects", "labelled_classes", "label"]).filter(pa.array(has_text))
        objects, labelled = (pc.list_flatten(images[name]) for name in ("objects", "labelled_classes"))
        columns = (pc.struct_field(objects, "class_name"), labelled, images["label"])
        return tuple(sorted({name for column in columns for name in pc.unique(column).to_pylist() if name}))

    def question_kinds_of(self, texts: Indices) -> tuple[str, ...]:
        """Return the families of those of some texts that are questions, sorted."""
        questions = texts[~self.is_caption[texts]]
        return tuple(sorted(pc.unique(self.texts["family"].take(questions)).to_pylist()))

    def kinds_of_classes(self, texts: Indices) -> dict[str, tuple[str, ...]]:
        """Return the families of those of some texts that are questions, sorted, by the class that they are about.

        Under "" are those of questions that claim nothing, as people's do, or something of the whole image.
        """
        questions = self.texts.select(["family", "claims"]).take(texts[~self.is_caption[texts]])
        families: dict[str, set[str]] = {}
        for row in questions.group_by(["family", "claims"]).aggregate([]).to_pylist():
            groups = [group for claim in claims_from_json(row["claims"]) for group in claim.groups()]
            for name in {group.class_name for group in groups} or {""}:
                families.setdefault(name, set()).add(row["family"])
        return {name: tuple(sorted(families[name])) for name in sorted(families)}

    @property
    def names(self) -> str:
        """The folders, for a message."""
        return ", ".join(str(part.folder) for part in self.parts)

    def rows_of(self, split: str, everywhere: bool = True) -> Indices:
        """Return the images of a split, ascending: (N,).

        everywhere: whether each corpus must have it; else one must, and those without it are told on standard error.
        Raises CorpusError, naming what there is, where a corpus that must does not have it.
        """
        there, missing = [], []
        for part, first in zip(self.parts, self.image_starts[:-1], strict=True):
            try:
                there.append(part.rows_of(split) + first)
            except CorpusError as problem:
                missing.append((part, problem))
        if missing and (everywhere or not there):
            raise missing[0][1]
        for part, _ in missing:
            note(f"{part.folder} has no split {split!r}: nothing of it is in this split of the stage")
        return np.concatenate(there)

    def texts_of(self, images: Indices) -> Indices:
        """Return the rows of all texts of some images, ascending."""
        return np.flatnonzero(np.isin(self.image_of_text, images))

    def part_of_images(self, rows: Indices) -> Indices:
        """Return the number of the corpus that each of some images is of: (N,)."""
        return part_of(rows, self.image_starts)


@dataclass(frozen=True)
class JoinedImages:
    """The images of several corpora, by their rows in ``Corpora.images``."""

    parts: Sequence[ImageBatches]
    starts: Indices

    def __len__(self) -> int:
        return int(self.starts[-1])

    def batch(self, rows: ArrayLike) -> PreparedImages:
        """Return the images at ``rows``, in that order; grey ones among others of several channels are repeated."""
        asked = np.asarray(rows, np.int64)
        there = {
            int(place): image
            for part, places, own in parted(asked, self.starts)
            for place, image in zip(places, _each(self.parts[part].batch(own)), strict=True)
        }
        return PreparedImages.of([there[place] for place in range(len(asked))])


@dataclass(frozen=True)
class JoinedTokens:
    """The tokens of the texts of several corpora, by their rows in ``Corpora.texts``."""

    parts: Sequence[TextTokens]
    starts: Indices

    def of(self, texts: Indices) -> Tensor:
        """Return the token ids of some texts: int64 (B, context)."""
        tokens = torch.empty((len(texts), self.parts[0].rows.shape[1]), dtype=torch.int64)
        for part, places, own in parted(texts, self.starts):
            tokens[torch.from_numpy(places)] = self.parts[part].of(own)
        return tokens

    def fits(self, texts: Indices) -> NDArray[np.bool_]:
        """Return for each of ``texts`` whether the whole of it fits the text tower: (B,)."""
        fits = np.empty(len(texts), np.bool_)
        for part, places, own in parted(texts, self.starts):
            fits[places] = self.parts[part].fits(own)
        return fits


def joined_images(corpora: Corpora, parts: Sequence[ImageBatches]) -> ImageBatches:
    """Return the images of each corpus as those of all."""
    return parts[0] if len(parts) == 1 else JoinedImages(parts, corpora.image_starts)


def joined_tokens(corpora: Corpora, parts: Sequence[TextTokens]) -> TextTokens | JoinedTokens:
    """Return the tokens of each corpus as those of all."""
    return parts[0] if len(parts) == 1 else JoinedTokens(parts, corpora.text_starts)


def part_of(rows: Indices, starts: Indices) -> Indices:
    """Return in which of several runs, which begin at ``starts``, each row lies: (N,)."""
    return np.searchsorted(starts, rows, side="right") - 1


def parted(rows: Indices, starts: Indices) -> Iterator[tuple[int, Indices, Indices]]:
    """Yield for each run that has some of ``rows``: its number, their places in ``rows``, and their rows within it."""
    parts = part_of(rows, starts)
    for part in np.unique(parts):
        places = np.flatnonzero(parts == part)
        yield int(part), places, rows[places] - starts[part]


def _each(images: PreparedImages) -> list[Prepared]:
    return [images[place] for place in range(len(images))]
