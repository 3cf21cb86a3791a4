"""The words that a question is read by, other than names of classes and the words of captions (``grammar.py``).

A question is read as the sequence of the kinds of its words, its sketch: "How many ships are visible in the upper
left?" is "how_many class cell". ``PATTERNS`` says which sketches ask what. A word that has no kind, or a kind that
stands where no pattern has it, is refused. Verbs count only where no question word does: "is there" asks for yes or no.
"""

import re

from sarvl.language.geometry.layout import GRID_CELLS
from sarvl.language.questions.layout_words import ARRANGEMENT_WORDS, DIRECTION_WORDS, SHAPE_WORDS, SIDES, SIZE_WORDS

QUIET = "quiet"
_PHRASES_BY_KIND: dict[str, tuple[str, ...]] = {
    "verb": ("is", "are", "does", "do", "can"),
    "what": ("what", "which", "name"),
    "how_many": ("how many", "number of", "count"),
    "sum": ("total number of",),
    "total": ("in total", "altogether"),
    "where": ("where", "which part", "which side"),
    "how": ("how",),
    "how_large": ("how large", "how big", "what size", "what is the size of"),
    "give": ("give", "state"),
    "describe": ("describe", "describes"),
    "sentence": ("one sentence", "a single sentence"),
    "most": ("most", "most of"),
    "only": ("only",),
    "all": ("all",),
    "more": ("more",),
    "fewer": ("fewer",),
    "than": ("than",),
    "main": ("main object", "main category", "main one"),
    "category": ("category", "categories", "kind of object", "kinds of object", "kinds of objects"),
    "object": ("object",),
    "belongs": ("belong", "belongs"),
    "other": ("other",),
    "apart": ("apart from", "besides", "other than", "except for"),
    "bounds": ("box", "boxes", "bounding box", "bounding boxes"),
    "shape": ("shape",),
    "direction": ("direction",),
    "line": ("line",),
    "arranged": ("arranged", "arrangement"),
    "nearest": ("nearest", "closest"),
    "land_cover": ("land cover", "kind of land cover", "kinds of land cover"),
    "dominant": ("dominates", "dominant", "at least half"),
    "percent": ("at least one percent", "at least 1 percent"),
    "shape_word": SHAPE_WORDS,
    "size_word": SIZE_WORDS,
    "direction_word": DIRECTION_WORDS,
    "arrangement_word": ARRANGEMENT_WORDS,
    "side": SIDES,
    QUIET: (
        *("any", "exist", "exists", "be", "lie", "lies", "extend", "extends", "run", "runs", "takes up", "take up"),
        *("relative to", "content", "write", "answer", "its", "their", "topmost first"),
        *("[ x , y , width , height ]", "?", ",", ":", ".", "or", "and", "a", "an", "the", "it", "some"),
    ),
}
PHRASES = {phrase: kind for kind, phrases in _PHRASES_BY_KIND.items() for phrase in phrases}
# Kinds of the words of captions that a question may hold as well.
CAPTION_KINDS = {"quiet": QUIET, "article": QUIET, "place": "cell", "domain": "domain"}
QUESTION_WORDS = frozenset(("what", "how_many", "sum", "where", "how", "how_large", "give", "describe"))
CELLS = frozenset(GRID_CELLS)

_SKETCHES: dict[str, str] = {
    "description": "describe sentence|what sentence|sentence describe",
    "exists": "verb class",
    "exists_on_side": "verb (class side|side class)",
    "exists_in_cell": "verb (class cell|cell class)",
    "other_categories": "verb (other )?category apart class|apart class verb other category",
    "main_object": "what (category )?main",
    "categories": "what (all )?category",
    "label": "what category belongs",
    "count": "(what )?how_many class",
    "count_in_cell": "(what )?how_many class cell",
    "count_total": "(what )?how_many class( class)+ total|(what )?sum class( class)+",
    "position_of_most": "where most class",
    "position_of_one": "where (only )?class",
    "region": "what (category )?(object )?(bounds )?region( belongs)?",
    "box_of_one": "give bounds only class|where only class bounds",
    "boxes_of_all": "give bounds all class|where all class bounds",
    "shape": "what shape bounds only class( shape_word){3}",
    "size": "how_large only class( size_word){5}",
    "orientation": "what direction (only class|class region)( direction_word){3}",
    "alignment": "what direction line only class only class( direction_word){3}",
    "dominant_land_cover": "what (land_cover dominant|dominant land_cover)",
    "land_cover": "what (all )?land_cover percent",
    "arrangement": "(how class arranged|what arranged class)( arrangement_word){3}",
    "comparison": "verb (more|fewer) class than class",
    "nearest": "what category (object )?nearest only class( belongs)?",
}
PATTERNS = {family: re.compile(sketch) for family, sketch in _SKETCHES.items()}
