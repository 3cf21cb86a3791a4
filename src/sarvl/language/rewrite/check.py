"""The machine check of a rewritten caption, whoever wrote it: same numbers, nothing new, nothing optical."""

from functools import lru_cache
from typing import NamedTuple

from sarvl.language.rewrite.numbers import numbers_in
from sarvl.language.rewrite.spelling import mend_spelling
from sarvl.language.rewrite.stems import stem_of
from sarvl.language.rewrite.word_classes import PREPOSITIONS, VERBS
from sarvl.language.words.lint import brightness_words, optical_words
from sarvl.language.words.optical_lexicon import PLANTS_NAMED_BY_COLOUR
from sarvl.language.words.tokens import APOSTROPHES, HYPHENS, matches_of
from sarvl.language.words.word_set import word_set

LEAST_WORDS = 3
MOST_NEW_WORDS = 10  # room for "This SAR image shows" and the words of grammar
LEAST_KEPT = 0.5  # share of the original's content words, optical ones not counted

_NEGATIONS = word_set("no not none never nothing nobody without neither nor cannot")
_GRAMMAR = word_set(
    """
    a an the of in on at by with to from for and or as is are was were be been being it its this that these those
    which who whose they their them there here has have had having do does did can
    """
)
# What may be said of any SAR image. No quantity, place, relation or brightness: each of these would be a claim.
_NEUTRAL = word_set(
    """
    sar radar synthetic aperture image images imagery scene view show shows showing shown contain contains
    containing include includes including visible see seen depict depicts depicting
    """
)
_TALK_OF_IMAGES = _NEUTRAL | word_set("picture pictures satellite aerial overhead remote sensing")
_VEGETATION = ("vegetation", "vegetated")  # where the original says "green area"
_JOINTS = frozenset(("and", "or", ","))


class _Words(NamedTuple):
    """The words and signs of a text in lower case, without the optical ones."""

    words: list[str]
    gaps: frozenset[int]  # places in ``words`` that an optical word stood before
    optical: tuple[str, ...]


class _Quantity(NamedTuple):
    """A number and the stems of the words that it stands before."""

    value: float
    stems: frozenset[str]


def check_rewrite(original: str, rewritten: str) -> list[str]:
    """Return what is wrong with ``rewritten`` as a SAR caption made from ``original``, one line a problem.

    It must hold no optical word and no word of brightness or shadow; the same numbers, each before words that it stood
    before; the same negations; no content word whose stem the original lacks; half of the original's content words or
    more; three words or more, and at most ten more than the original. Beyond their numbers, words are not tied to each
    other: "ships above tanks" and "tanks above ships" pass for one another.
    """
    before, after = _words(original), _words(rewritten)
    problems = [
        f"{item.word!r} is optical: {item.why}" for item in optical_words(rewritten) + brightness_words(rewritten)
    ]
    problems += _number_problems(_quantities(before, is_wide=True), _quantities(after, is_wide=False))
    negations = [sorted(filter(None, map(_negation, text.words))) for text in (before, after)]
    if negations[0] != negations[1]:
        problems.append(f"negations {negations[0]} became {negations[1]}")
    problems += [f"{word!r} is not in the original" for word in _new_words(before, after)]
    return problems + _length_problems(before, after)


def _words(text: str) -> _Words:
    optical = optical_words(text) + brightness_words(text)
    words: list[str] = []
    gaps = set()
    for match in matches_of(text, APOSTROPHES, parts_numbers=True):
        if any(item.start <= match.start() < item.start + len(item.word) for item in optical):
            gaps.add(len(words))
        elif match[0] not in HYPHENS:  # twenty-one, two-way
            words.append(match[0].lower())
    return _Words(mend_spelling(words), frozenset(gaps), tuple(item.word.lower() for item in optical))


def _new_words(before: _Words, after: _Words) -> list[str]:
    allowed = _stems(before.words) | {stem_of(word) for word in _NEUTRAL}
    for word in before.optical:
        plants = PLANTS_NAMED_BY_COLOUR.get(word, "").split() + list(_VEGETATION if word == "green" else ())
        allowed |= {stem_of(plant) for plant in plants}
    return [word for word in dict.fromkeys(after.words) if _is_content(word) and stem_of(word) not in allowed]


def _quantities(text: _Words, is_wide: bool) -> list[_Quantity]:
    """Return the numbers, each with the words behind it: as many as may belong to it where ``is_wide``, else as few."""
    quantities = []
    for number in numbers_in(text.words):
        stems: set[str] = set()
        place = number.end + (text.words[number.end : number.end + 1] == ["of"])  # a pair of ships
        for index, word in enumerate(text.words[place:], start=place):
            # "two white, red ships" without its colours: the comma parts nothing.
            if is_wide and word in _JOINTS and {index, index + 1} & text.gaps:
                continue
            if not _is_content(word) or word in PREPOSITIONS or (not is_wide and stems and _may_end_a_noun(word)):
                break
            if word not in _NEUTRAL and word not in _VEGETATION:
                stems.add(stem_of(word))
        quantities.append(_Quantity(number.value, frozenset(stems)))
    return quantities


def _may_end_a_noun(word: str) -> bool:
    """Tell whether ``word``, behind a noun, may be no part of it: "two ships lie", "two ships moored"."""
    return word in VERBS or word.endswith(("ed", "ing"))


def _number_problems(before: list[_Quantity], after: list[_Quantity]) -> list[str]:
    values = [sorted(quantity.value for quantity in quantities) for quantities in (before, after)]
    if values[0] != values[1]:
        first, second = (", ".join(f"{value:g}" for value in side) or "none" for side in values)
        return [f"the numbers differ: {first} became {second}"]
    problems, left = [], list(before)
    for quantity in after:
        same = next((other for other in left if other.value == quantity.value and other.stems >= quantity.stems), None)
        if same is None:
            problems.append(f"{quantity.value:g} stands before other words than in the original")
        else:
            left.remove(same)
    return problems


def _length_problems(before: _Words, after: _Words) -> list[str]:
    image = {stem_of(word) for word in _TALK_OF_IMAGES}
    content, kept = _stems(before.words) - image, _stems(after.words) - image
    longest = _length(before) + len(before.optical) + MOST_NEW_WORDS
    length = _length(after)
    problems = []
    if not kept:
        problems.append("nothing of the ground is named")
    if length < LEAST_WORDS:
        problems.append(f"only {length} words are left")
    elif len(content & kept) < LEAST_KEPT * len(content):
        problems.append(f"only {len(content & kept)} of {len(content)} content words are kept")
    if length > longest:
        problems.append(f"{length} words are too many; {longest} are allowed")
    return problems


def _length(text: _Words) -> int:
    return sum(word[0].isalnum() for word in text.words)


def _negation(word: str) -> str | None:
    if word in _NEGATIONS:
        return word
    return "not" if word.endswith(("n't", "n’t")) else None


@lru_cache(maxsize=2**16)
def _is_content(word: str) -> bool:
    return word[0].isalnum() and word not in _GRAMMAR and not _negation(word) and not numbers_in([word])


def _stems(words: list[str]) -> set[str]:
    return {stem_of(word) for word in words if _is_content(word)}
