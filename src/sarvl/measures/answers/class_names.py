"""ClassNames: which classes an answer names."""

import re
from collections.abc import Iterable

from sarvl.errors import LanguageError
from sarvl.language.words.lexicon import singular_of
from sarvl.language.words.tokens import tokens_of
from sarvl.language.words.vocabulary import Vocabulary
from sarvl.language.words.word_set import word_set
from sarvl.measures.answers.plain_answer import NEGATIONS, QUIET, plain_answer, words_of

_PARTS = re.compile(r"\s*(?:,|;|&|\n|/|\band\b)\s*", re.IGNORECASE)
_BEHIND = QUIET | word_set("category categories class classes object objects main type types area region only")


class ClassNames:
    """The classes of a set, and the words that name them: their own, plurals, and synonyms that mean no other."""

    def __init__(self, names: Iterable[str]) -> None:
        """Take the names as answers spell them."""
        own: dict[str, str] = {}
        for name in sorted(names):
            own.setdefault(_key(name), name)
        try:
            self._vocabulary: Vocabulary | None = Vocabulary(tuple(sorted(own)))
        except LanguageError:  # "2 s" beside "s": names that texts cannot tell apart are known as they stand alone
            self._vocabulary = None
        self._own = frozenset(own)

    @staticmethod
    def parts(answer: str) -> list[str]:
        """Return the names in a right answer such as "harbor, tank and bridge"."""
        return [name for name in _PARTS.split(plain_answer(answer)) if name]

    def of(self, answer: str) -> frozenset[str]:
        """Return the classes of a right answer: of its parts, known or not."""
        return frozenset(self._known(part) or _key(part) for part in self.parts(answer))

    def read(self, text: str) -> frozenset[str] | None:
        """Return the classes that an answer names, all of which must be known; None for any other.

        Each part of a list must name one class at its end, so that "ship container" names none; an "or", or a word
        that turns what is said, makes it no answer.
        """
        if (NEGATIONS | {"or"}) & set(words_of(text)):
            return None
        parts = [part for part in _PARTS.split(plain_answer(text).rstrip(".")) if tokens_of(part)]
        names = [self._known(part) for part in parts]
        return None if None in names or not names else frozenset(filter(None, names))

    def _known(self, part: str) -> str | None:
        """Return the one class that a part of a list names; None where it names none, several, or something else."""
        if (key := _key(part)) in self._own:
            return key
        if self._vocabulary is None:
            return None
        tokens, place, named = tokens_of(part), 0, list[str]()
        while place < len(tokens):
            matched = self._vocabulary.match(tokens, place)
            if matched:
                named.append(matched[0].class_name)
                place += matched[1]
            elif named and tokens[place] not in _BEHIND:
                return None
            else:
                place += 1
        return named[0] if len(set(named)) == 1 else None


def _key(name: str) -> str:
    words = [word for word in tokens_of(name.replace("_", " ")) if word not in ("a", "an", "the", ".")]
    return singular_of(" ".join(words))
