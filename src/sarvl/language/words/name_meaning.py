"""Which names of classes mean the same as another, or less: a count or a "no" of that one would be doubtful."""

from functools import lru_cache

from sarvl.annotations import IsA
from sarvl.language.words.kinds import Form, Kinds, form_of, kinds_with
from sarvl.language.words.lexicon import SYNONYMS


@lru_cache(maxsize=1 << 16)
def covers(wide: str, narrow: str, is_a: tuple[IsA, ...] = ()) -> bool:
    """Tell whether an object of class ``narrow`` could be called ``wide`` too: a car a vehicle, an A320 an aircraft.

    By the list of kinds (``is_a.txt``), which ``is_a`` adds to or settles, by the synonyms of the lexicon, and, where a
    name is not in the list, by its words: a "large fishing boat" is a boat, a "ship in ballast" a ship.
    """
    kinds, wide_form, narrow_form = kinds_with(is_a), form_of(wide), form_of(narrow)
    meanings = kinds.meanings.get(wide_form, set())
    if any(wide_form == form_of(synonym) for synonym in _synonyms(narrow_form)):
        return True
    if not (meanings and narrow_form in kinds.meanings) and set(wide_form) <= set(narrow_form):
        return True
    return any(not meanings.isdisjoint(kinds.above(kind)) for kind in kinds.meant_by(narrow))


def _synonyms(form: Form) -> tuple[str, ...]:
    name = " ".join(form)
    return tuple(synonym for table in SYNONYMS.values() for synonym in table.get(name, ()))


def are_related(first: str, second: str, is_a: tuple[IsA, ...] = ()) -> bool:
    """Tell whether one of two classes could be called by the other's name."""
    return covers(first, second, is_a) or covers(second, first, is_a)


@lru_cache(maxsize=4096)
def settled_name(class_name: str, companions: tuple[str, ...], is_a: tuple[IsA, ...] = ()) -> str | None:
    """Return a plain name for a class whose own has several meanings, once it is settled which: "storage tank".

    ``is_a`` settles it, or the other classes of the set do, where they have to do with one of the meanings alone: a
    howitzer beside a tank. None where it is open, and for a name of one meaning.
    """
    form, kinds = form_of(class_name), kinds_with(is_a)
    if len(kinds_with(()).meanings.get(form, ())) < 2:
        return None
    left = kinds.meanings[form]
    if len(left) > 1:
        others = [kinds.meant_by(name) for name in companions if name != class_name]
        left = {kind for kind in left if any(_is_near(kind, meanings, kinds) for meanings in others)}
    name = kinds.names[next(iter(left))] if len(left) == 1 else None
    return name if name and form_of(name) != form else None


def _is_near(kind: Form, meanings: set[Form], kinds: Kinds) -> bool:
    """Tell whether a class of one meaning is of this kind, or is with it of one kind that is not among the widest."""
    if len(meanings) != 1:
        return False
    shared = kinds.above(kind) & kinds.above(next(iter(meanings)))
    return kind in shared or any(kinds.parents[wider] for wider in shared)
