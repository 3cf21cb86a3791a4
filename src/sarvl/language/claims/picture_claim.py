"""PictureClaim: what claims of the whole picture in one word have in common."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from sarvl.language.claims.claim import Claim
from sarvl.language.claims.group_fields import fields_of
from sarvl.language.group import WHOLE_IMAGE, Group


@dataclass(frozen=True, slots=True)
class PictureClaim(Claim):
    """The whole picture is as ``word`` says, one of the ``words`` of the kind; it rests on no object."""

    word: str
    objects: tuple[int, ...] = ()
    group: Group = field(default=WHOLE_IMAGE, init=False)
    words: ClassVar[tuple[str, ...]]

    def meaning(self) -> tuple[Any, ...]:
        """Return what is claimed."""
        return self.kind, self.word

    def fields(self) -> dict[str, Any]:
        """Return what is claimed as JSON has it."""
        return {"kind": self.kind, "group": fields_of(self.group), "amount": self.word}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Self:
        """Return the claim that ``fields`` wrote."""
        if fields["amount"] not in cls.words:
            raise ValueError(f"{fields['amount']!r} is none of {', '.join(cls.words)}")
        return cls(fields["amount"])

    def shown(self) -> str:
        """Return the claim in words, for messages."""
        return f"{self.kind} of {self.group.shown()}: {self.word}"
