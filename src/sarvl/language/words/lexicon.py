"""Words: numbers, plurals, articles, synonyms of classes, and the nouns for images of each domain."""

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from sarvl.annotations import Wording

Domain = Literal["sar", "optical"]

NUMBER_WORDS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)

# Names that texts may use for a class beside its own. In plain wording they mean the same, no more: a count or a "no"
# of a wider name would say more than the source labels. Those of the published systems run one way: every car is a
# vehicle, but not every vehicle is a car.
# A name of several meanings, such as "tank", has none in either (``name_meaning.settled_name``).
SYNONYMS: dict[Wording, dict[str, tuple[str, ...]]] = {
    "plain": {
        "ship": ("vessel",),
        "vessel": ("ship",),
        "harbor": ("port",),
        "harbour": ("port",),
        "port": ("harbor",),
        "airplane": ("plane",),
        "plane": ("airplane",),
    },
    "published": {
        "ship": ("boat", "vessel", "marine craft"),
        "boat": ("vessel", "marine craft"),
        "vessel": ("marine craft",),
        "car": ("vehicle", "automobile"),
        "automobile": ("car", "vehicle"),
        "harbor": ("harbour", "port facility"),
        "harbour": ("harbor", "port facility"),
        "bridge": ("spanning structure",),
        "storage tank": ("tank",),
        "aircraft": ("airplane",),
        "airplane": ("aircraft",),
        "plane": ("airplane", "aircraft"),
    },
}

# What stands for more than it says as a class of ships, and has no plural of its own: "2 law enforces".
ELLIPSES: dict[str, str] = {
    "cargo": "cargo ship",
    "bulk cargo": "bulk cargo ship",
    "dry cargo": "dry cargo ship",
    "liquid cargo": "liquid cargo ship",
    "general cargo": "general cargo ship",
    "fishing": "fishing boat",
    "sailing": "sailing boat",
    "towing": "towing vessel",
    "dredging": "dredging vessel",
    "diving": "diving vessel",
    "passenger": "passenger ship",
    "pleasure": "pleasure craft",
    "law enforce": "law enforcement ship",
    "law enforcement": "law enforcement ship",
    "search and rescue": "search and rescue ship",
    "ore oil": "ore-oil ship",
    "wing in ground": "wing-in-ground craft",
    "wing in grnd": "wing-in-ground craft",
}

# Names that mean the same and that texts of others may use; ours do not: rare, or of another spelling.
ALSO_READ: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("ship", "vessel"), ("marine craft", "watercraft")),
    **dict.fromkeys(("harbor", "port"), ("harbour", "seaport")),
    "harbour": ("harbor", "seaport"),
    "car": ("automobile",),
    "automobile": ("car",),
    **dict.fromkeys(("airplane", "plane"), ("aeroplane",)),
}

TARGET = "target"  # what masks of chips call the labelled object
_EFFECTS = ("shadow", "wake", "layover")
OWNED_EFFECTS = ("shadow", "wake")  # those that begin at one object
NO_GROUND = ("background", "clutter", "other", "target", "unknown")  # land cover that is no kind of ground
# Kinds of ground that English counts: "some buildings", but "some water".
_COUNTED_GROUND = ("area", "building", "field", "house", "plant", "road", "shrub", "tree")

# What English does not count: ground, of which there are areas, and matter and gear, of which there are pieces.
_UNCOUNTED = (
    *(
        "clutter",
        "grass",
        "ice",
        "land",
        "layover",
        "sand",
        "snow",
        "soil",
        "vegetation",
        "water",
        "farmland",
        "cropland",
    ),
    *(
        "woodland",
        "scrubland",
        "agriculture",
        "aquaculture",
        "housing",
        "parking",
        "mud",
        "gravel",
        "rubble",
        "asphalt",
    ),
    *("concrete", "pavement", "greenery", "bareland", "rangeland", "shrubland", "wasteland", "foliage", "permafrost"),
)
_PIECES = (
    *(
        "equipment",
        "machinery",
        "artillery",
        "infrastructure",
        "wreckage",
        "debris",
        "luggage",
        "furniture",
        "scaffolding",
    ),
    *("hardware", "weaponry", "ammunition", "ordnance", "gear", "apparatus", "freight", "traffic", "waste", "garbage"),
    *("trash", "litter", "timber", "lumber", "driftwood", "seaweed", "foam", "plastic", "steel", "metal"),
)
_HEADS = ("cattle", "livestock", "poultry")
_ONE_FORM = ("fish", "people", "sheep")
_IRREGULAR_PLURALS = {"wharf": "wharves", "person": "people", "oasis": "oases"} | {
    name: name for name in _UNCOUNTED + _PIECES + _HEADS + _ONE_FORM
}
_IRREGULAR_SINGULARS = {"buses": "bus", "wharves": "wharf", "oases": "oasis", "people": "person"}
_SINGULAR_IN_S = ("atlas", "canvas", "lens", "series", "species")
_IS_LATIN = re.compile(r"[\W_]*[\dA-Za-z\u00c0-\u024f]")
_TAKES_AN_S = re.compile(r"[\dA-Za-z\u00c0-\u024f]$")  # no "s" behind Chinese, Cyrillic or Arabic
_LETTERS_SPOKEN_WITH_A_VOWEL = "AEFHILMNORSX"
# Abbreviations with a vowel are spoken as words (a SAM site), but for these, said letter by letter.
_SPELLED = re.compile(r"SUV|FPSO|LH[AD]|U[A-Z]{2}")
# Not by its first letter: an hour, but a unit, a utility pole, a one-way road.
_VOWEL = re.compile(r"(?i)(?:hour|(?!uni(?![dmn])|unidir|use|uti|eu|one)[aeiou])")


class ImageNoun(NamedTuple):
    """A noun for the image, bare and with its indefinite article."""

    bare: str
    with_article: str


class DomainNouns(NamedTuple):
    """How the images of one domain are named. No noun names a platform: a source does not say whether it flew."""

    images: tuple[ImageNoun, ...]
    imagery: tuple[str, ...]
    sensor: str


# What is named twice is drawn twice as often.
_SAR_IMAGE = ImageNoun("SAR image", "a SAR image")
_OPTICAL_IMAGE = ImageNoun("optical image", "an optical image")
_PLAIN_NOUNS: dict[Domain, DomainNouns] = {
    "sar": DomainNouns(
        images=(
            *(_SAR_IMAGE, _SAR_IMAGE, _SAR_IMAGE),
            ImageNoun("radar image", "a radar image"),
            ImageNoun("synthetic aperture radar image", "a synthetic aperture radar image"),
        ),
        imagery=("SAR imagery", "SAR imagery", "radar imagery"),
        sensor="a SAR sensor",
    ),
    "optical": DomainNouns(
        images=(
            *(_OPTICAL_IMAGE, _OPTICAL_IMAGE),
            ImageNoun("remote sensing image", "a remote sensing image"),
            ImageNoun("optical remote sensing image", "an optical remote sensing image"),
        ),
        imagery=("optical imagery", "remote sensing imagery"),
        sensor="an optical sensor",
    ),
}
_PUBLISHED_NOUNS: dict[Domain, DomainNouns] = {
    "sar": DomainNouns(
        images=(
            ImageNoun("SAR image", "a SAR image"),
            ImageNoun("radar image", "a radar image"),
            ImageNoun("synthetic aperture radar image", "a synthetic aperture radar image"),
            ImageNoun("SAR view", "a SAR view"),
            ImageNoun("SAR scene", "a SAR scene"),
            ImageNoun("radar remote sensing image", "a radar remote sensing image"),
        ),
        imagery=("SAR imagery", "radar imagery"),
        sensor="a SAR sensor",
    ),
    "optical": DomainNouns(
        images=(
            ImageNoun("optical image", "an optical image"),
            ImageNoun("remote sensing image", "a remote sensing image"),
            ImageNoun("optical remote sensing image", "an optical remote sensing image"),
            ImageNoun("optical view", "an optical view"),
            ImageNoun("optical scene", "an optical scene"),
        ),
        imagery=("optical imagery", "remote sensing imagery"),
        sensor="an optical sensor",
    ),
}


NOUNS: dict[Wording, dict[Domain, DomainNouns]] = {"plain": _PLAIN_NOUNS, "published": _PUBLISHED_NOUNS}


def number_text(number: int, as_word: bool) -> str:
    """Return the number as a word, where wanted and known (0 to 20), or in digits."""
    return NUMBER_WORDS[number] if as_word and number < len(NUMBER_WORDS) else str(number)


def plural_of(name: str) -> str:
    """Return the plural of a class name; a name that is a plural already (``urban areas``) or has none stays.

    In "ship of another type" the ship is what is counted: "ships of another type".
    """
    if name.startswith("head of "):
        return name
    head, *rest = re.split(r"( (?:of|with|in|at|on|under) | w/| ?\()", name, maxsplit=1)
    return "".join((_plural_of_noun(head), *rest))


def singular_of(name: str) -> str:
    """Return what one object is called whose class may be a plural: "ship" of "ships", "person" of "people".

    Only for names that end in lower case: a "C-130 Hercules" is one. What has no number is told by the area, the piece
    or the head: "water area", "piece of equipment", "head of cattle".
    """
    last = re.split("[ _]", name)[-1]
    stem = name[: len(name) - len(last)]
    if is_uncounted(name):
        low = last.lower()
        return f"{name} area" if low in _UNCOUNTED else f"{'head' if low in _HEADS else 'piece'} of {name}"
    if last in _IRREGULAR_SINGULARS:
        return stem + _IRREGULAR_SINGULARS[last]
    has_plural = plural_of(name) != name or last in _SINGULAR_IN_S
    if has_plural or len(last) < 4 or not (last.islower() and last.endswith("s")):
        return name
    if last.endswith("ies"):
        return name[:-3] + "y"
    return name[:-2] if re.search(r"(ss|x|ch|sh)es$", last) else name[:-1]


def is_plural(name: str) -> bool:
    """Tell whether the name of a class is a plural, such as "urban areas"."""
    return not is_uncounted(name) and singular_of(name) != name


def is_uncounted(name: str) -> bool:
    """Tell whether English has no number for what the name means, by its last word: water, equipment, cattle."""
    return re.split("[ _]", name.split(" of ", maxsplit=1)[0])[-1].lower() in _UNCOUNTED + _PIECES + _HEADS


def is_bare(name: str) -> bool:
    """Tell whether a name stands without "a": a plural, what is not counted, and a name in another script."""
    return is_plural(name) or is_uncounted(name) or not _IS_LATIN.match(name)


def _plural_of_noun(name: str) -> str:
    *_, last = name.split(" ")
    stem = name[: len(name) - len(last)]
    low = last.lower()
    if low in _IRREGULAR_PLURALS or not _TAKES_AN_S.search(last):
        return stem + _IRREGULAR_PLURALS.get(low, last)
    if low.endswith(("craft", "series")) or (low.endswith("s") and not low.endswith(("ss", "us", "is"))):
        return name
    if re.search(r"(s|x|z|ch|sh)$", low):
        return name + "es"
    if re.search(r"[^aeiou\d\W]y$", low):
        return name[:-1] + "ies"
    if low.endswith("man"):
        return name[:-2] + "en"
    return name + "s"


def with_article(name: str) -> str:
    """Return the name with ``a`` or ``an``, by how it is spoken: an A220, a T72, an M1, an aircraft, a unit."""
    word = re.split(r"[\s-]", name, maxsplit=1)[0]
    if word[:1].isdigit():
        vowel = word.startswith("8") or bool(re.match(r"(11|18)(?!\d)", word))
    elif re.match(r"[A-Z]+\d|[A-Z]$|[B-DF-HJ-NP-TV-Z]+$", word) or _SPELLED.fullmatch(word):
        vowel = word[0] in _LETTERS_SPOKEN_WITH_A_VOWEL
    else:
        vowel = bool(_VOWEL.match(word))
    return f"{'an' if vowel else 'a'} {name}"


@lru_cache(maxsize=4096)
def effect_of(class_name: str) -> str | None:
    """Return which effect of radar imaging a class is, by its last word: shadow, wake or layover; else None."""
    last = re.split(r"[\s_-]", class_name.strip().lower())[-1]
    return last if last in _EFFECTS else None


def ground_text(singular: str, plural: str) -> str:
    """Return the name of a class of land cover as a sentence about shares has it: "water", but "buildings"."""
    return plural if singular.lower().split(" ")[-1] in _COUNTED_GROUND else singular
