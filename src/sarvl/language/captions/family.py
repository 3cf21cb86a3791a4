"""CaptionFamily: one kind of thing to say of a scene, as each file of ``families`` declares its own."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from random import Random

from sarvl.errors import LanguageError
from sarvl.language.captions.scene import Scene
from sarvl.language.statement import Statement
from sarvl.registry import Registry


@dataclass(frozen=True)
class CaptionFamily:
    """One kind of thing to say of a scene.

    write: returns a statement, whose family is the name that this is registered by, or None where the annotation
        does not bear one out. It draws from nothing but the generator that it is given.
    weight: how often it is drawn, 1 as most are. Families that few annotations support are drawn more often where they
        are, so that a corpus comes out balanced.
    has_evidence: whether an image has what the family needs at all; None for "always". Where it has not, the family is
        not drawn, and the image gets the texts that it would get without it.
    order: its place among the draws, which decides the texts. Plug-ins leave it alone: they are drawn behind our own.
    """

    write: Callable[[Scene, Random], Statement | None]
    weight: float = 1.0
    has_evidence: Callable[[Scene], bool] | None = None
    order: float = inf


CAPTION_FAMILIES: Registry[CaptionFamily] = Registry(
    "caption family",
    "sarvl.language.captions.families",
    "FAMILY",
    "sarvl.caption_families",
    CaptionFamily,
    LanguageError,
)
"""Families of captions: one module each in ``language/captions/families``; entry points ``sarvl.caption_families``."""


@lru_cache(maxsize=1)
def families_in_order() -> dict[str, CaptionFamily]:
    """Return all families by name, in the order of their draws; those of plug-ins behind our own."""
    return dict(sorted(CAPTION_FAMILIES.items(), key=lambda item: item[1].order))
