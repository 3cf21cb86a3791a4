"""Clause: what the words read so far have named and said, and what the next symbol may do with it.

``symbols.py`` and ``number_symbols.py`` say what each symbol does, ``word_order.py`` where it may stand; the rules of
English are those of ``grammar.py``.
"""

from itertools import chain, combinations, product

from sarvl.errors import LanguageError
from sarvl.language.claims.claim import Claim
from sarvl.language.claims.construction import quantity_claim
from sarvl.language.claims.kinds.comparison import Ratio, comparison_claim
from sarvl.language.claims.kinds.count import Comparison
from sarvl.language.claims.kinds.only import Only
from sarvl.language.claims.kinds.relation import relation_claim
from sarvl.language.geometry.layout import CENTER, OUTSIDE_CENTER
from sarvl.language.group import Group, Orientation
from sarvl.language.reader.mentions import Mention, Quantity
from sarvl.language.reader.word_order import UNREAD


class Clause:
    """The clause that is being read, and what those before it said.

    claims, domains: grow as clauses end. last_class: which class a number with a place alone counts.
    role, role_before: of the last word and of the one before it (``word_order.py``).
    mentions: the classes named in the clause. quantity: the words that wait for a class or a place.
    counted: whose objects a number before a direction counts. is_outside: whether "outside" waits for the center.
    after_verb: whether what follows is said of all of the subject. is_joined: whether a class may follow the last one.
    is_in, is_in_list: whether "in" waits for its place, and stands behind "and". effect_awaited: whether only a shadow
    or a wake may follow. nor_awaited, two_awaited: whether "neither" waits for its "nor", "both" for its two.
    number_awaited: the class whose number is to be said: "the number of ships is".
    """

    def __init__(self) -> None:
        self.claims: list[Claim] = []
        self.domains: set[str] = set()
        self.last_class: str | None = None
        self._said_before: list[Mention] = []  # in the clauses of this sentence
        self._said_earlier: list[Mention] = []  # in the sentences before it
        self.begin()

    def begin(self) -> None:
        """Begin a clause, and forget what the last one named."""
        self.role = self.role_before = "start"
        self.is_after_comma = False  # of the last joint, where the last word is one
        self._claims_before = len(self.claims)
        self.mentions: list[Mention] = []
        self.counted: Mention | None = None
        self.is_outside = self.is_in = self.is_in_list = self.effect_awaited = False
        self.nor_awaited = self.two_awaited = False
        self.number_awaited: Mention | None = None
        self._is_amount_next = False  # whether the verb before that number was read
        self._has_only = self._has_another = False  # whether these words stand in the clause
        self.quantity = Quantity()
        self._part: Quantity | None = None  # "two of the", of a class that follows
        self._has_part = False  # whether one of the mentions is a part
        self._is_of_image = False  # whether the clause has a verb that the image is the subject of
        self._fronted: str | None = None  # a place at the head, for the whole clause
        self._relations: list[tuple[str, bool]] = []  # and whether the last class stands first in it
        self._ratio: Ratio | None = None
        self._speaks_of_image = False
        self.begin_list()

    def give_up(self) -> None:
        """Begin a clause, and take back what the last one said."""
        del self.claims[self._claims_before :]
        self.last_class = None
        self.begin()

    def begin_list(self) -> None:
        """Begin a new list: what is said from here on is of its classes alone."""
        self._list_start = len(self.mentions)
        self._list_quantity = Quantity()  # of the last class in the list
        self.after_verb = False
        self.is_joined = True

    def end(self) -> None:
        """Turn the classes named in the clause into claims, and begin the next clause."""
        self.refuse_open_words()
        if self._fronted:
            self._put_all_at_the_front(self._fronted)
        if self._has_part:
            self._refuse_part_of_nothing()
        if self.number_awaited:
            raise LanguageError(f"how many {self.number_awaited.class_name!r} there are is not said")
        if self.nor_awaited or (self.two_awaited and len(self.mentions) != 2):
            raise LanguageError("'neither' needs 'nor', and 'both' two classes")
        if self._has_another:
            self._add_others()
        if self._said_before or len({mention.class_name for mention in self.mentions}) < len(self.mentions):
            self._refuse_repeated()
        if self._ratio:
            self.claims.append(self._compared(self._ratio))
        else:
            self._claim_all()
        self._said_before += self.mentions
        self.begin()

    def end_sentence(self) -> None:
        """End the clause and the sentence: numbers behind it count no class of it."""
        self.end()
        self.last_class = None
        self._said_earlier += self._said_before
        self._said_before = []

    def _refuse_part_of_nothing(self) -> None:
        if any(mention.is_part and mention.group() == Group(mention.class_name) for mention in self.mentions):
            raise LanguageError("what is said of a part is not said of the rest")

    def _put_all_at_the_front(self, position: str) -> None:
        if self._speaks_of_image or not self.mentions:
            raise LanguageError(f"what lies in the {position} is not said, or has no place")
        without = [mention for mention in self.mentions if mention.position is None]
        self._note_definite(without, position)
        for mention in without:
            mention.position = position

    def _claim_all(self) -> None:
        for mention in self.mentions:
            self.claims.append(mention.claim())
            if mention.is_only:
                self.claims.append(quantity_claim(Group(mention.class_name), "exactly", 1))
        for relation, is_exchanged in self._relations:
            self._claim_relation(relation, is_exchanged)
        if self._has_only:
            self._claim_only()

    def _claim_only(self) -> None:
        there = [mention for mention in self.mentions if mention.count]
        said = any(mention.said or mention.ground for mention in there)
        if said or not there or self._relations or self._speaks_of_image:
            raise LanguageError("what 'only' leaves out can be taken in two ways")
        is_counted = all(mention.comparison == "exactly" for mention in there)
        self.claims.append(Only(tuple(sorted({mention.class_name for mention in there})), is_counted))

    def _add_others(self) -> None:
        """Add "another ship" to the ships that were named before, where it lies in the same place as they."""
        for mention in [mention for mention in self.mentions if mention.is_another]:
            before = [other for other in self._named_before(mention) if other.class_name == mention.class_name]
            if not before or self._relations or any(not other.can_be_added_to() for other in (*before, mention)):
                raise LanguageError(f"which {mention.class_name!r} another is beside is not known")
            together = [other for other in before if other.could_count_again(mention)]
            if not together:
                continue
            is_here = len(together) == 1 and any(together[0] is other for other in self.mentions)
            if not is_here or together[0].position != mention.position:
                raise LanguageError(f"whether another {mention.class_name!r} is counted twice is not known")
            together[0].add(mention)
            self.mentions = [other for other in self.mentions if other is not mention]

    def _named_before(self, mention: Mention) -> list[Mention]:
        here = next(index for index, other in enumerate(self.mentions) if other is mention)
        return [*self._said_earlier, *self._said_before, *self.mentions[:here]]

    def _refuse_repeated(self) -> None:
        pairs = chain(combinations(self.mentions, 2), product(self._said_before, self.mentions))
        for first, second in pairs:
            if first.could_count_again(second):
                raise LanguageError(f"{first.class_name!r} is counted twice")

    def refuse_open_words(self) -> None:
        """Raise LanguageError where words of quantity, or "outside", still wait for what they belong to."""
        quantity = self.quantity
        is_open = quantity.count is not None or quantity.bound is not None or quantity.ground is not None
        if is_open or self.is_outside or self._part:
            raise LanguageError("a number, bound or place has nothing that it belongs to")

    def refuse_subject(self) -> None:
        """Raise LanguageError where an object would be the subject of a verb that is said of images alone."""
        self.refuse_open_words()
        may_be_ellipsis = self._is_of_image and self.role_before == "joint"  # "the image shows a ship and lacks tanks"
        if self.mentions and self.role_before != "picture" and not may_be_ellipsis:
            raise LanguageError(f"what is said of {self.mentions[-1].class_name!r} can be said of images alone")
        self.is_joined = self._is_of_image = True

    def pass_over(self) -> None:
        """Pass over a word that claims nothing: an article or number before it is parted from what follows."""
        quantity = self.quantity
        quantity.article = quantity.if_ground = None
        if quantity.count is not None or quantity.bound is not None:
            quantity.is_detached = True
        elif quantity.ground is not None:
            # "About 60 % of this image is water": the words between are part of it.
            quantity.is_detached = not quantity.ground.may_stand_apart

    def pass_over_unread(self) -> None:
        """Pass over a word that is not known; a number before it may belong to what follows: "2 large ships"."""
        self.role_before, self.role = self.role, UNREAD
        self.is_joined, self.effect_awaited, self.is_in = True, False, False

    def begin_predicate(self) -> None:
        """Note a verb; what follows is said of the subject, of the image, or tells what there is."""
        if self.number_awaited:
            self.begin_amount()
            return
        self.after_verb = bool(self.mentions)
        if self._list_quantity.carries_on and len(self.mentions) > 1:
            raise LanguageError("which classes are denied can be taken in two ways")
        if self.role_before in ("picture", "it", "this") or (not self.mentions and self._is_said_of_image()):
            self.role = "picture_is"
        elif self.role_before != "there" and (self.mentions or self._speaks_of_image):
            self.role = "is"
        else:
            self.role = "there_is"

    def _is_said_of_image(self) -> bool:
        return self.role_before == "that" or self.quantity.ground is not None

    # Classes and quantities

    def begin_quantity(self, bound: Comparison, above_bound: int) -> None:
        """Let a bound wait for its number."""
        self.quantity = Quantity(bound=bound, above_bound=above_bound)

    def quantify(self, comparison: Comparison, count: int) -> None:
        """Let a number wait for its class or place."""
        if self.quantity.count is not None or self.quantity.ground is not None:
            raise LanguageError("two numbers stand where one belongs")
        self.quantity.comparison, self.quantity.count = comparison, count
        if self._is_amount_next and self.number_awaited:
            self.number_awaited.comparison, self.number_awaited.count = comparison, count
            self.number_awaited, self._is_amount_next, self.quantity = None, False, Quantity()
            self.role = "amount"

    def await_number(self, mention: Mention) -> None:
        """Let a class wait for its number: "the number of ships"."""
        if mention.is_singular:
            raise LanguageError(f"the number of {mention.class_name!r} needs a plural")
        mention.is_bare, self.number_awaited, self.role = False, mention, "counted"

    def await_number_of_last(self, is_plural: bool) -> None:
        """Let the one class named so far wait for its number: "the ship count", "ships number"."""
        if not self.mentions:
            raise LanguageError("what is counted is not known")
        last = self.mentions[-1]
        is_form = last.article == "the" or (last.is_bare and last.has_number(is_plural))
        if len(self.mentions) > 1 or not is_form or last.is_singular == is_plural or self._ratio or self._has_only:
            raise LanguageError(f"how many {last.class_name!r} there are can be taken in two ways")
        last.is_bare, self.number_awaited = False, last

    def begin_amount(self) -> None:
        """Take a verb that the awaited number follows."""
        if self.number_awaited is None:
            raise LanguageError("what is counted is not known")
        self.pass_over()
        self._is_amount_next, self.role = True, "amounts"

    @property
    def has_part(self) -> bool:
        """Whether a number of some objects waits for all of which they are a part."""
        return self._part is not None

    def take_part(self) -> None:
        """Keep the number that waits: it counts a part of those that follow."""
        if self._part or self.quantity.count == 0 or self.quantity.ground is not None:
            raise LanguageError("what a number is a part of can be taken in two ways")
        self._part, self.quantity, self.role = self.quantity, Quantity(), "part_of"

    def part_of(self, class_name: str, is_plural: bool) -> Mention:
        """Note the part that was kept, and how many there are in all, where that is said."""
        part, whole, self._part = self._part, self.quantity, None
        if part is None or whole.bound or whole.article != "the" or not is_plural:
            raise LanguageError(f"which of {class_name!r} are counted can be taken in two ways")
        if whole.count is not None:
            self.claims.append(quantity_claim(Group(class_name), "exactly", whole.count))
        self.quantity = part
        mention = self.mention(class_name, count=0, is_named=True)
        mention.is_part = self._has_part = True
        return mention

    def mention(self, class_name: str, count: int, position: str | None = None, is_named: bool = False) -> Mention:
        """Note a class; ``count`` is the least number that its bare name says."""
        quantity, self.quantity = self.quantity, Quantity()
        if quantity.bound and quantity.count is None:
            raise LanguageError(f"a number is missing before {class_name!r}")
        if self.number_awaited:
            raise LanguageError(f"how many {self.number_awaited.class_name!r} there are is not said")
        if not self.is_joined:
            raise LanguageError(f"what {class_name!r} has to do with what stands before it is not known")
        if self.after_verb:
            self.begin_list()
        if quantity.only:
            self._begin_only(quantity)
        is_bare = not quantity.is_open() and not quantity.article and not quantity.only
        if is_bare and self._list_quantity.carries_on:
            quantity = self._list_quantity
        elif not quantity.only and self._list_quantity.could_be_shared_by(quantity):
            raise LanguageError(f"the quantity of {class_name!r} can be taken in two ways")
        count = count if quantity.count is None else quantity.count
        article = None if quantity.is_open() else quantity.article
        mention = Mention(
            class_name,
            quantity.comparison,
            count,
            position,
            ground=quantity.ground,
            article=article,
            is_bare=is_bare,
            is_named=is_named,
        )
        if quantity.only or quantity.is_another:
            mention.is_only = quantity.only and quantity.article == "the"
            mention.is_another = quantity.is_another
            self._has_another = self._has_another or quantity.is_another
            mention.is_named = is_named or quantity.is_another
        self.mentions.append(mention)
        self._list_quantity, self.last_class = quantity, class_name
        self.is_joined = self.effect_awaited = False
        return mention

    def _begin_only(self, quantity: Quantity) -> None:
        is_number = quantity.count is None or (quantity.comparison == "exactly" and quantity.count > 0)
        if not is_number or quantity.ground is not None or self._list_quantity.carries_on:
            raise LanguageError("what 'only' leaves out can be taken in two ways")
        self._has_only = self._has_only or quantity.article != "the"

    def deny_subject(self) -> None:
        """Turn the classes of the subject into absent ones: "ships and tanks are absent"."""
        subject = self.mentions[self._list_start :]
        is_bare = all(mention.is_bare and mention.ground is None for mention in subject)
        if not subject or not is_bare or self._has_only:
            raise LanguageError("which objects are absent can be taken in two ways")
        for mention in subject:
            mention.comparison, mention.count, mention.is_bare = "exactly", 0, False

    # Comparisons

    def compare(self, ratio: Ratio, before: int) -> None:
        """Begin a comparison of two classes, of which ``before`` are named."""
        if self._ratio or self._relations or self._fronted or self._has_only or len(self.mentions) != before:
            raise LanguageError("what is compared can be taken in two ways")
        self._ratio = ratio

    def compare_with_next(self, is_of_more: bool) -> None:
        """Take "than" or "as" before the second class."""
        if self._ratio is None or (self._ratio in ("more", "fewer")) != is_of_more or len(self.mentions) != 1:
            raise LanguageError("what is compared can be taken in two ways")
        self.is_joined = True

    def _compared(self, ratio: Ratio) -> Claim:
        plain = [mention for mention in self.mentions if not mention.is_singular and mention.claim_is_of_number()]
        if len(plain) != 2 or len(self.mentions) != 2 or self._relations:
            raise LanguageError("what is compared can be taken in two ways")
        first, second = (mention.group() for mention in plain)
        return comparison_claim(first, ratio, second)

    # Places and directions

    def place(self, position: str) -> None:
        """Put what is meant in ``position``: the number that waits, the whole clause, or classes named before."""
        position = self._outside_of(position) if self.is_outside else position
        if self._fronted:
            raise LanguageError(f"two places for one clause: {self._fronted} and {position}")
        if self.quantity.is_open():
            self._count_last_class(position)
        elif not self.mentions:
            self._fronted, self.role = position, "fronted"
        elif self.is_in_list or (self._has_only and not self.after_verb):
            raise LanguageError(f"what lies in the {position} can be taken in two ways")
        else:
            for mention in self._meant_by("position", f"what lies in the {position}"):
                mention.position = position
        self.quantity = Quantity()
        self.is_in = self.is_in_list = False

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
        if self._ratio or not without or not (self.after_verb or (is_of_last and len(without) == 1)):
            raise LanguageError(f"{what} can be taken in two ways")
        if self.after_verb:
            self._note_definite(without, what)
        return without

    def _note_definite(self, mentions: list[Mention], what: str) -> None:
        """Note that "the ship is in the center" speaks of the only one; "the ships are" would be of all of them."""
        for mention in mentions:
            if mention.article == "the" and mention.ground is None:
                if not mention.is_singular:
                    raise LanguageError(f"whether all are meant by {what!r} can be taken in two ways")
                mention.is_only = True

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
        self._speaks_of_image, self.effect_awaited = True, False
        self.begin_list()

    def relate_to_next(self, relation: str) -> None:
        """Relate the one group named so far to the one that follows."""
        if len(self.mentions) != 1 or self._relations or self._fronted or self._ratio:
            raise LanguageError(f"{relation!r} needs one group before it and one after it")
        self._relations.append((relation, False))
        self.begin_list()

    def relate_back(self, relation: str) -> None:
        """Relate the second of two objects to the first."""
        if len(self.mentions) != 2 or self._relations not in ([], [("has", False)]) or self._fronted or self._ratio:
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
