"""Noun phrases: a text for a group of objects together with the claim that it makes."""

from collections.abc import Sequence
from typing import NamedTuple

from sarvl.language.captions.scene import Scene
from sarvl.language.claims.claim import Claim
from sarvl.language.claims.construction import quantity_claim
from sarvl.language.claims.kinds.count import MANY_IS_MORE_THAN
from sarvl.language.group import Group
from sarvl.language.words.lexicon import number_text
from sarvl.language.words.vocabulary import ClassName

AT_LEAST = "at least"
MANY_WORDS = ("many", "a lot of", "numerous")


class Phrase(NamedTuple):
    """A noun phrase, what it claims, and whether its verb is a plural."""

    text: str
    claim: Claim
    is_plural: bool


def exact(group: Group, ids: tuple[int, ...], name: ClassName, as_word: bool) -> Phrase:
    """Return "5 ships" or "five ships": exactly as many as ``ids``; always a word before "2S1 howitzer"."""
    count = len(ids)
    as_word = as_word or name.singular[0].isdigit()
    noun = name.plural if count > 1 else name.singular
    return Phrase(f"{number_text(count, as_word)} {noun}", quantity_claim(group, "exactly", count, ids), count > 1)


def exact_or_many(group: Group, ids: tuple[int, ...], name: ClassName, as_word: bool, many: str) -> Phrase:
    """Return "5 ships", or "many ships" for more than ten, as RemoteCLIP's box-to-caption does."""
    if len(ids) <= MANY_IS_MORE_THAN:
        return exact(group, ids, name, as_word)
    return Phrase(f"{many} {name.plural}", quantity_claim(group, "at least", MANY_IS_MORE_THAN + 1, ids), True)


def at_least(group: Group, ids: tuple[int, ...], name: ClassName, as_word: bool, many: str) -> Phrase:
    """Return "at least 5 ships", or "many ships" for more than ten: there may be others beside ``ids``."""
    if len(ids) > MANY_IS_MORE_THAN:
        return exact_or_many(group, ids, name, as_word, many)
    text, _, is_plural = exact(group, ids, name, as_word)
    return Phrase(f"{AT_LEAST} {text}", quantity_claim(group, "at least", len(ids), ids), is_plural)


def counted(scene: Scene, group: Group, name: ClassName, as_word: bool) -> Phrase:
    """Return "5 ships", or "at least 5 ships" where the name covers another class that is there."""
    ids = scene.layout.ids(group)
    if scene.is_clear(group.class_name):
        return exact(group, ids, name, as_word)
    return at_least(group, ids, name, as_word, MANY_WORDS[0])


def indefinite(group: Group, ids: tuple[int, ...], name: ClassName) -> Phrase:
    """Return "a ship" for one object and "ships" for more, which claims no more than the words say."""
    if len(ids) == 1:
        return Phrase(name.with_article, quantity_claim(group, "at least", 1, ids), False)
    return Phrase(name.plural, quantity_claim(group, "at least", 2 if name.has_plural else 1, ids), True)


def bare(group: Group, ids: tuple[int, ...], name: ClassName) -> Phrase:
    """Return "ship", as in "A SAR image of ship": there is one or more."""
    return Phrase(name.singular, quantity_claim(group, "at least", 1, ids), False)


def listed(texts: Sequence[str]) -> str:
    """Return "a", "a and b" or "a, b and c"."""
    return f"{', '.join(texts[:-1])} and {texts[-1]}" if len(texts) > 1 else texts[0]


def texts_of(phrases: Sequence[Phrase]) -> str:
    """Return the phrases as a list in words."""
    return listed([phrase.text for phrase in phrases])


def verb_of(phrases: Sequence[Phrase]) -> str:
    """Return "is" or "are", as the list of phrases needs."""
    return "are" if len(phrases) > 1 or phrases[0].is_plural else "is"


def there_are(phrases: Sequence[Phrase]) -> str:
    """Return "there is" or "there are", by the first of the list: "there is a ship and two cars"."""
    return f"there {verb_of(phrases[:1])}"
