"""The words that questions are read by, other than names of classes and the words of captions (``grammar.py``).

A question is read as the sequence of the kinds of its words, its sketch: "How many ships are visible in the upper
left?" is "how_many class cell". ``QuestionKind.sketch`` says which sketches ask what. A word that has no kind, or a
kind that stands where no sketch has it, is refused. Verbs count only where no question word does: "is there" asks for
yes or no. Words that the questions of one kind alone have stand in its file.
"""

from functools import lru_cache

from sarvl.errors import LanguageError
from sarvl.language.questions.layout_words import DIRECTION_WORDS, SIDES
from sarvl.language.questions.question_kind import kinds_in_order

QUIET = "quiet"
_SHARED: dict[str, tuple[str, ...]] = {
    "verb": ("is", "are", "does", "do", "can"),
    "what": ("what", "which", "name"),
    "how_many": ("how many", "number of", "count"),
    "sum": ("total number of",),
    "where": ("where", "which part", "which side"),
    "how": ("how",),
    "how_large": ("how large", "how big", "what size", "what is the size of"),
    "give": ("give", "state"),
    "describe": ("describe", "describes"),
    "only": ("only",),
    "all": ("all",),
    "category": ("category", "categories", "kind of object", "kinds of object", "kinds of objects"),
    "object": ("object",),
    "belongs": ("belong", "belongs"),
    "bounds": ("box", "boxes", "bounding box", "bounding boxes"),
    "direction": ("direction",),
    "land_cover": ("land cover", "kind of land cover", "kinds of land cover"),
    "direction_word": DIRECTION_WORDS,
    "side": SIDES,
    QUIET: (
        *(
            "any",
            "exist",
            "exists",
            "be",
            "lie",
            "lies",
            "extend",
            "extends",
            "run",
            "runs",
            "takes up",
            "take up",
            "on",
            "to",
        ),
        *("relative to", "content", "write", "answer", "its", "their", "topmost first"),
        *("[ x , y , width , height ]", "?", ",", ":", ".", "or", "and", "a", "an", "the", "it", "some"),
    ),
}
QUESTION_WORDS = frozenset(("what", "how_many", "sum", "where", "how", "how_large", "give", "describe"))


@lru_cache(maxsize=1)
def kinds_of_phrases() -> dict[str, str]:
    """Return the kind of word of every phrase; LanguageError where two kinds of questions read one in two ways."""
    by_phrase = {phrase: kind for kind, phrases in _SHARED.items() for phrase in phrases}
    for name, question in kinds_in_order().items():
        for kind, phrase in ((kind, phrase) for kind, phrases in question.words.items() for phrase in phrases):
            if by_phrase.setdefault(phrase, kind) != kind:
                raise LanguageError(f"question kind {name}: {phrase!r} is {by_phrase[phrase]!r} already, not {kind!r}")
    return by_phrase


@lru_cache(maxsize=1)
def most_words() -> int:
    """Return the number of words of the longest phrase."""
    return max(len(phrase.split(" ")) for phrase in kinds_of_phrases())
