"""Which geometric changes of an image leave all that a text claims of it true.

A count and an absence outlive a mirror, and no shift. What the label of a chip names is what the whole picture shows,
and outlives all.
"""

from collections.abc import Iterable
from functools import lru_cache

from sarvl.language.claims.claim import Claim
from sarvl.language.claims.construction import claims_from_json
from sarvl.language.claims.kinds.presence import Presence
from sarvl.language.geometry.changes import EVERY_CHANGE, NO_CHANGE, Changes, GeometricChange
from sarvl.language.group import Group

__all__ = ["EVERY_CHANGE", "Changes", "GeometricChange", "changes_kept", "changes_kept_by_json"]


def changes_kept(claims: Iterable[Claim], label: str | None = None) -> Changes:
    """Return the changes of an image that keep all of ``claims`` true; none where there are no claims to judge by.

    label: the class of the whole image, where it has one (``AnnotatedImage.label``).
    """
    kept = [_kept_by(claim, label) for claim in claims]
    return frozenset.intersection(*kept) if kept else NO_CHANGE


@lru_cache(maxsize=1 << 16)
def changes_kept_by_json(claims: str, label: str | None = None) -> Changes:
    """Return ``changes_kept`` of claims as the texts table holds them; LanguageError where they are none."""
    return changes_kept(claims_from_json(claims), label)


def _kept_by(claim: Claim, label: str | None) -> Changes:
    is_of_whole_picture = label is not None and isinstance(claim, Presence) and claim.group == Group(label)
    return EVERY_CHANGE if is_of_whole_picture else claim.changes_kept()
