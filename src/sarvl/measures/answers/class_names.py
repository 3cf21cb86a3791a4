"""ClassNames: which classes an answer names."""

import re
from collections.abc import Iterable, Iterator

from sarvl.language.words.lexicon import is_uncounted, plural_of, singular_of
from sarvl.language.words.tokens import tokens_of
from sarvl.language.words.vocabulary import Vocabulary, alike_names
from sarvl.language.words.word_set import word_set
from sarvl.measures.answers.plain_answer import NEGATIONS, QUIET, plain_answer

_JOINTS = r"[,;&\n/]|\band\b"
_BEHIND = QUIET | word_set("category categories class classes object objects main type types area region only")
_TURNS = NEGATIONS | {"or"}


class ClassNames:
    """The classes of a set, and the words that name them: their own, plurals, and synonyms that mean no other."""

    def __init__(self, names: Iterable[str]) -> None:
        """Take the names as answers spell them."""
        given = set(names)
        self._own = frozenset(filter(None, map(_key, given)))
        alike = alike_names(sorted(self._own))  # "2 s" beside "s" are known as they stand alone
        self._vocabulary = Vocabulary(tuple(sorted(self._own - alike)))
        self._alike = [Vocabulary((name,)) for name in sorted(alike)]
        self._spelled = [(words, _key(name)) for name in given if _is_spelled_otherwise(words := _words(name))]
        self._joints = re.compile("|".join((*_joined(given | self._own), _JOINTS)), re.IGNORECASE)

    def parts(self, answer: str) -> list[str]:
        """Return the names in a right answer such as "harbor, tank and bridge"; "search and rescue ship" may be one."""
        return [part for part in self._parts(plain_answer(answer)) if tokens_of(part)]

    def of(self, answer: str) -> frozenset[str]:
        """Return the classes of a right answer: of its parts, known or not."""
        return frozenset(self._known(part) or _key(part) for part in self.parts(answer))

    def read(self, text: str) -> frozenset[str] | None:
        """Return the classes that an answer names, all of which must be known; None for any other.

        Each part of a list must name one class at its end, so that "ship container" names none; an "or", or a word
        that turns what is said, makes it no answer where it is not of the name of a class.
        """
        names = [self._known(part) for part in self.parts(text)]
        return None if None in names or not names else frozenset(filter(None, names))

    def _parts(self, text: str) -> Iterator[str]:
        """Yield what stands between the joints of a list; a joint within the name of a class is none."""
        start = 0
        for match in self._joints.finditer(text):
            if re.fullmatch(_JOINTS, match[0], re.IGNORECASE):
                yield text[start : match.start()].strip()
                start = match.end()
        yield text[start:].strip()

    def _known(self, part: str) -> str | None:
        """Return the one class that a part of a list names; None where it names none, several, or something else."""
        if (key := _key(part)) in self._own:
            return key
        tokens, place, named = tokens_of(part), 0, set[str]()
        while place < len(tokens):
            name, length = self._name_at(tokens, place)
            if length and name is None:
                return None
            if not length and (tokens[place] in _TURNS or (named and tokens[place] not in _BEHIND)):
                return None
            named |= {name} if name else set()
            place += length or 1
        return named.pop() if len(named) == 1 else None

    def _name_at(self, tokens: list[str], place: int) -> tuple[str | None, int]:
        """Return the class that the longest name at a place means, None where it means two, and its length, or 0."""
        matched = self._vocabulary.match(tokens, place)
        readings: list[tuple[str | None, int]] = [(matched[0].class_name, matched[1])] if matched else []
        readings += [(None, alike[1]) for each in self._alike if (alike := each.match(tokens, place))]
        readings += [(name, len(words)) for words, name in self._spelled if tokens[place : place + len(words)] == words]
        return max(readings, key=lambda name: name[1], default=(None, 0))


def _joined(names: Iterable[str]) -> list[str]:
    """Return patterns of the names that hold a joint, the longest first."""
    spellings = {spelling for name in names for spelling in (name, plural_of(name)) if re.search(_JOINTS, name)}
    ordered = sorted(spellings, key=lambda name: (-len(name), name))
    return [r"(?<!\w)" + r"[\s_-]*".join(map(re.escape, tokens_of(name))) + r"(?!\w)" for name in ordered]


def _is_spelled_otherwise(words: list[str]) -> bool:
    """Return whether captions call a class otherwise, as they count it: "T 72 object", "agricultural land area"."""
    name = " ".join(words)
    return is_uncounted(name) or bool(re.search(r"[^\W\d_] \d+$", name))


def _key(name: str) -> str:
    return singular_of(" ".join(_words(name)))


def _words(name: str) -> list[str]:
    words = tokens_of(name.replace("_", " "))
    return [word for word in words if word not in ("a", "an", "the", ".")] or words
