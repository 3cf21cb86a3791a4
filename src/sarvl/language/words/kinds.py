"""Kinds of things: which name means which, and which are kinds of which: by ``is_a.txt``, and as a source says."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.resources import files

from sarvl.annotations import IsA
from sarvl.language.words.lexicon import ELLIPSES, is_plural, plural_of, singular_of

_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PARTS = re.compile(r"[^\W\d_]+|\d+")
_WORD = re.compile(r"[^\W\d_]{2,}")
_OTHER = re.compile(r"(?i)others?[ _-]+(.*[^\W\d_].*)")
_AFTER_THE_HEAD = ("of", "with", "w", "in", "at", "on", "under")

Form = tuple[str, ...]
"""A name in its words and numbers: lower case, each word in the singular."""


class Kinds:
    """Kinds of things, each known by the form of its first name.

    meanings: form of a name -> the kinds that it may mean. parents: kind -> the kinds right above it. names: kind ->
    its first name as the list has it.
    """

    def __init__(self, entries: Iterable[tuple[tuple[str, ...], str | None]]) -> None:
        """Take entries of the names of a kind, the first name first, and the first name of the kind above it."""
        self.meanings: dict[Form, set[Form]] = {}
        self.parents: dict[Form, set[Form]] = {}
        self.names: dict[Form, str] = {}
        self._above: dict[Form, frozenset[Form]] = {}
        for names, parent in entries:
            kind = form_of(names[0])
            self.names.setdefault(kind, names[0])
            self.parents.setdefault(kind, set()).update([form_of(parent)] if parent else [])
            for name in names:
                self.meanings.setdefault(form_of(name), set()).add(kind)

    def settle(self, name: str, wider: str) -> None:
        """Take ``name`` for a kind of ``wider``: the meanings that it has which are, else a kind of its own."""
        form = form_of(name)
        above = self.meanings.setdefault(form_of(wider), {form_of(wider)})
        for kind in above:
            self.parents.setdefault(kind, set())
            self.names.setdefault(kind, wider)
        settled = {kind for kind in self.meanings.get(form, ()) if not above.isdisjoint(self.above(kind))}
        if not settled:
            settled = {form}
            self.names.setdefault(form, name)
            self.parents[form] = self.parents.get(form, set()) | (above - {form})
            self._above.clear()
        self.meanings[form] = settled

    def above(self, kind: Form) -> frozenset[Form]:
        """Return the kind and all that it is one of, however far above."""
        if kind not in self._above:
            ancestors, todo = {kind}, [kind]
            while todo:
                new = self.parents[todo.pop()] - ancestors
                ancestors |= new
                todo += new
            self._above[kind] = frozenset(ancestors)
        return self._above[kind]

    def meant_by(self, name: str) -> set[Form]:
        """Return the kinds that a name may mean; of one that is not listed, by its head and by the models in it."""
        form = form_of(name)
        if form in self.meanings:
            return self.meanings[form]
        head = next((form[:place] for place, word in enumerate(form) if place and word in _AFTER_THE_HEAD), form)
        last = next((run for start in range(len(head)) if (run := head[start:]) in self.meanings), None)
        models = [run for run in _runs(form) if run in self.meanings and any(map(str.isdigit, run))]
        return {kind for run in ([last] if last else []) + models for kind in self.meanings[run]}


def _runs(form: Form) -> Iterator[Form]:
    return (form[start:end] for end in range(1, len(form) + 1) for start in range(end))


@lru_cache(maxsize=1 << 14)
def form_of(name: str) -> Form:
    """Return the form of a name: ("fishing", "boat") of "FishingBoats", ("t", "72") of "T-72"."""
    words = _PARTS.findall(_CASE.sub(" ", name).lower())
    return tuple([singular_of(word) if is_plural(word) else word for word in words])


@lru_cache(maxsize=4096)
def in_running_text(name: str) -> str:
    """Return a name as a sentence has it: "fishing boat" of "Fishing Boat", "ship of another type" of "Other-ship".

    Words lose their capital where the list has them without one: a "Boeing 737" keeps it. "FishingBoat" is parted where
    the list has such a kind.
    """
    if spoken := ELLIPSES.get(" ".join(form_of(name))):
        return spoken
    name = _CASE.sub(" ", name) if form_of(name) in kinds_with(()).meanings else name
    other = _OTHER.fullmatch(name)
    name = f"{other[1]} of another type" if other else name
    return _WORD.sub(lambda word: word[0].lower() if word[0].lower() in _common_words() else word[0], name)


def listed_names() -> list[str]:
    """Return every name of the list, as it stands there."""
    return [name for names, _ in _listed() for name in names]


@lru_cache(maxsize=1)
def _common_words() -> frozenset[str]:
    """Return the words that the list has in lower case, each in the plural as well."""
    words = {word for name in listed_names() for word in _WORD.findall(name) if word.islower()}
    return frozenset(words | {plural_of(word) for word in words})


@lru_cache(maxsize=64)
def kinds_with(is_a: tuple[IsA, ...]) -> Kinds:
    """Return the kinds of the list, and what a source adds to them or settles of them."""
    kinds = Kinds(_listed())
    for name, wider in is_a:
        kinds.settle(name, wider)
    return kinds


@lru_cache(maxsize=1)
def _listed() -> list[tuple[tuple[str, ...], str | None]]:
    entries: list[tuple[tuple[str, ...], str | None]] = []
    open_kinds: list[tuple[int, str]] = []  # by their indent
    for line in files(__package__).joinpath("is_a.txt").read_text("utf-8").splitlines():
        indent = len(line) - len(line.lstrip())
        if line.startswith("#") or not line.strip():
            continue
        while open_kinds and open_kinds[-1][0] >= indent:
            open_kinds.pop()
        for item in line.split(","):
            names = tuple(name.strip() for name in item.split("="))
            entries.append((names, open_kinds[-1][1] if open_kinds else None))
        open_kinds.append((indent, entries[-1][0][0]))
    return entries
