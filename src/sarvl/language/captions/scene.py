"""Scene: what a caption family sees of an image, and how it makes random choices and statements."""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple, TypeVar

from sarvl.annotations import AnnotatedImage
from sarvl.language.claims.claim import Claim
from sarvl.language.claims.construction import in_canonical_order
from sarvl.language.geometry.layout import Layout, layout_of
from sarvl.language.group import Group
from sarvl.language.statement import Statement
from sarvl.language.words.lexicon import NOUNS, Domain, DomainNouns, effect_of
from sarvl.language.words.places import centred_in_place, in_place
from sarvl.language.words.vocabulary import ClassName, Vocabulary, vocabulary_of

T = TypeVar("T")
_SYNONYM_SHARE = 0.25


class Scene(NamedTuple):
    """An annotated image with its layout, the names of its classes, its domain and the nouns of that."""

    image: AnnotatedImage
    layout: Layout
    vocabulary: Vocabulary
    domain: Domain
    nouns: DomainNouns

    @classmethod
    def of(cls, image: AnnotatedImage, domain: Domain) -> "Scene":
        """Lay out ``image``; LanguageError where two of its classes cannot be told apart in a text."""
        return cls(image, layout_of(image), vocabulary_of(image), domain, NOUNS[image.wording][domain])

    @property
    def is_published(self) -> bool:
        """Whether texts have the forms of the published systems, to the letter."""
        return self.image.wording == "published"

    def name_of(self, class_name: str, rng: Random) -> ClassName:
        """Return one of the names of a class: its own in most draws (in half of them as published), else a synonym."""
        own, *synonyms = self.vocabulary.names[class_name]
        share = 0.5 if self.is_published else _SYNONYM_SHARE
        return pick(rng, synonyms) if synonyms and rng.random() < share else own

    def things(self) -> list[str]:
        """Return the classes that are there; shadows and wakes are no things, but counted as such where published."""
        names = list(self.layout.by_class)
        return names if self.is_published else [name for name in names if not effect_of(name)]

    def places(self) -> list[Group]:
        """Return every group of one class of things in one grid cell, by class, then in reading order."""
        cells = self.layout.occupied_cells
        return cells if self.is_published else [group for group in cells if not effect_of(group.class_name)]

    def at(self, position: str | None, is_counted: bool) -> str:
        """Return " centred in the top left", " in the top left" where nothing is counted, or "" for anywhere."""
        if position is None:
            return ""
        words = centred_in_place if is_counted else in_place
        return f" {words(position, self.image.wording)}"

    def is_clear(self, class_name: str) -> bool:
        """Tell whether the class can be counted: its name covers no other class that is there."""
        return not self.layout.named_as_well(class_name)

    def statement(
        self, rng: Random, family: str, templates: Sequence[str], claims: Sequence[Claim], **parts: str
    ) -> Statement:
        """Fill one of ``templates`` with ``parts`` and nouns for the image; ``claims`` is all that they assert."""
        noun = pick(rng, self.nouns.images)
        text = pick(rng, templates).format(
            image=noun.bare,
            an_image=noun.with_article,
            imagery=pick(rng, self.nouns.imagery),
            sensor=self.nouns.sensor,
            **parts,
        )
        return Statement(text[0].upper() + text[1:], family, in_canonical_order(claims), f"rule:{family}")


def pick(rng: Random, options: Sequence[T]) -> T:
    """Return one of ``options``, from ``rng.random()`` alone: its stream is the same in every version of Python."""
    return options[int(rng.random() * len(options))]


def shuffled(rng: Random, options: Sequence[T]) -> list[T]:
    """Return the options in random order, from ``rng.random()`` alone."""
    keys = [rng.random() for _ in options]
    return [options[index] for index in sorted(range(len(options)), key=keys.__getitem__)]
