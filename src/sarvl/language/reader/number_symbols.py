"""Symbols of numbers that are no plain number before a class: "only", "another", "the number of", "ships total 3"."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from sarvl.errors import LanguageError
from sarvl.language.reader.symbols import Bound, Symbol

if TYPE_CHECKING:
    from sarvl.language.reader.clause import Clause


class OnlyWord(Symbol):
    """A word that denies all other classes, and more of those that follow: "only"; "the only ship" is the one ship."""

    __slots__ = ()
    role: ClassVar[str] = "only"

    def read(self, clause: "Clause") -> None:
        """Let it wait for a class."""
        clause.refuse_open_words()
        if clause.quantity.article == "a":
            raise LanguageError("'only' stands behind 'a'")
        clause.quantity.only = True


@dataclass(frozen=True, slots=True)
class VerbOnly(Symbol):
    """A verb with such a word: "there is but", "contains but"."""

    verb: Literal["there_is", "shows"]
    role: ClassVar[str] = "but"

    def read(self, clause: "Clause") -> None:
        """Let "but" wait for a class, behind the image or "there"."""
        if (clause.role_before == "there") != (self.verb == "there_is"):
            raise LanguageError("what 'but' leaves out can be taken in two ways")
        if self.verb == "shows":
            clause.refuse_subject()
        clause.pass_over()
        clause.quantity.only, clause.role = True, "only"


class Another(Symbol):
    """One more object of a class that was named before: "another"."""

    __slots__ = ()
    role: ClassVar[str] = "another"

    def read(self, clause: "Clause") -> None:
        """Let the one wait for its class or place."""
        clause.refuse_open_words()
        clause.quantity.said_number, clause.quantity.is_another = 1, True
        clause.quantify("exactly", 1)


# The number of a class, as a noun or a verb


class NumberBound(Bound):
    """A bound that is said of the number of a class alone: "greater than"."""

    __slots__ = ()
    role: ClassVar[str] = "number_bound"


class NumberOf(Symbol):
    """A noun for a number, before its class: "the number of"."""

    __slots__ = ()
    role: ClassVar[str] = "number_of"

    def read(self, clause: "Clause") -> None:
        """Begin a list of its own."""
        clause.refuse_open_words()
        clause.begin_list()


class CountNoun(Symbol):
    """A noun for a number, behind its class: "the ship count"."""

    __slots__ = ()
    role: ClassVar[str] = "count_noun"

    def read(self, clause: "Clause") -> None:
        """Let the class before it wait for its number."""
        clause.refuse_open_words()
        clause.await_number_of_last(is_plural=False)
        clause.role = "counted"


@dataclass(frozen=True, slots=True)
class AmountsTo(Symbol):
    """A verb that a number follows: "exceeds" behind "the number of ships"; "number", "total" behind ships themselves.

    above: 1 for "exceeds". is_of_objects: whether its subject is the objects.
    """

    above: int = 0
    is_of_objects: bool = False
    role: ClassVar[str] = "amounts_to"

    def read(self, clause: "Clause") -> None:
        """Expect the number of the class before it."""
        clause.refuse_open_words()
        if self.is_of_objects and not clause.number_awaited:
            clause.await_number_of_last(is_plural=True)
        clause.begin_amount()
        if self.above:
            clause.begin_quantity("at least", self.above)


class Total(AmountsTo):
    """A word for a number: a verb in "ships total 3", and quiet behind the number in "3 ships total"."""

    __slots__ = ()

    def read(self, clause: "Clause") -> None:
        """Tell the two apart."""
        if clause.mentions and not clause.number_awaited and clause.mentions[-1].is_counted():
            clause.pass_over()
            clause.role = "total"
        else:
            super().read(clause)
