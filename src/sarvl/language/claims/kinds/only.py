"""Only: beside the classes that are named, none is there of those that the source would have labelled."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sarvl.annotations import AnnotatedImage
from sarvl.language.claims.claim import Claim, ClaimKind
from sarvl.language.claims.kinds.absence import Absence
from sarvl.language.geometry.layout import Layout
from sarvl.language.group import WHOLE_IMAGE, Group
from sarvl.language.reader.number_symbols import OnlyWord, VerbOnly


@dataclass(frozen=True, slots=True)
class Only(Claim):
    """No class but ``class_names`` is there, wherever else "only" may have been meant to hold.

    is_counted: numbers are said of them all: "only two ships" may mean no more ships, and may be said of an image whose
    source labels nothing else; "only ships" may not.
    """

    class_names: tuple[str, ...]
    is_counted: bool
    objects: tuple[int, ...] = ()
    group: Group = field(default=WHOLE_IMAGE, init=False)
    kind: ClassVar[str] = "only"

    def meaning(self) -> tuple[Any, ...]:
        """Return what is claimed."""
        return "only", self.is_counted, self.class_names

    def fields(self) -> dict[str, Any]:
        """Return what is claimed as JSON has it."""
        return {"kind": "only", "classes": list(self.class_names), "counted": self.is_counted}

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "Only":
        """Return the claim that ``fields`` wrote."""
        return cls(tuple(fields["classes"]), bool(fields["counted"]))

    def problem(self, image: AnnotatedImage, layout: Layout) -> str | None:
        """Return which other class is there, or cannot be said to be absent."""
        present = {*layout.by_class} if self.is_counted else {*layout.by_class, *_grounds(image)}
        if image.open_classes:
            return "an object was refused, so that nothing is known of what else is there"
        if others := sorted(present.difference(self.class_names)):
            return f"{', '.join(others)} is there too"
        unsaid = sorted(set(image.labelled_classes).difference(self.class_names))
        if not unsaid and not self.is_counted:
            return "the source labels nothing else, so that it cannot be said that nothing else is there"
        problems = ((name, Absence(Group(name)).problem(image, layout)) for name in unsaid)
        return next((f"{name}: {problem}" for name, problem in problems if problem), None)

    def shown(self) -> str:
        """Return the claim in words, for messages."""
        return f"only {', '.join(self.class_names)}"


def _grounds(image: AnnotatedImage) -> set[str]:
    return {item.class_name for item in image.land_cover}


CLAIM = ClaimKind(
    Only,
    phrases={
        **dict.fromkeys(("only", "just", "merely", "solely", "exclusively"), OnlyWord()),
        **dict.fromkeys(("is but", "are but"), VerbOnly("there_is")),
        **dict.fromkeys(("shows but", "contains but", "has but"), VerbOnly("shows")),
    },
)
