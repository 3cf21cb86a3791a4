"""Clause: what the words read so far have named and said, and what the next symbol may do with it.

``symbols.py`` says what each symbol does; the rules of English are those of ``grammar.py``.
"""

from sarvl.errors import LanguageError
from sarvl.language.claims.claim import Claim
from sarvl.language.claims.kinds.count import Comparison
from sarvl.language.claims.kinds.relation import relation_claim
from sarvl.language.geometry.layout import CENTER, OUTSIDE_CENTER
from sarvl.language.group import Orientation
from sarvl.language.reader.mentions import Mention, Quantity


class Clause:
    """The clause that is being read, and what those before it said.

    claims, domains: grow as clauses end. last_class: which class a number with a place alone counts.
    mentions: the classes named in the clause. quantity: the words that wait for a class or a place.
    counted: whose objects a number before a direction counts. is_outside: whether "outside" waits for the center.
    after_verb: whether what follows is said of all of the subject.
    """

    def __init__(self) -> None:
        self.claims: list[Claim] = []
        self.domains: set[str] = set()
        self.last_class: str | None = None
        self._begin()

    def _begin(self) -> None:
        self.mentions: list[Mention] = []
        self.counted: Mention | None = None
        self.is_outside = False
        self.quantity = Quantity()
        self._fronted: str | None = None  # a place at the head, for the whole clause
        self._relations: list[tuple[str, bool]] = []  # and whether the last class stands first in it
        self._speaks_of_image = False
        self.begin_list()

    def begin_list(self) -> None:
        """Begin a new list: what is said from here on is of its classes alone."""
        self._list_start = len(self.mentions)
        self._list_quantity = Quantity()  # of the last class in the list
        self.after_verb = False

    def end(self) -> None:
        """Turn the classes named in the clause into claims, and begin the next clause."""
        self.refuse_open_words()
        if self._fronted and (self._speaks_of_image or not self.mentions):
            raise LanguageError(f"what lies in the {self._fronted} is not said, or has no place")
        for mention in self.mentions:
            mention.position = mention.position or self._fronted
            self.claims.append(mention.claim())
        for relation, is_exchanged in self._relations:
            self._claim_relation(relation, is_exchanged)
        self._begin()

    def refuse_open_words(self) -> None:
        """Raise LanguageError where words of quantity, or "outside", still wait for what they belong to."""
        if self.quantity.is_open() or self.is_outside:
            raise LanguageError("a number, bound or place has nothing that it belongs to")

    def pass_over(self) -> None:
        """Pass over a word that claims nothing: an article or number before it is parted from what follows."""
        quantity = self.quantity
        quantity.has_article, quantity.if_ground = False, None
        # "About 60 % of this image is water": the words between are part of it.
        may_stand_apart = quantity.ground is not None and quantity.ground.may_stand_apart
        quantity.is_detached = quantity.is_open() and not may_stand_apart

    # Classes and quantities

    def begin_quantity(self, bound: Comparison, above_bound: int) -> None:
        """Let a bound wait for its number."""
        self.quantity = Quantity(bound=bound, above_bound=above_bound)

    def quantify(self, comparison: Comparison, count: int) -> None:
        """Let a number wait for its class or place."""
        if self.quantity.count is not None or self.quantity.ground is not None:
            raise LanguageError("two numbers stand where one belongs")
        self.quantity.comparison, self.quantity.count = comparison, count

    def mention(self, class_name: str, count: int, position: str | None = None) -> Mention:
        """Note a class; ``count`` is the least number that its bare name says."""
        quantity, self.quantity = self.quantity, Quantity()
        if quantity.bound and quantity.count is None:
            raise LanguageError(f"a number is missing before {class_name!r}")
        if self.after_verb:
            self.begin_list()
        if self._list_quantity.could_be_shared_by(quantity):
            raise LanguageError(f"the quantity of {class_name!r} can be taken in two ways")
        count = count if quantity.count is None else quantity.count
        mention = Mention(class_name, quantity.comparison, count, position, ground=quantity.ground)
        self.mentions.append(mention)
        self._list_quantity, self.last_class = quantity, class_name
        return mention

    # Places and directions

    def place(self, position: str) -> None:
        """Put what is meant in ``position``: the number that waits, the whole clause, or classes named before."""
        position = self._outside_of(position) if self.is_outside else position
        if self._fronted:
            raise LanguageError(f"two places for one clause: {self._fronted} and {position}")
        if self.quantity.is_open():
            self._count_last_class(position)
        elif not self.mentions:
            self._fronted = position
        else:
            for mention in self._meant_by("position", f"what lies in the {position}"):
                mention.position = position
        self.quantity = Quantity()

    def _outside_of(self, position: str) -> str:
        if position != CENTER:
            raise LanguageError(f"only outside the center is a place, not outside the {position}")
        self.is_outside = False
        return OUTSIDE_CENTER

    def _count_last_class(self, position: str) -> None:
        if self.last_class is None or self.quantity.count is None:
            raise LanguageError(f"the {position} has a quantity of no class")
        self.mention(self.last_class, count=0, position=position)
        self.counted = None

    def lie(self, orientation: Orientation) -> None:
        """Turn what is meant that way: those of the class that the waiting number counts, or classes named before."""
        if self.quantity.is_open():
            self._count_by(orientation)
        else:
            for mention in self._meant_by("orientation", f"what is {orientation}"):
                mention.orientation = orientation
        # "3 ships lying horizontally: 2 in the center" may count all ships there, or these alone.
        self.quantity, self.last_class = Quantity(), None

    def _count_by(self, orientation: Orientation) -> None:
        counted = self.counted
        is_of_one_class = len({mention.class_name for mention in self.mentions}) == 1
        if counted is None or counted.orientation or counted.ground is not None or not is_of_one_class:
            raise LanguageError(f"which of them is {orientation} can be taken in two ways")
        if self.quantity.count is None:
            raise LanguageError(f"what is {orientation} has a quantity of no class")
        self.mention(counted.class_name, count=0, position=counted.position).orientation = orientation

    def _meant_by(self, attribute: str, what: str) -> list[Mention]:
        """Return the subject after a verb, else the last class, of those without the attribute so far.

        Refuses what could be meant otherwise. A share of the ground has no such attribute.
        """
        objects = [mention for mention in self.mentions[self._list_start :] if mention.ground is None]
        without = [mention for mention in objects if getattr(mention, attribute) is None]
        is_of_last = bool(without) and without[-1] is self.mentions[-1]
        if not without or not (self.after_verb or (is_of_last and len(without) == 1)):
            raise LanguageError(f"{what} can be taken in two ways")
        return without

    # Claims of one object, of the picture, and relations

    def one_object_meant(self) -> Mention:
        """Return the one object that a size or the like is said of."""
        mention, *more = self._meant_by("said", "a size")
        if more or (mention.comparison, mention.count) != ("at least", 1):
            raise LanguageError("a size needs one object without a number before it")
        return mention

    def claim_of_image(self, claim: Claim) -> None:
        """Take a claim of the whole picture; what follows begins a new list."""
        self.claims.append(claim)
        self._speaks_of_image = True
        self.begin_list()

    def relate_to_next(self, relation: str) -> None:
        """Relate the one group named so far to the one that follows."""
        if len(self.mentions) != 1 or self._relations or self._fronted:
            raise LanguageError(f"{relation!r} needs one group before it and one after it")
        self._relations.append((relation, False))
        self.begin_list()

    def relate_back(self, relation: str) -> None:
        """Relate the second of two objects to the first."""
        if len(self.mentions) != 2 or self._relations not in ([], [("has", False)]) or self._fronted:
            raise LanguageError(f"{relation!r} needs two objects before it")
        self._refuse_several(relation)
        self._relations.append((relation, True))

    def _claim_relation(self, relation: str, is_exchanged: bool) -> None:
        objects = [mention for mention in self.mentions if mention.count and mention.ground is None]
        if len(self.mentions) != 2 or len(objects) != 2:
            raise LanguageError(f"{relation!r} needs one group before it and one after it")
        if relation == "has":
            self._refuse_several(relation)
        first, second = (mention.group() for mention in self.mentions)
        self.claims.append(relation_claim(*((second, relation, first) if is_exchanged else (first, relation, second))))

    def _refuse_several(self, relation: str) -> None:
        if any(mention.count != 1 for mention in self.mentions):
            raise LanguageError(f"{relation!r} needs one object before it and one after it")
