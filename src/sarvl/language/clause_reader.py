"""The state of reading one clause: symbols in, claims out; the rules are those of ``grammar.py``."""

from dataclasses import dataclass

from sarvl.errors import LanguageError
from sarvl.language.claims import quantity_claim, relation_claim
from sarvl.language.grammar import Symbol
from sarvl.language.layout import CENTER, OUTSIDE_CENTER
from sarvl.language.statement import Claim, Comparison, Group
from sarvl.language.vocabulary import ReadName


@dataclass(slots=True)
class _Mention:
    """A class named in a clause, with its quantity and place."""

    class_name: str
    comparison: Comparison
    count: int
    position: str | None

    def group(self) -> Group:
        return Group(self.class_name, self.position)


@dataclass(slots=True)
class _Quantity:
    """Words of quantity that wait for a class or a place."""

    comparison: Comparison = "at least"
    count: int | None = None
    bound: str | None = None  # "exactly" or "at least", where the text says so
    above_bound: int = 0  # 1 for "more than"
    has_article: bool = False
    is_detached: bool = False  # words stand between the number and what follows

    def is_open(self) -> bool:
        return self.count is not None or self.bound is not None

    def could_be_shared_by(self, following: "_Quantity") -> bool:
        """Tell whether this could hold for the next class too: "3 ships and tanks", "at least 3 ships and 2 tanks"."""
        if not following.is_open():
            return self.is_open() and not following.has_article
        is_plain_number = following.comparison == "exactly" and bool(following.count) and following.bound is None
        return self.bound == "at least" and is_plain_number


class ClauseReader:
    """Reads symbols one by one; ``claims`` and ``domains`` grow as clauses end."""

    def __init__(self) -> None:
        self.claims: list[Claim] = []
        self.domains: set[str] = set()
        self._last_class: str | None = None
        self._begin_clause()

    def read(self, symbol: Symbol | ReadName) -> None:
        """Take in the next symbol; LanguageError where it cannot follow what came before."""
        if isinstance(symbol, ReadName):
            self._read_name(symbol)
        else:
            _HANDLERS[symbol.kind](self, symbol)

    def end_clause(self) -> None:
        """Turn the classes named in the clause into claims."""
        self._refuse_open_words()
        for mention in self._mentions:
            mention.position = mention.position or self._fronted
            self.claims.append(quantity_claim(mention.group(), mention.comparison, mention.count))
        if self._relation:
            self._relate(self._relation)
        self._begin_clause()

    def _begin_clause(self) -> None:
        self._mentions: list[_Mention] = []
        self._fronted: str | None = None  # a place at the head, for the whole clause
        self._relation: str | None = None
        self._is_outside = False
        self._quantity = _Quantity()
        self._begin_list()

    def _begin_list(self) -> None:
        self._list_start = len(self._mentions)
        self._list_quantity = _Quantity()  # of the last class in the list
        self._after_verb = False

    def _refuse_open_words(self) -> None:
        if self._quantity.is_open() or self._is_outside:
            raise LanguageError("a number, bound or place has nothing that it belongs to")

    # Classes and quantities

    def _read_name(self, found: ReadName) -> None:
        if self._is_outside or self._quantity.is_detached:
            raise LanguageError(f"the words before {found.class_name!r} do not belong to it")
        self._mention(found.class_name, count=2 if found.is_plural else 1)

    def _mention(self, class_name: str, count: int, position: str | None = None) -> None:
        """Note a class; ``count`` is the least number that its bare name says."""
        quantity, self._quantity = self._quantity, _Quantity()
        if quantity.bound and quantity.count is None:
            raise LanguageError(f"a number is missing before {class_name!r}")
        if self._after_verb:
            self._begin_list()
        if self._list_quantity.could_be_shared_by(quantity):
            raise LanguageError(f"the quantity of {class_name!r} can be taken in two ways")
        count = count if quantity.count is None else quantity.count
        self._mentions.append(_Mention(class_name, quantity.comparison, count, position))
        self._list_quantity, self._last_class = quantity, class_name

    def _quantify(self, comparison: Comparison, count: int) -> None:
        if self._quantity.count is not None:
            raise LanguageError("two numbers stand where one belongs")
        self._quantity.comparison, self._quantity.count = comparison, count

    def _number(self, symbol: Symbol) -> None:
        is_lower_bound = self._quantity.bound == "at least"
        self._quantify("at least" if is_lower_bound else "exactly", symbol.number + self._quantity.above_bound)

    def _minimum(self, symbol: Symbol) -> None:
        self._refuse_open_words()
        self._quantify("at least", symbol.number)

    def _none(self, _: Symbol) -> None:
        self._refuse_open_words()
        self._quantify("exactly", 0)

    def _bound(self, symbol: Symbol) -> None:
        self._refuse_open_words()
        self._quantity = _Quantity(bound=symbol.name, above_bound=symbol.number)

    def _article(self, _: Symbol) -> None:
        self._quantity.has_article = True

    # Places

    def _outside(self, _: Symbol) -> None:
        self._refuse_open_words()
        self._is_outside = True

    def _place(self, symbol: Symbol) -> None:
        position = self._outside_of(symbol.name) if self._is_outside else symbol.name
        if self._fronted:
            raise LanguageError(f"two places for one clause: {self._fronted} and {position}")
        if self._quantity.is_open():
            self._count_last_class(position)
        elif not self._mentions:
            self._fronted = position
        else:
            self._place_mentions(position)
        self._quantity = _Quantity()

    def _outside_of(self, position: str) -> str:
        if position != CENTER:
            raise LanguageError(f"only outside the center is a place, not outside the {position}")
        self._is_outside = False
        return OUTSIDE_CENTER

    def _count_last_class(self, position: str) -> None:
        if self._last_class is None or self._quantity.count is None:
            raise LanguageError(f"the {position} has a quantity of no class")
        self._mention(self._last_class, count=0, position=position)

    def _place_mentions(self, position: str) -> None:
        """Give the place to the subject after a verb, else to the last class; refuse what could be meant otherwise."""
        without = [mention for mention in self._mentions[self._list_start :] if mention.position is None]
        is_of_last = bool(without) and without[-1] is self._mentions[-1]
        if not without or not (self._after_verb or (is_of_last and len(without) == 1)):
            raise LanguageError(f"what lies in the {position} can be taken in two ways")
        for mention in without:
            mention.position = position

    # Relations and signs

    def _relation_word(self, symbol: Symbol) -> None:
        self._refuse_open_words()
        if len(self._mentions) != 1 or self._relation or self._fronted:
            raise LanguageError(f"{symbol.name!r} needs one group before it and one after it")
        self._relation = symbol.name
        self._begin_list()

    def _relate(self, relation: str) -> None:
        if len(self._mentions) != 2 or not all(mention.count for mention in self._mentions):
            raise LanguageError(f"{relation!r} needs one group before it and one after it")
        first, second = (mention.group() for mention in self._mentions)
        self.claims.append(relation_claim(first, relation, second))

    def _quiet(self, _: Symbol) -> None:
        self._quantity.has_article = False
        self._quantity.is_detached = self._quantity.is_open()

    def _verb(self, symbol: Symbol) -> None:
        self._after_verb = bool(self._mentions)
        self._quiet(symbol)

    def _domain(self, symbol: Symbol) -> None:
        self.domains.add(symbol.name)
        self._quiet(symbol)

    def _and(self, _: Symbol) -> None:
        self._refuse_open_words()

    def _or(self, _: Symbol) -> None:
        self._refuse_open_words()
        if not self._mentions or self._mentions[-1].count:
            raise LanguageError("'or' can be read only between classes that are absent")
        self._quantify("exactly", 0)

    def _colon(self, _: Symbol) -> None:
        self._refuse_open_words()
        self._begin_list()

    def _semicolon(self, _: Symbol) -> None:
        self.end_clause()

    def _period(self, _: Symbol) -> None:
        self.end_clause()
        self._last_class = None


_HANDLERS = {
    "number": ClauseReader._number,
    "minimum": ClauseReader._minimum,
    "none": ClauseReader._none,
    "bound": ClauseReader._bound,
    "article": ClauseReader._article,
    "outside": ClauseReader._outside,
    "place": ClauseReader._place,
    "relation": ClauseReader._relation_word,
    "quiet": ClauseReader._quiet,
    "verb": ClauseReader._verb,
    "domain": ClauseReader._domain,
    "and": ClauseReader._and,
    "or": ClauseReader._or,
    "colon": ClauseReader._colon,
    "semicolon": ClauseReader._semicolon,
    "period": ClauseReader._period,
}
