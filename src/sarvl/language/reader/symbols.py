"""Symbols: what a word or phrase does in a sentence. Each says with ``read`` what it does to the clause it stands in.

Which words are which symbol: ``grammar.py`` for words of all sentences, the files of ``claims/kinds`` for those that
belong to one kind of claim, and ``Vocabulary`` for names of classes. ``role`` says where a symbol may stand, by the
table of ``word_order.py``; some take another role for what stands behind them, by what stood before.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from sarvl.errors import LanguageError
from sarvl.language.group import Group, Orientation
from sarvl.language.words.lexicon import effect_of

if TYPE_CHECKING:
    from sarvl.language.claims.claim import Claim
    from sarvl.language.claims.kinds.comparison import Ratio
    from sarvl.language.claims.kinds.count import Comparison
    from sarvl.language.reader.clause import Clause

ArticleWord = Literal["a", "the"]

OTHER_FORM = "is of another form than its name"


class Symbol(ABC):
    """What a word or phrase does in a sentence."""

    __slots__ = ()
    role: ClassVar[str]

    @abstractmethod
    def read(self, clause: "Clause") -> None:
        """Take the symbol into ``clause``; LanguageError where it cannot follow what came before."""


# Names of classes, and what may stand before one


@dataclass(frozen=True, slots=True)
class ReadName(Symbol):
    """A name of a class: the class, whether the name was a plural, whether it has one, and whether it is land cover."""

    class_name: str
    is_plural: bool
    is_ground: bool = False
    has_plural: bool = True
    role: ClassVar[str] = "class"

    def read(self, clause: "Clause") -> None:
        """Name the class, with the words of quantity that wait for it."""
        quantity = clause.quantity
        if clause.is_outside or quantity.is_detached:
            raise LanguageError(f"the words before {self.class_name!r} do not belong to it")
        if self.has_plural and not self._agrees_with(quantity.said_number, quantity.article):
            raise LanguageError(f"the number before {self.class_name!r} {OTHER_FORM}")
        if quantity.only:
            self._read_only(clause)
        if clause.has_part:
            clause.counted = clause.part_of(self.class_name, self.is_plural or not self.has_plural)
            return
        if self.is_ground and quantity.if_ground and not quantity.is_open():
            quantity.ground = quantity.if_ground
        if clause.effect_awaited and effect_of(self.class_name) is None and quantity.ground is None:
            raise LanguageError(f"what {self.class_name!r} has to do with what stands before it is not known")
        clause.counted = clause.mention(self.class_name, count=2 if self.is_plural else 1, is_named=True)
        clause.counted.is_singular = self.has_plural and not self.is_plural
        if clause.role_before == "number_of":
            clause.await_number(clause.counted)

    def _read_only(self, clause: "Clause") -> None:
        """Take "only a ship" for one; refuse "the only ships", which could be all that are somewhere."""
        quantity, is_singular = clause.quantity, self.has_plural and not self.is_plural
        if quantity.article == "the" and (not is_singular or quantity.count is not None):
            raise LanguageError(f"what is said of the only {self.class_name!r} can be taken in two ways")
        if quantity.count is None and (is_singular or quantity.article == "a"):
            clause.quantify("exactly", 1)

    def _agrees_with(self, number: int | None, article: ArticleWord | None) -> bool:
        if number is None:
            return not (self.is_plural and article == "a")
        return number == 0 or (number == 1) != self.is_plural


@dataclass(frozen=True, slots=True)
class Number(Symbol):
    """A number, exact where no bound stands before it: "5", "five"."""

    number: int
    role: ClassVar[str] = "number"

    def read(self, clause: "Clause") -> None:
        """Let the number wait for a class or a place."""
        quantity = clause.quantity
        quantity.said_number = self.number
        clause.quantify(quantity.bound or "exactly", self.number + quantity.above_bound)


@dataclass(frozen=True, slots=True)
class Bound(Symbol):
    """A bound that a number follows: "exactly", "at least"; ``above`` is 1 for "more than", -1 for "fewer than"."""

    comparison: "Comparison"
    above: int = 0
    role: ClassVar[str] = "bound"

    def read(self, clause: "Clause") -> None:
        """Let the bound wait for its number."""
        clause.refuse_open_words()
        clause.begin_quantity(self.comparison, self.above)


class OverOrUnder(Bound):
    """A bound that is a place as well: "over". In "one tank, over two ships" it may say where the tank is."""

    __slots__ = ()

    def read(self, clause: "Clause") -> None:
        """Let the bound wait for its number, but not behind a comma."""
        if clause.role_before == "joint" and clause.is_after_comma:
            raise LanguageError("what lies over or under what can be taken in two ways")
        super().read(clause)


@dataclass(frozen=True, slots=True)
class OrMore(Symbol):
    """A bound behind its number: "or more", "or fewer"."""

    comparison: "Comparison"
    role: ClassVar[str] = "or_more"

    def read(self, clause: "Clause") -> None:
        """Make the waiting number a bound."""
        quantity = clause.quantity
        if quantity.said_number is None or quantity.bound:
            raise LanguageError("a number has two bounds, or none")
        quantity.comparison = self.comparison
        quantity.said_number = 2  # "one or more ships" is a plural


@dataclass(frozen=True, slots=True)
class Minimum(Symbol):
    """A word for a least number: "many", "several"."""

    number: int
    role: ClassVar[str] = "number"

    def read(self, clause: "Clause") -> None:
        """Let the least number wait for a class."""
        clause.refuse_open_words()
        clause.quantity.said_number = self.number
        clause.quantify("at least", self.number)


@dataclass(frozen=True, slots=True)
class Nothing(Symbol):
    """The number zero before a class: "no". needs_nor: "neither", which "nor" must follow. joins: "without"."""

    needs_nor: bool = False
    joins: bool = False
    role: ClassVar[str] = "none"

    def read(self, clause: "Clause") -> None:
        """Let the zero wait for a class."""
        clause.refuse_open_words()
        clause.quantify("exactly", 0)
        clause.nor_awaited = clause.nor_awaited or self.needs_nor
        clause.is_joined = clause.is_joined or self.joins


class ShowsNothing(Nothing):
    """The number zero with its verb: "does not show", "lacks"."""

    __slots__ = ()
    role: ClassVar[str] = "shows"

    def read(self, clause: "Clause") -> None:
        """Let the zero wait for a class."""
        clause.refuse_subject()
        clause.quantify("exactly", 0)
        clause.role = "none"


class FreeOf(Nothing):
    """Words that deny all classes of a list: "free of"."""

    __slots__ = ()
    role: ClassVar[str] = "free"

    def read(self, clause: "Clause") -> None:
        """Let the zero wait for a class; "and" carries it on to the next."""
        clause.refuse_subject()
        clause.quantify("exactly", 0)
        clause.quantity.carries_on = True


class LacksAll(FreeOf):
    """A verb that denies all classes of a list: "lacks"."""

    __slots__ = ()
    role: ClassVar[str] = "shows"

    def read(self, clause: "Clause") -> None:
        """Let the zero wait for a class; "and" carries it on to the next."""
        super().read(clause)
        clause.role = "free"


class ThereIsNone(Nothing):
    """The number zero with all before it: "there are not any"."""

    __slots__ = ()
    role: ClassVar[str] = "there"

    def read(self, clause: "Clause") -> None:
        """Let the zero wait for a class."""
        super().read(clause)
        clause.role = "none"


class Absent(Symbol):
    """A predicate that denies its subject: "are absent", "cannot be seen"."""

    __slots__ = ()
    role: ClassVar[str] = "absent"

    def read(self, clause: "Clause") -> None:
        """Deny the classes of the subject."""
        clause.refuse_open_words()
        clause.deny_subject()


class AbsentFrom(Absent):
    """A predicate that denies its subject, and the image or a place behind it: "are absent from"."""

    __slots__ = ()

    def read(self, clause: "Clause") -> None:
        """Deny the classes of the subject, and wait for the place."""
        super().read(clause)
        clause.role, clause.is_in = "in", True


@dataclass(frozen=True, slots=True)
class Article(Symbol):
    """An article: "a", "the"."""

    word: ArticleWord = "the"
    role: ClassVar[str] = ""  # passed over

    def read(self, clause: "Clause") -> None:
        """Note it: what follows has a quantity of its own."""
        if clause.role == "number":
            raise LanguageError("an article stands behind a number")
        clause.quantity.article = self.word


@dataclass(frozen=True, slots=True)
class GroundClaim(Symbol):
    """Words of share that a class of land cover follows: "large areas of", "about 60 %".

    claim: makes the claim of the class. may_stand_apart: whether other words may part it from the class.
    """

    claim: "Callable[[Group], Claim]"
    may_stand_apart: bool = False
    role: ClassVar[str] = "share"

    def read(self, clause: "Clause") -> None:
        """Let the share wait for its class."""
        clause.refuse_open_words()
        clause.quantity.ground = self


@dataclass(frozen=True, slots=True)
class CoveredBy(Symbol):
    """The words that may part a share from its class: "about 60 % of the image is covered by water"."""

    role: ClassVar[str] = "share"

    def read(self, clause: "Clause") -> None:
        """Check that a share waits."""
        if clause.quantity.ground is None:
            raise LanguageError("how much is covered is not said")


@dataclass(frozen=True, slots=True)
class IfGround(Symbol):
    """A word of share before land cover that says nothing before any other class: "some"."""

    ground: GroundClaim
    role: ClassVar[str] = "share"

    def read(self, clause: "Clause") -> None:
        """Let the share wait for a class that it may belong to."""
        clause.pass_over()
        clause.quantity.if_ground = self.ground


class Both(Symbol):
    """A word before, or behind, a list of two: "both"."""

    __slots__ = ()
    role: ClassVar[str] = "both"

    def read(self, clause: "Clause") -> None:
        """Expect two classes in all."""
        clause.refuse_open_words()
        clause.two_awaited = True
        if clause.after_verb:
            clause.role = "is"


# How many there are of one class beside another


@dataclass(frozen=True, slots=True)
class MoreOf(Symbol):
    """Words that "than" or "as" follows: "more", "as many"."""

    ratio: "Ratio"
    role: ClassVar[str] = "more"

    def read(self, clause: "Clause") -> None:
        """Begin the comparison."""
        clause.refuse_open_words()
        clause.compare(self.ratio, before=0)


@dataclass(frozen=True, slots=True)
class Than(Symbol):
    """The word between two classes that are compared: "than", "as"."""

    is_of_more: bool
    role: ClassVar[str] = "than"

    def read(self, clause: "Clause") -> None:
        """Expect the second class."""
        clause.compare_with_next(self.is_of_more)


@dataclass(frozen=True, slots=True)
class Outnumber(Symbol):
    """A verb that compares its subject with the class that follows: "outnumber"."""

    ratio: "Ratio"
    role: ClassVar[str] = "outnumber"

    def read(self, clause: "Clause") -> None:
        """Begin the comparison, with the one class named so far."""
        clause.refuse_open_words()
        clause.compare(self.ratio, before=1)
        clause.is_joined = True


# What is said of classes that were named


class Outside(Symbol):
    """A word that only the center may follow: "outside", "away from"."""

    __slots__ = ()
    role: ClassVar[str] = "outside"

    def read(self, clause: "Clause") -> None:
        """Wait for the center."""
        clause.refuse_open_words()
        clause.is_outside = True


@dataclass(frozen=True, slots=True)
class Place(Symbol):
    """A position in the image: "upper left", "center"."""

    position: str
    role: ClassVar[str] = "place"

    def read(self, clause: "Clause") -> None:
        """Put the classes that are meant there; at the head of a clause, all of it."""
        clause.place(self.position)


@dataclass(frozen=True, slots=True)
class Lying(Symbol):
    """A direction in which objects lie: "horizontally"."""

    orientation: Orientation
    role: ClassVar[str] = "lying"

    def read(self, clause: "Clause") -> None:
        """Turn the classes that are meant that way, or count those that lie so."""
        clause.lie(self.orientation)


@dataclass(frozen=True, slots=True)
class ObjectClaim(Symbol):
    """Words that make a claim of one object without a number before it: "about 120 m long and 17 m wide"."""

    claim: "Callable[[Group], Claim]"
    role: ClassVar[str] = "size"

    def read(self, clause: "Clause") -> None:
        """Claim it of the object that is meant."""
        clause.refuse_open_words()
        clause.one_object_meant().said = self.claim


@dataclass(frozen=True, slots=True)
class ImageClaim(Symbol):
    """Words that make a claim of the whole picture: "strong speckle". domain: what the words tell of the sensor."""

    claim: "Claim"
    domain: str | None = None
    role: ClassVar[str] = "picture_claim"

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
    role: ClassVar[str] = "relation"

    def read(self, clause: "Clause") -> None:
        """Relate the one group named so far to the next."""
        clause.refuse_open_words()
        clause.relate_to_next(self.relation)


class Its(Relating):
    """A relation to what belongs to the one object before it: "a ship and its wake"."""

    __slots__ = ()
    role: ClassVar[str] = "its"


@dataclass(frozen=True, slots=True)
class Side(Symbol):
    """A relation of the last of two objects to the first: "below it"."""

    relation: str
    role: ClassVar[str] = "side"

    def read(self, clause: "Clause") -> None:
        """Relate the second object to the first."""
        clause.refuse_open_words()
        clause.relate_back(self.relation)


# Words and signs that claim nothing


@dataclass(frozen=True, slots=True)
class Quiet(Symbol):
    """A word that claims nothing where it may stand, but parts what stands before it from what follows."""

    role: str  # type: ignore[misc]  # of the word, where others have one of their kind

    def read(self, clause: "Clause") -> None:
        """Pass over it."""
        clause.pass_over()


class Picture(Quiet):
    """A noun for the image: "image", "scene"."""

    __slots__ = ()

    def read(self, clause: "Clause") -> None:
        """Note whether the image is a place, as in "in the image", or what the clause is about."""
        if clause.is_in:
            clause.role = "in_picture"
        clause.is_in = False
        clause.pass_over()


class In(Quiet):
    """A preposition that a place or the image follows: "in", "at"."""

    __slots__ = ()

    def read(self, clause: "Clause") -> None:
        """Wait for the place."""
        clause.is_in, clause.is_in_list = True, clause.role_before == "joint"
        clause.pass_over()


class Of(Quiet):
    """The word "of": what the image shows follows, or the image around a place, or all that a number is of."""

    __slots__ = ()

    def read(self, clause: "Clause") -> None:
        """Tell these apart."""
        if clause.role_before == "number":
            clause.take_part()
        elif clause.role_before != "picture":
            clause.role, clause.is_in = "in", True
        clause.pass_over()


class With(Quiet):
    """The word "with": behind the image what it shows, behind an object its shadow, or a share of the ground."""

    __slots__ = ()

    def read(self, clause: "Clause") -> None:
        """Tell the two apart."""
        if clause.mentions:
            clause.effect_awaited = clause.mentions[-1].ground is None
            clause.is_joined = True
        clause.pass_over()


class Which(Quiet):
    """The word "which": "an image which shows", "an image in which"."""

    __slots__ = ()

    def read(self, clause: "Clause") -> None:
        """Tell the two apart."""
        clause.role = "in_which" if clause.is_in else "that"
        clause.is_in = False
        clause.pass_over()


class Shows(Quiet):
    """A verb whose subject is the image or a place: "shows", "contains". A ship contains nothing that is annotated."""

    __slots__ = ()

    def read(self, clause: "Clause") -> None:
        """Check that no object is the subject."""
        clause.refuse_subject()
        clause.pass_over()


class It(Quiet):
    """The word "it", where nothing but the image can be meant."""

    __slots__ = ()

    def read(self, clause: "Clause") -> None:
        """Check that no object was named before."""
        if clause.claims or clause.mentions:
            raise LanguageError("'it' can be taken in two ways")
        clause.pass_over()


class Corner(Quiet):
    """A noun behind a place: "corner", "part"."""

    __slots__ = ()

    def read(self, clause: "Clause") -> None:
        """Leave the place what it is."""
        clause.role = clause.role_before


@dataclass(frozen=True, slots=True)
class Verb(Symbol):
    """A verb that may have a subject: "are", "lies"."""

    role: ClassVar[str] = "verb"

    def read(self, clause: "Clause") -> None:
        """Note it: what follows is of all of the subject, if there is one."""
        clause.begin_predicate()
        clause.pass_over()


@dataclass(frozen=True, slots=True)
class Sensor(Symbol):
    """A word that tells the domain of the sensor, "sar" or "optical": "radar"."""

    domain: str
    role: ClassVar[str] = "sensor"

    def read(self, clause: "Clause") -> None:
        """Note the domain."""
        clause.domains.add(self.domain)
        clause.pass_over()


class Photo(Sensor):
    """A noun for the image that tells the domain: "photo"."""

    __slots__ = ()
    role: ClassVar[str] = "picture"


class And(Symbol):
    """A joint of a list: "and", "but", a comma."""

    __slots__ = ()
    role: ClassVar[str] = "joint"
    is_comma: ClassVar[bool] = False

    def read(self, clause: "Clause") -> None:
        """Check that nothing waits."""
        clause.refuse_open_words()
        clause.is_joined, clause.is_after_comma = True, self.is_comma


class Comma(And):
    """A comma."""

    __slots__ = ()
    is_comma: ClassVar[bool] = True


class Or(Symbol):
    """The joint of absent classes: "or", "nor"."""

    __slots__ = ()
    role: ClassVar[str] = "joint"

    def read(self, clause: "Clause") -> None:
        """Carry the zero on to the next class."""
        clause.refuse_open_words()
        if not clause.mentions or clause.mentions[-1].count:
            raise LanguageError("'or' can be read only between classes that are absent")
        clause.quantify("exactly", 0)
        clause.is_joined = True
        clause.role = "none"


class Nor(Or):
    """The joint "nor", which a "neither" may wait for."""

    __slots__ = ()

    def read(self, clause: "Clause") -> None:
        """Carry the zero on to the next class."""
        super().read(clause)
        clause.nor_awaited = False


class Colon(Symbol):
    """A sign that begins a new list in the clause."""

    __slots__ = ()
    role: ClassVar[str] = "colon"

    def read(self, clause: "Clause") -> None:
        """Begin a new list."""
        clause.refuse_open_words()
        clause.begin_list()


class Semicolon(Symbol):
    """A sign that ends a clause, not a sentence."""

    __slots__ = ()
    role: ClassVar[str] = "end"

    def read(self, clause: "Clause") -> None:
        """End the clause."""
        clause.end()


class Period(Symbol):
    """A sign that ends a sentence."""

    __slots__ = ()
    role: ClassVar[str] = "end"

    def read(self, clause: "Clause") -> None:
        """End the clause, and forget the class that numbers could count on."""
        clause.end_sentence()


class Turning(Symbol):
    """A word that turns what its clause says, in no way that is known here: "not", "half", "almost"."""

    __slots__ = ()
    role: ClassVar[str] = ""

    def read(self, clause: "Clause") -> None:
        """Refuse the whole clause."""
        raise LanguageError("a word that turns the meaning of the clause is not understood")
