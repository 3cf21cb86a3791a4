"""The reader: claims from a text alone, by the rules of ``grammar.py``; it knows nothing of how texts are written."""

from collections.abc import Callable, Iterator
from itertools import count, groupby
from typing import NamedTuple

from sarvl.errors import LanguageError
from sarvl.language.claims.claim import Claim
from sarvl.language.claims.construction import in_canonical_order
from sarvl.language.reader.clause import Clause
from sarvl.language.reader.word_order import FOLLOWERS, OBJECTS
from sarvl.language.words.tokens import token_spans, tokens_of
from sarvl.language.words.vocabulary import Vocabulary

_ENDS_OF_CLAUSES = (".", ";")
_NAMING = frozenset((*OBJECTS.split(" "), "place", "end"))  # roles of words that are read where the last one is not


class UnreadSpan(NamedTuple):
    """Words that could not be read: where they begin and end in the text, in characters, and why."""

    start: int
    end: int
    words: str
    why: str


class Reading(NamedTuple):
    """What a text says.

    claims: without evidence, in canonical order. unread: what could not be read, in the order of the text. domains:
    those (``sar``, ``optical``) of the sensors that it names. unread_share: how many of its words, in shares of 1,
    could not be read.
    """

    claims: tuple[Claim, ...]
    unread: tuple[UnreadSpan, ...]
    domains: frozenset[str]
    unread_share: float


def read_claims(text: str, vocabulary: Vocabulary) -> Reading:
    """Return what ``text`` claims, and the words of it that could not be read.

    Of free English it gives what it is sure of. A word that is not known is passed over ("2 large ships"). A clause
    that can be taken in two ways, or has a word that turns it ("not", "half"), gives no claims: all of it is unread.
    So is a word that stands where it has no meaning here, such as "inside" before a ship. A text without unread words
    was understood whole: ``verify`` confirms no other.
    """
    reader = _Reader(tokens_of(text), vocabulary)
    reader.read()
    claims, domains = in_canonical_order(reader.clause.claims), frozenset(reader.clause.domains)
    if not reader.unread:
        return Reading(claims, (), domains, 0.0)
    return Reading(claims, tuple(_spans(text, reader.unread)), domains, len(reader.unread) / len(reader.tokens))


def read_text(text: str, vocabulary: Vocabulary) -> Reading:
    """Return what ``read_claims`` does; LanguageError, which says why, where anything could not be read."""
    reading = read_claims(text, vocabulary)
    if reading.unread:
        raise LanguageError(f"cannot read {text!r}: {reading.unread[0].why}")
    return reading


class _Reader:
    """Reads ``tokens`` into ``clause``. unread: which of them could not be read, and why."""

    def __init__(self, tokens: list[str], vocabulary: Vocabulary) -> None:
        self.tokens = tokens
        self.clause = Clause()
        self.unread: dict[int, str] = {}
        self._vocabulary = vocabulary
        self._clause_start = 0

    def read(self) -> None:
        """Read all tokens."""
        tokens, clause, count = self.tokens, self.clause, len(self.tokens)
        match, alone = self._vocabulary.match_word, self._vocabulary.alone
        last, start = (0, 0), 0  # last: where the last word or phrase begins and ends
        while start < count:
            entry = alone.get(tokens[start]) or match(tokens, start)
            if entry is None:
                last = self._leave(start, start + 1, "is neither a class nor a word of the grammar")
                start += 1
                continue
            symbol, length = entry
            end, role = start + length, symbol.role
            if role:
                if role not in FOLLOWERS[clause.role] and self._refuse_order(role, last, start, end):
                    last, start = (start, end), end
                    continue
                clause.role_before, clause.role = clause.role, role
            try:
                symbol.read(clause)
            except LanguageError as problem:
                end = self._give_up(start, str(problem))
            if role == "end":
                self._clause_start = end
            last, start = (start, end), end
        if clause.role != "start":
            self._end(last)

    def _end(self, last: tuple[int, int]) -> None:
        """End the text, where no sign does."""
        count = len(self.tokens)
        if "end" not in FOLLOWERS[self.clause.role]:
            self._refuse_order("end", last, count, count)
        try:
            self.clause.end()
        except LanguageError as problem:
            self._give_up(count, str(problem))

    def _refuse_order(self, role: str, last: tuple[int, int], start: int, end: int) -> bool:
        """Leave one of two words unread that cannot stand together; True where it is the one at ``start``.

        It is the other where something is named here: "inside", before "1 tank".
        """
        if self.clause.role == "start" or role not in _NAMING:
            self._leave(start, end, "cannot stand there")
            return True
        words = " ".join(self.tokens[start:end])
        self._leave(*last, f"cannot stand before {words!r}" if words else "cannot end a clause")
        return False

    def _leave(self, start: int, end: int, why: str) -> tuple[int, int]:
        """Leave some words unread, and read on."""
        words = " ".join(self.tokens[start:end])
        self.unread |= dict.fromkeys(range(start, end), f"the word {words!r} {why}")
        self.clause.pass_over_unread()
        return start, end

    def _give_up(self, start: int, why: str) -> int:
        """Leave the whole clause around ``start`` unread; return where it ends."""
        end = start
        while end < len(self.tokens) and self.tokens[end] not in _ENDS_OF_CLAUSES:
            end += 1
        self.unread |= dict.fromkeys(range(self._clause_start, end), why)
        self.clause.give_up()
        return end


def _spans(text: str, unread: dict[int, str]) -> Iterator[UnreadSpan]:
    """Yield the spans of the ``unread`` tokens, runs of the same reason as one."""
    spans = token_spans(text)
    for (_, why), run in groupby(sorted(unread.items()), key=_run_of()):
        tokens = [index for index, _ in run]
        start, end = spans[tokens[0]][0], spans[tokens[-1]][1]
        yield UnreadSpan(start, end, text[start:end], why)


def _run_of() -> Callable[[tuple[int, str]], tuple[int, str]]:
    """Return a key that is the same for tokens one behind the other, left unread for one reason."""
    order = count()
    return lambda item: (item[0] - next(order), item[1])
