"""Count: there are exactly so many, or at least so many."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from sarvl.annotations import AnnotatedImage
from sarvl.language.claims.claim import Claim, ClaimKind
from sarvl.language.claims.evidence import problem_with_number
from sarvl.language.claims.group_fields import fields_of, group_from
from sarvl.language.claims.kinds.absence import Absence
from sarvl.language.geometry.layout import Layout
from sarvl.language.group import Group
from sarvl.language.reader.number_symbols import AmountsTo, Another, CountNoun, NumberBound, NumberOf, Total
from sarvl.language.reader.symbols import Bound, Minimum, Number, OrMore, OverOrUnder
from sarvl.language.words.lexicon import NUMBER_WORDS

MANY_IS_MORE_THAN = 10  # RemoteCLIP's box-to-caption: counts above ten become "many"

Comparison = Literal["exactly", "at least", "at most"]
# Less is absence or presence, or claims nothing.
_LEAST: dict[Comparison, int] = {"exactly": 1, "at least": 2, "at most": 1}
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


@dataclass(frozen=True, slots=True)
class Count(Claim):
    """``group`` holds ``comparison`` ``number`` objects: exactly 1 or more, at least 2 or more, at most 1 or more."""

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

    def problem(self, image: AnnotatedImage, layout: Layout) -> str | None:
        """Return why there are not so many, or not so few, or the evidence is wrong."""
        if self.comparison == "at most":
            return self._problem_with_most(image, layout)
        return problem_with_number(self.group, self.number, self.objects, layout, self.comparison == "exactly")

    def shown(self) -> str:
        """Return the claim in words, for messages."""
        return f"{self.comparison} {self.number} {self.group.shown()}"

    def _problem_with_most(self, image: AnnotatedImage, layout: Layout) -> str | None:
        """Return why there may be more: of a class of which there is none, the source must say so."""
        ids = layout.ids(self.group)
        if not ids:
            return Absence(self.group, self.objects).problem(image, layout)
        if len(ids) > self.number:
            return f"the annotation has {len(ids)}"
        return problem_with_number(self.group, len(ids), self.objects, layout, is_exact=True)


_AT_LEAST, _AT_MOST = Bound("at least"), Bound("at most")
_MORE, _FEWER = Bound("at least", above=1), Bound("at most", above=-1)


_PHRASES_OF_NUMBERS = {
    "single": 1,
    "a single": 1,
    "one single": 1,
    "a lone": 1,
    "a solitary": 1,
    "a pair of": 2,
    "a couple of": 2,
}
_PHRASES_OF_NUMBERS |= {"a trio of": 3, "a dozen": 12, "half a dozen": 6}


def _numbers() -> dict[str, Number]:
    """Return the numbers in words up to 99, and what stands for one."""
    words = {word: number for number, word in enumerate(NUMBER_WORDS)} | _PHRASES_OF_NUMBERS
    for tens, word in zip(range(20, 100, 10), _TENS, strict=True):
        words |= {word: tens} | {f"{word} {NUMBER_WORDS[ones]}": tens + ones for ones in range(1, 10)}
    return {word: Number(number) for word, number in words.items()}


CLAIM = ClaimKind(
    Count,
    phrases={
        **_numbers(),
        # "As many as ten" is ten, or no more than ten: ten is true of both.
        **dict.fromkeys(("exactly", "a total of", "as many as", "as few as"), Bound("exactly")),
        **dict.fromkeys(("at least", "no fewer than", "not fewer than", "no less than", "not less than"), _AT_LEAST),
        **dict.fromkeys(("at most", "up to", "no more than", "not more than"), _AT_MOST),
        **dict.fromkeys(("at the least", "a minimum of"), _AT_LEAST),
        **dict.fromkeys(("at the most", "a maximum of"), _AT_MOST),
        **dict.fromkeys(("more than", "upwards of", "in excess of"), _MORE),
        **dict.fromkeys(("fewer than", "less than"), _FEWER),
        "over": OverOrUnder("at least", above=1),
        "under": OverOrUnder("at most", above=-1),
        "another": Another(),
        **dict.fromkeys(("the number of", "the total number of", "the count of"), NumberOf()),
        "count": CountNoun(),
        **dict.fromkeys(("number", "amount to"), AmountsTo(is_of_objects=True)),
        "total": Total(is_of_objects=True),
        **dict.fromkeys(("equals", "amounts to", "totals"), AmountsTo()),
        "exceeds": AmountsTo(above=1),
        "equal to": NumberBound("exactly"),
        **dict.fromkeys(("greater than", "larger than", "higher than"), NumberBound("at least", above=1)),
        **dict.fromkeys(("smaller than", "lower than"), NumberBound("at most", above=-1)),
        "or more": OrMore("at least"),
        **dict.fromkeys(("or fewer", "or less"), OrMore("at most")),
        **dict.fromkeys(("many", "numerous", "a lot of", "lots of"), Minimum(MANY_IS_MORE_THAN + 1)),
        **dict.fromkeys(("several", "multiple", "a few"), Minimum(2)),
    },
)
