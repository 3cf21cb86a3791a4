"""The reader: claims from a text alone, by the rules of ``grammar.py``; it knows nothing of how texts are written."""

from collections.abc import Iterator
from typing import NamedTuple

from sarvl.errors import LanguageError
from sarvl.language.claims.claim import Claim
from sarvl.language.claims.construction import in_canonical_order
from sarvl.language.reader.clause import Clause
from sarvl.language.reader.grammar import match_phrase
from sarvl.language.reader.symbols import Symbol
from sarvl.language.words.tokens import tokens_of
from sarvl.language.words.vocabulary import Vocabulary


class Reading(NamedTuple):
    """What a text says: its claims, and the domains (``sar``, ``optical``) of the sensors that it names."""

    claims: tuple[Claim, ...]
    domains: frozenset[str]


def read_text(text: str, vocabulary: Vocabulary) -> Reading:
    """Read every word of ``text``; LanguageError where one is not known or the sentence can be taken in two ways."""
    clause = Clause()
    try:
        for symbol in _symbols(tokens_of(text), vocabulary):
            symbol.read(clause)
        clause.end()
    except LanguageError as problem:
        raise LanguageError(f"cannot read {text!r}: {problem}") from None
    return Reading(in_canonical_order(clause.claims), frozenset(clause.domains))


def parse_claims(text: str, vocabulary: Vocabulary) -> list[Claim]:
    """Return what ``text`` claims, without evidence, in canonical order; LanguageError where it cannot be read."""
    return list(read_text(text, vocabulary).claims)


def _symbols(tokens: list[str], vocabulary: Vocabulary) -> Iterator[Symbol]:
    start = 0
    while start < len(tokens):
        # Names of classes first: "2S1 howitzer" or "T72 tank" hold no number and no other class.
        found = vocabulary.match(tokens, start) or match_phrase(tokens, start)
        if found is None:
            raise LanguageError(f"the word {tokens[start]!r} is neither a class nor a word of the grammar")
        symbol, length = found
        yield symbol
        start += length
