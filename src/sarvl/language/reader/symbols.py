"""Symbols: what a word or phrase does in a sentence. Each says with ``read`` what it does to the clause it stands in.

Which words are which symbol: ``grammar.py`` for words of all sentences, the files of ``claims/kinds`` for those that
belong to one kind of claim, and ``Vocabulary`` for names of classes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sarvl.errors import LanguageError
from sarvl.language.group import Group, Orientation

if TYPE_CHECKING:
    from sarvl.language.claims.claim import Claim
    from sarvl.language.claims.kinds.count import Comparison
    from sarvl.language.reader.clause import Clause


class Symbol:
    """What a word or phrase does in a sentence."""

    __slots__ = ()

    def read(self, clause: "Clause") -> None:
        """Take the symbol into ``clause``; LanguageError where it cannot follow what came before."""
        raise NotImplementedError


# Names of classes, and what may stand before one


@dataclass(frozen=True, slots=True)
class ReadName(Symbol):
    """A name of a class: the class, whether the name was a plural, and whether it is land cover."""

    class_name: str
    is_plural: bool
    is_ground: bool = False

    def read(self, clause: "Clause") -> None:
        """Name the class, with the words of quantity that wait for it."""
        quantity = clause.quantity
        if clause.is_outside or quantity.is_detached:
            raise LanguageError(f"the words before {self.class_name!r} do not belong to it")
        if self.is_ground and quantity.if_ground and not quantity.is_open():
            quantity.ground = quantity.if_ground
        clause.counted = clause.mention(self.class_name, count=2 if self.is_plural else 1)


@dataclass(frozen=True, slots=True)
class Number(Symbol):
    """A number, exact where no bound stands before it: "5", "five"."""

    number: int

    def read(self, clause: "Clause") -> None:
        """Let the number wait for a class or a place."""
        quantity = clause.quantity
        clause.quantify(quantity.bound or "exactly", self.number + quantity.above_bound)


@dataclass(frozen=True, slots=True)
class Bound(Symbol):
    """A bound that a number follows: "exactly", "at least"; ``above`` is 1 for "more than"."""

    comparison: "Comparison"
    above: int = 0

    def read(self, clause: "Clause") -> None:
        """Let the bound wait for its number."""
        clause.refuse_open_words()
        clause.begin_quantity(self.comparison, self.above)


@dataclass(frozen=True, slots=True)
class Minimum(Symbol):
    """A word for a least number: "many", "several"."""

    number: int

    def read(self, clause: "Clause") -> None:
        """Let the least number wait for a class."""
        clause.refuse_open_words()
        clause.quantify("at least", self.number)


class Nothing(Symbol):
    """The number zero before a class: "no", "without"."""

    __slots__ = ()

    def read(self, clause: "Clause") -> None:
        """Let the zero wait for a class."""
        clause.refuse_open_words()
        clause.quantify("exactly", 0)


class Article(Symbol):
    """An article: "a", "the"."""

    __slots__ = ()

    def read(self, clause: "Clause") -> None:
        """Note it: what follows has a quantity of its own."""
        clause.quantity.has_article = True


@dataclass(frozen=True, slots=True)
class GroundClaim(Symbol):
    """Words of share that a class of land cover follows: "large areas of", "about 60 %".

    claim: makes the claim of the class. may_stand_apart: whether other words may part it from the class.
    """

    claim: "Callable[[Group], Claim]"
    may_stand_apart: bool = False

    def read(self, clause: "Clause") -> None:
        """Let the share wait for its class."""
        clause.refuse_open_words()
        clause.quantity.ground = self


@dataclass(frozen=True, slots=True)
class IfGround(Symbol):
    """A word of share before land cover that says nothing before any other class: "some"."""

    ground: GroundClaim

    def read(self, clause: "Clause") -> None:
        """Let the share wait for a class that it may belong to."""
        clause.pass_over()
        clause.quantity.if_ground = self.ground


# What is said of classes that were named


class Outside(Symbol):
    """A word that only the center may follow: "outside", "away from"."""

    __slots__ = ()

    def read(self, clause: "Clause") -> None:
        """Wait for the center."""
        clause.refuse_open_words()
        clause.is_outside = True


@dataclass(frozen=True, slots=True)
class Place(Symbol):
    """A position in the image: "upper left", "center"."""

    position: str

    def read(self, clause: "Clause") -> None:
        """Put the classes that are meant there; at the head of a clause, all of it."""
        clause.place(self.position)


@dataclass(frozen=True, slots=True)
class Lying(Symbol):
    """A direction in which objects lie: "horizontally"."""

    orientation: Orientation

    def read(self, clause: "Clause") -> None:
        """Turn the classes that are meant that way, or count those that lie so."""
        clause.lie(self.orientation)


@dataclass(frozen=True, slots=True)
class ObjectClaim(Symbol):
    """Words that make a claim of one object without a number before it: "about 120 m long and 17 m wide"."""

    claim: "Callable[[Group], Claim]"

    def read(self, clause: "Clause") -> None:
        """Claim it of the object that is meant."""
        clause.refuse_open_words()
        clause.one_object_meant().said = self.claim


@dataclass(frozen=True, slots=True)
class ImageClaim(Symbol):
    """Words that make a claim of the whole picture: "strong speckle". domain: what the words tell of the sensor."""

    claim: "Claim"
    domain: str | None = None

    def read(self, clause: "Clause") -> None:
        """Claim it; no place or direction behind it can be of the classes before it."""
        clause.refuse_open_words()
        clause.claim_of_image(self.claim)
        if self.domain:
            clause.domains.add(self.domain)


@dataclass(frozen=True, slots=True)
class Relating(Symbol):
    """A relation of the group before it to the group behind it: "above", "its"."""

    relation: str

    def read(self, clause: "Clause") -> None:
        """Relate the one group named so far to the next."""
        clause.refuse_open_words()
        clause.relate_to_next(self.relation)


@dataclass(frozen=True, slots=True)
class Side(Symbol):
    """A relation of the last of two objects to the first: "below it"."""

    relation: str

    def read(self, clause: "Clause") -> None:
        """Relate the second object to the first."""
        clause.refuse_open_words()
        clause.relate_back(self.relation)


# Words and signs that claim nothing


class Quiet(Symbol):
    """A word that claims nothing, but parts what stands before it from what follows: "shows", "image"."""

    __slots__ = ()

    def read(self, clause: "Clause") -> None:
        """Pass over it."""
        clause.pass_over()


class Verb(Symbol):
    """A verb that may have a subject: "are", "lies"."""

    __slots__ = ()

    def read(self, clause: "Clause") -> None:
        """Note it: what follows is of all of the subject, if there is one."""
        clause.after_verb = bool(clause.mentions)
        clause.pass_over()


@dataclass(frozen=True, slots=True)
class Sensor(Symbol):
    """A word that tells the domain of the sensor, "sar" or "optical": "radar", "photo"."""

    domain: str

    def read(self, clause: "Clause") -> None:
        """Note the domain."""
        clause.domains.add(self.domain)
        clause.pass_over()


class And(Symbol):
    """A joint of a list: "and", "but", a comma."""

    __slots__ = ()

    def read(self, clause: "Clause") -> None:
        """Check that nothing waits."""
        clause.refuse_open_words()


class Or(Symbol):
    """The joint of absent classes: "or"."""

    __slots__ = ()

    def read(self, clause: "Clause") -> None:
        """Carry the zero on to the next class."""
        clause.refuse_open_words()
        if not clause.mentions or clause.mentions[-1].count:
            raise LanguageError("'or' can be read only between classes that are absent")
        clause.quantify("exactly", 0)


class Colon(Symbol):
    """A sign that begins a new list in the clause."""

    __slots__ = ()

    def read(self, clause: "Clause") -> None:
        """Begin a new list."""
        clause.refuse_open_words()
        clause.begin_list()


class Semicolon(Symbol):
    """A sign that ends a clause, not a sentence."""

    __slots__ = ()

    def read(self, clause: "Clause") -> None:
        """End the clause."""
        clause.end()


class Period(Symbol):
    """A sign that ends a sentence."""

    __slots__ = ()

    def read(self, clause: "Clause") -> None:
        """End the clause, and forget the class that numbers could count on."""
        clause.end()
        clause.last_class = None
