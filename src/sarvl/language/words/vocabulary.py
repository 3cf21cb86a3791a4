"""Vocabulary: which names mean which class in the texts of one image, each name meaning one class only."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from sarvl.annotations import AnnotatedImage, IsA, Wording
from sarvl.errors import LanguageError
from sarvl.language.geometry.layout import class_names_of
from sarvl.language.reader.grammar import grammar_words, is_number, is_small_number, match_phrase, phrases_of
from sarvl.language.reader.symbols import ReadName, Symbol
from sarvl.language.words.kinds import in_running_text
from sarvl.language.words.lexicon import ALSO_READ, SYNONYMS, effect_of, is_bare, plural_of, singular_of, with_article
from sarvl.language.words.name_meaning import covers, settled_name
from sarvl.language.words.open_classes import open_names
from sarvl.language.words.tokens import tokens_of

Match = tuple[Symbol, int]  # what was read, and its length in tokens


class ClassName(NamedTuple):
    """One name of a class as texts write it: singular, singular with its article, plural."""

    singular: str
    with_article: str
    plural: str

    @property
    def has_plural(self) -> bool:
        """False for names such as ``aircraft``, whose plural is the same."""
        return self.plural != self.singular


class Vocabulary:
    """Names by class, and classes by name.

    names: class name -> its names, the class's own first; synonyms that could mean another class are left out.
    grounds: the classes that cover ground and have no objects to count. has_effects: whether one is a shadow, a wake or
    layover.
    """

    def __init__(
        self,
        classes: tuple[str, ...],
        label: str | None = None,
        label_names: tuple[str, ...] = (),
        grounds: tuple[str, ...] = (),
        *,
        is_a: tuple[IsA, ...] = (),
        wording: Wording = "plain",
    ) -> None:
        """Build from class names as sources spell them; LanguageError where two of them read the same."""
        all_classes = sorted({*classes, *grounds, label or ""} - {""})
        # Where images have labels, "water" and "urban areas" are what a whole image shows, and not counted.
        counted = set() if label else set(classes).difference(grounds)
        self.names = {name: [_class_name(singular_of(name) if name in counted else name)] for name in all_classes}
        self.grounds = grounds
        self.has_effects = any(map(effect_of, all_classes))
        self._is_a = is_a
        self._own = _own_names(self.names)
        wanted = [(label, name) for name in label_names if label]
        wanted += [(name, synonym) for name in self.names for synonym in self._synonyms(name, wording)]
        for class_name, synonym in dict.fromkeys(wanted):
            name = _class_name(synonym)
            if self._means_only(synonym, class_name, wanted) and name not in self.names[class_name]:
                self.names[class_name].append(name)
        also_read = [(name, other) for name in self.names for other in ALSO_READ.get(" ".join(tokens_of(name)), ())]
        read = [(name, other) for name, other in also_read if self._means_only(other, name, wanted + also_read)]
        self._by_first_word = self._reading_table(read)
        # Of the words read so far: what those mean that begin nothing longer, and what the others can begin.
        self.alone: dict[str, Match] = {}
        self._longer: dict[str, tuple[dict[str, list[tuple[tuple[str, ...], Match]]], Match | None]] = {}

    def match_word(self, tokens: list[str], start: int) -> Match | None:
        """Return the name of a class, or else the phrase of captions, at ``tokens[start]`` and its length, or None.

        ``alone`` has the answer already for most words that were read before.

        Names of classes first: "2S1 howitzer" or "T72 tank" hold no number and no other class.
        """
        token = tokens[start]
        if token not in self._longer:
            matched = self.match(tokens, start) or match_phrase(tokens, start)
            self._note(token, matched)
            return matched
        by_second, single = self._longer[token]
        if start + 1 < len(tokens):
            for words, matched in by_second.get(tokens[start + 1], ()):
                if len(words) == 2 or tuple(tokens[start : start + len(words)]) == words:
                    return matched
        return single

    def _note(self, token: str, matched: Match | None) -> None:
        """Keep what a word can begin, so that the next time needs no search; other words are not kept."""
        names = self._by_first_word.get(token, [])
        if matched and not names and is_small_number(token):
            self.alone[token] = matched
        if not (phrases := phrases_of(token)):
            return
        candidates: list[tuple[tuple[str, ...], Symbol]] = [*names, *phrases]
        single = next((symbol for words, symbol in candidates if len(words) == 1), None)
        if any(len(words) == 1 for words, _ in names):
            candidates = list(names)
        by_second: dict[str, list[tuple[tuple[str, ...], Match]]] = {}
        for words, symbol in candidates:
            if len(words) > 1:
                by_second.setdefault(words[1], []).append((words, (symbol, len(words))))
        if by_second:
            self._longer[token] = by_second, (single, 1) if single else None
        elif single:
            self.alone[token] = single, 1

    def match(self, tokens: list[str], start: int) -> tuple[ReadName, int] | None:
        """Return the longest name of a class at ``tokens[start]`` and its length in tokens, or None."""
        for words, entry in self._by_first_word.get(tokens[start], ()):
            if len(words) == 1 or tuple(tokens[start : start + len(words)]) == words:
                return entry, len(words)
        return None

    def _means_only(self, synonym: str, class_name: str, wanted: list[tuple[str, str]]) -> bool:
        """Tell whether ``synonym`` can mean no other class: by name, by synonym, or as a wider word for it."""
        words = tuple(tokens_of(synonym))
        if words in self._own or any(words == tuple(tokens_of(name)) for other, name in wanted if other != class_name):
            return False
        return not any(covers(synonym, other, self._is_a) for other in self.names if other != class_name)

    def _synonyms(self, class_name: str, wording: Wording) -> tuple[str, ...]:
        settled = settled_name(class_name, tuple(self.names), self._is_a)
        return (settled,) if settled else SYNONYMS[wording].get(" ".join(tokens_of(class_name)), ())

    def _reading_table(self, also_read: list[tuple[str, str]]) -> dict[str, list[tuple[tuple[str, ...], ReadName]]]:
        table: dict[tuple[str, ...], ReadName] = {}
        more = {name: [_class_name(other) for of, other in also_read if of == name] for name in self.names}
        for class_name, names in self.names.items():
            is_ground = class_name in self.grounds
            for name in (*names, *more[class_name]):
                table.setdefault(
                    tuple(tokens_of(name.plural)), ReadName(class_name, name.has_plural, is_ground, name.has_plural)
                )
                table[tuple(tokens_of(name.singular))] = ReadName(class_name, False, is_ground, name.has_plural)
        by_first_word: dict[str, list[tuple[tuple[str, ...], ReadName]]] = {}
        for words in sorted(table, key=len, reverse=True):
            by_first_word.setdefault(words[0], []).append((words, table[words]))
        return by_first_word


def vocabulary_of(image: AnnotatedImage) -> Vocabulary:
    """Return the vocabulary of the image's labelled classes, objects, label and land cover; equal ones are built once.

    A class of land cover that has objects in the image as well is no ground: texts count it.
    """
    present = {class_name for class_name in class_names_of(image) if class_name} | open_names(image)
    more = tuple(sorted(present.difference(image.labelled_classes)))
    grounds = tuple(sorted({item.class_name for item in image.land_cover} - present)) if image.land_cover else ()
    names = image.labelled_classes + more
    return _vocabulary(names, image.label, image.label_names, grounds, is_a=image.is_a, wording=image.wording)


_NUMBERED = re.compile(r"\b[^\W\d_A-Z]+ \d+$")  # but "3 Boeing 737s" is English
_vocabulary = lru_cache(maxsize=4096)(Vocabulary)


def _class_name(name: str) -> ClassName:
    """Return a class's name as texts write it; one made of words that mean something else becomes ``<name> object``."""
    singular = in_running_text(" ".join(name.replace("_", " ").split()))
    words = tokens_of(singular)
    if not words:
        raise LanguageError(f"class name {name!r} has no word; give it a name in class_names")
    if words == ["other"]:
        singular = "other-type object"  # "two other objects" would be two more of what was named before
    elif all(word in grammar_words() or word in ("other", "unknown") or is_number(word) for word in words):
        singular += " object"
    elif _NUMBERED.search(singular):
        singular += " object"  # "3 class 2s" has two numbers
    article = singular if is_bare(singular) else with_article(singular)
    return ClassName(singular, article, plural_of(singular))


def alike_names(classes: Iterable[str]) -> frozenset[str]:
    """Return the classes whose name a text cannot tell from that of another: those that no vocabulary has together."""
    names = {name: [_class_name(singular_of(name))] for name in classes}
    return frozenset(name for pair in _alike_pairs(names) for name in pair)


def _own_names(names: dict[str, list[ClassName]]) -> dict[tuple[str, ...], str]:
    """Return class by its own words; LanguageError for two classes of one name, or one that is a number of another."""
    for first, second in _alike_pairs(names):
        raise LanguageError(
            f"classes {first!r} and {second!r} cannot be told apart in a text; rename one in class_names"
        )
    return {words: class_name for class_name, (name,) in names.items() for words in _words_of(name)}


def _alike_pairs(names: dict[str, list[ClassName]]) -> Iterator[tuple[str, str]]:
    own: dict[tuple[str, ...], str] = {}
    for class_name, (name,) in names.items():
        for words in _words_of(name):
            if own.setdefault(words, class_name) != class_name:
                yield class_name, own[words]
    for words, class_name in own.items():
        if is_number(words[0]) and words[1:] in own:
            yield class_name, own[words[1:]]


def _words_of(name: ClassName) -> set[tuple[str, ...]]:
    return {tuple(tokens_of(name.singular)), tuple(tokens_of(name.plural))}
