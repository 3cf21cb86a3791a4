"""Scene: what a caption family sees of an image, and how it makes random choices and statements."""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple, TypeVar

from sarvl.annotations import AnnotatedImage
from sarvl.language.claims.claim import Claim
from sarvl.language.claims.construction import in_canonical_order
from sarvl.language.geometry.layout import Layout, layout_of
from sarvl.language.statement import Statement
from sarvl.language.words.lexicon import DOMAIN_NOUNS, Domain, DomainNouns
from sarvl.language.words.vocabulary import ClassName, Vocabulary, vocabulary_of

T = TypeVar("T")


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
        return cls(image, layout_of(image), vocabulary_of(image), domain, DOMAIN_NOUNS[domain])

    def name_of(self, class_name: str, rng: Random) -> ClassName:
        """Return one of the names of a class: its own in half of the draws, else a synonym."""
        own, *synonyms = self.vocabulary.names[class_name]
        return pick(rng, synonyms) if synonyms and rng.random() < 0.5 else own

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
