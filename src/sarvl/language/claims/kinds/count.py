"""Count: there are exactly so many, or at least so many."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from sarvl.annotations import AnnotatedImage
from sarvl.language.claims.claim import Claim, ClaimKind
from sarvl.language.claims.evidence import problem_with_number
from sarvl.language.claims.group_fields import fields_of, group_from
from sarvl.language.geometry.layout import Layout
from sarvl.language.group import Group
from sarvl.language.reader.symbols import Bound, Minimum, Number
from sarvl.language.words.lexicon import NUMBER_WORDS

MANY_IS_MORE_THAN = 10  # RemoteCLIP's box-to-caption: counts above ten become "many"

Comparison = Literal["exactly", "at least"]
_LEAST: dict[Comparison, int] = {"exactly": 1, "at least": 2}  # less is absence or presence, or claims nothing


@dataclass(frozen=True, slots=True)
class Count(Claim):
    """``group`` holds ``comparison`` ``number`` objects: exactly 1 or more, at least 2 or more."""

    group: Group
    comparison: Comparison
    number: int
    objects: tuple[int, ...] = ()
    kind: ClassVar[str] = "count"

    def meaning(self) -> tuple[Any, ...]:
        """Return what is claimed."""
        class_name, position, orientation = self.group
        return "count", class_name, position or "", self.comparison, self.number, orientation or ""

    def fields(self) -> dict[str, Any]:
        """Return what is claimed as JSON has it."""
        group = fields_of(self.group)
        return {"kind": "count", "group": group, "comparison": self.comparison, "number": self.number}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "Count":
        """Return the claim that ``fields`` wrote."""
        comparison, number = fields["comparison"], int(fields["number"])
        if number < _LEAST[comparison]:
            raise ValueError(f"{comparison} {number} is no count")
        return cls(group_from(fields["group"]), comparison, number)

    def problem(self, _: AnnotatedImage, layout: Layout) -> str | None:
        """Return why there are not so many, or the evidence is wrong."""
        return problem_with_number(self.group, self.number, self.objects, layout, self.comparison == "exactly")

    def shown(self) -> str:
        """Return the claim in words, for messages."""
        return f"{self.comparison} {self.number} {self.group.shown()}"


CLAIM = ClaimKind(
    Count,
    phrases={
        **{word: Number(number) for number, word in enumerate(NUMBER_WORDS)},
        **{"single": Number(1), "a single": Number(1)},
        **{"exactly": Bound("exactly"), "at least": Bound("at least"), "more than": Bound("at least", above=1)},
        **dict.fromkeys(("many", "numerous", "a lot of", "lots of"), Minimum(MANY_IS_MORE_THAN + 1)),
        **dict.fromkeys(("several", "multiple"), Minimum(2)),
    },
)
