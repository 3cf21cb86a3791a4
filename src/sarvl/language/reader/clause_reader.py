"""The state of reading one clause: symbols in, claims out; the rules are those of ``grammar.py``."""

from typing import cast

from sarvl.errors import LanguageError
from sarvl.language.claims.construction import relation_claim, speckle_claim
from sarvl.language.geometry.layout import CENTER, OUTSIDE_CENTER
from sarvl.language.reader.grammar import Symbol
from sarvl.language.reader.mentions import Mention, Quantity
from sarvl.language.statement import Amount, Claim, Comparison, Orientation, SpeckleStrength
from sarvl.language.words.vocabulary import ReadName


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
        if self._fronted and (self._has_speckle or not self._mentions):
            raise LanguageError(f"what lies in the {self._fronted} is not said, or has no place")
        for mention in self._mentions:
            mention.position = mention.position or self._fronted
            self.claims.append(mention.claim())
        for relation, is_exchanged in self._relations:
            self._relate(relation, is_exchanged)
        self._begin_clause()

    def _begin_clause(self) -> None:
        self._mentions: list[Mention] = []
        self._fronted: str | None = None  # a place at the head, for the whole clause
        self._counted: Mention | None = None  # whose objects a number before a direction counts
        self._relations: list[tuple[str, bool]] = []  # and whether the last class stands first in it
        self._has_speckle = False
        self._is_outside = False
        self._quantity = Quantity()
        self._begin_list()

    def _begin_list(self) -> None:
        self._list_start = len(self._mentions)
        self._list_quantity = Quantity()  # of the last class in the list
        self._after_verb = False

    def _refuse_open_words(self) -> None:
        if self._quantity.is_open() or self._is_outside:
            raise LanguageError("a number, bound or place has nothing that it belongs to")

    # Classes and quantities

    def _read_name(self, found: ReadName) -> None:
        quantity = self._quantity
        if self._is_outside or quantity.is_detached:
            raise LanguageError(f"the words before {found.class_name!r} do not belong to it")
        if found.is_ground and quantity.follows_some and not quantity.is_open():
            quantity.share = "some"
        self._counted = self._mention(found.class_name, count=2 if found.is_plural else 1)

    def _mention(self, class_name: str, count: int, position: str | None = None) -> Mention:
        """Note a class; ``count`` is the least number that its bare name says."""
        quantity, self._quantity = self._quantity, Quantity()
        if quantity.bound and quantity.count is None:
            raise LanguageError(f"a number is missing before {class_name!r}")
        if self._after_verb:
            self._begin_list()
        if self._list_quantity.could_be_shared_by(quantity):
            raise LanguageError(f"the quantity of {class_name!r} can be taken in two ways")
        count = count if quantity.count is None else quantity.count
        mention = Mention(class_name, quantity.comparison, count, position, share=quantity.share)
        self._mentions.append(mention)
        self._list_quantity, self._last_class = quantity, class_name
        return mention

    def _quantify(self, comparison: Comparison, count: int) -> None:
        if self._quantity.count is not None or self._quantity.share is not None:
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
        self._quantity = Quantity(bound=symbol.name, above_bound=symbol.number)

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
        self._quantity = Quantity()

    def _outside_of(self, position: str) -> str:
        if position != CENTER:
            raise LanguageError(f"only outside the center is a place, not outside the {position}")
        self._is_outside = False
        return OUTSIDE_CENTER

    def _count_last_class(self, position: str) -> None:
        if self._last_class is None or self._quantity.count is None:
            raise LanguageError(f"the {position} has a quantity of no class")
        self._mention(self._last_class, count=0, position=position)
        self._counted = None

    def _place_mentions(self, position: str) -> None:
        for mention in self._meant_by("position", f"what lies in the {position}"):
            mention.position = position

    def _meant_by(self, attribute: str, what: str) -> list[Mention]:
        """Return the subject after a verb, else the last class, of those without the attribute so far.

        Refuses what could be meant otherwise. A share of the ground has no such attribute.
        """
        objects = [mention for mention in self._mentions[self._list_start :] if mention.share is None]
        without = [mention for mention in objects if getattr(mention, attribute) is None]
        is_of_last = bool(without) and without[-1] is self._mentions[-1]
        if not without or not (self._after_verb or (is_of_last and len(without) == 1)):
            raise LanguageError(f"{what} can be taken in two ways")
        return without

    # Directions, sizes and shares

    def _orientation(self, symbol: Symbol) -> None:
        orientation = cast(Orientation, symbol.name)
        if self._quantity.is_open():
            self._count_by(orientation)
        else:
            for mention in self._meant_by("orientation", f"what is {orientation}"):
                mention.orientation = orientation
        # "3 ships lying horizontally: 2 in the center" may count all ships there, or these alone.
        self._quantity, self._last_class = Quantity(), None

    def _count_by(self, orientation: Orientation) -> None:
        counted = self._counted
        is_of_one_class = len({mention.class_name for mention in self._mentions}) == 1
        if counted is None or counted.orientation or counted.share is not None or not is_of_one_class:
            raise LanguageError(f"which of them is {orientation} can be taken in two ways")
        if self._quantity.count is None:
            raise LanguageError(f"what is {orientation} has a quantity of no class")
        self._mention(counted.class_name, count=0, position=counted.position).orientation = orientation

    def _size(self, symbol: Symbol) -> None:
        self._refuse_open_words()
        mention, *more = self._meant_by("size", "a size")
        if more or (mention.comparison, mention.count) != ("at least", 1):
            raise LanguageError("a size needs one object without a number before it")
        mention.size = symbol

    def _share(self, symbol: Symbol) -> None:
        self._refuse_open_words()
        self._quantity.share = symbol.number if symbol.kind == "percent" else cast(Amount, symbol.name)

    def _some(self, symbol: Symbol) -> None:
        self._quiet(symbol)
        self._quantity.follows_some = True

    def _speckle(self, symbol: Symbol) -> None:
        self._refuse_open_words()
        self.claims.append(speckle_claim(cast(SpeckleStrength, symbol.name)))
        self.domains.add("sar")
        self._has_speckle = True
        self._begin_list()  # no place or direction after it can be of the classes before it

    # Relations and signs

    def _relation_word(self, symbol: Symbol) -> None:
        self._refuse_open_words()
        if len(self._mentions) != 1 or self._relations or self._fronted:
            raise LanguageError(f"{symbol.name!r} needs one group before it and one after it")
        self._relations.append((symbol.name, False))
        self._begin_list()

    def _side(self, symbol: Symbol) -> None:
        self._refuse_open_words()
        if len(self._mentions) != 2 or self._relations not in ([], [("has", False)]) or self._fronted:
            raise LanguageError(f"{symbol.name!r} needs two objects before it")
        self._refuse_several(symbol.name)
        self._relations.append((symbol.name, True))

    def _relate(self, relation: str, is_exchanged: bool) -> None:
        objects = [mention for mention in self._mentions if mention.count and mention.share is None]
        if len(self._mentions) != 2 or len(objects) != 2:
            raise LanguageError(f"{relation!r} needs one group before it and one after it")
        if relation == "has":
            self._refuse_several(relation)
        first, second = (mention.group() for mention in self._mentions)
        self.claims.append(relation_claim(*((second, relation, first) if is_exchanged else (first, relation, second))))

    def _refuse_several(self, relation: str) -> None:
        if any(mention.count != 1 for mention in self._mentions):
            raise LanguageError(f"{relation!r} needs one object before it and one after it")

    def _quiet(self, _: Symbol) -> None:
        quantity = self._quantity
        quantity.has_article = quantity.follows_some = False
        # "About 60 % of this image is water": the words between are part of it.
        quantity.is_detached = quantity.is_open() and not isinstance(quantity.share, int)

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
    "orientation": ClauseReader._orientation,
    "size": ClauseReader._size,
    "extent": ClauseReader._size,
    "share": ClauseReader._share,
    "percent": ClauseReader._share,
    "some": ClauseReader._some,
    "speckle": ClauseReader._speckle,
    "relation": ClauseReader._relation_word,
    "side": ClauseReader._side,
    "quiet": ClauseReader._quiet,
    "verb": ClauseReader._verb,
    "domain": ClauseReader._domain,
    "and": ClauseReader._and,
    "or": ClauseReader._or,
    "colon": ClauseReader._colon,
    "semicolon": ClauseReader._semicolon,
    "period": ClauseReader._period,
}
