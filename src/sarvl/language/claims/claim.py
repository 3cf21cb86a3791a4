"""Claim: one checkable assertion, and ClaimKind: a class of claims with the words that make them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, ClassVar, Self

from sarvl.annotations import AnnotatedImage
from sarvl.errors import LanguageError
from sarvl.language.geometry.changes import Changes, changes_kept_by_group
from sarvl.language.geometry.layout import Layout
from sarvl.language.group import Group
from sarvl.language.reader.patterns import Pattern
from sarvl.language.reader.symbols import Symbol
from sarvl.registry import Registry


class Claim(ABC):
    """One checkable assertion, in the one form that its meaning has. Each kind is one class, in its file of ``kinds``.

    kind: name of its kind. group: the objects that it is about, or ``WHOLE_IMAGE``. objects: indices into
    ``AnnotatedImage.objects`` that it rests on; evidence only, not part of what is claimed. Every class is a frozen
    dataclass with slots, for speed.
    """

    __slots__ = ()
    kind: ClassVar[str]
    group: Group
    objects: tuple[int, ...]

    @abstractmethod
    def meaning(self) -> tuple[Any, ...]:
        """Return what is claimed, ``kind`` first, evidence left out: equal where two claims say the same, and sorted.

        No None: two claims of a kind are compared item by item.
        """

    @abstractmethod
    def fields(self) -> dict[str, Any]:
        """Return what is claimed as JSON has it, ``kind`` first, evidence left out."""

    @classmethod
    @abstractmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "Claim":
        """Return the claim, without evidence, that ``fields`` wrote; KeyError, TypeError or ValueError for others."""

    @abstractmethod
    def problem(self, image: AnnotatedImage, layout: Layout) -> str | None:
        """Return why the annotation does not bear the claim out, or its evidence is wrong; None where all is well."""

    def evidence(self, image: AnnotatedImage, layout: Layout) -> tuple[int, ...]:
        """Return the objects that it rests on where it is true: by default all that it is about."""
        return layout.ids(self.group)

    def changes_kept(self) -> Changes:
        """Return the geometric changes of the picture that leave the claim true."""
        return changes_kept_by_group(self.group)

    def groups(self) -> tuple[Group, ...]:
        """Return all groups that it speaks of."""
        return (self.group,)

    def shown(self) -> str:
        """Return the claim in words, for messages."""
        return f"{self.kind} of {self.group.shown()}"

    def resting_on(self, objects: tuple[int, ...]) -> Self:
        """Return the same claim with other evidence."""
        return replace(self, objects=objects)  # type: ignore[type-var]  # every subclass is a dataclass


@dataclass(frozen=True)
class ClaimKind:
    """One kind of claim: its class, and the words by which the reader finds such claims in a caption.

    phrases: what a phrase, in lower case, does in a sentence. patterns: the same for phrases that hold numbers.
    """

    claim: type[Claim]
    phrases: Mapping[str, Symbol] = field(default_factory=dict)
    patterns: tuple[Pattern, ...] = ()


CLAIM_KINDS: Registry[ClaimKind] = Registry(
    "claim kind",
    "sarvl.language.claims.kinds",
    "CLAIM",
    "sarvl.claim_kinds",
    ClaimKind,
    LanguageError,
    name_of=lambda kind: kind.claim.kind,
)
"""The kinds of claims: one module each in ``language/claims/kinds``, and entry points ``sarvl.claim_kinds``."""


@lru_cache(maxsize=1)
def claim_kinds() -> dict[str, ClaimKind]:
    """Return all kinds of claims by name; those of plug-ins behind our own."""
    return dict(CLAIM_KINDS.items())
