"""Word classes: one letter a word, so that the rules of ``rules.py`` are patterns over a string of letters.

Only what the rules ask for is told apart. What is in no list is taken for a noun, or for a participle where it ends so.
"""

from bisect import bisect_right
from itertools import accumulate

from sarvl.language.words.lint import brightness_words, optical_words

STILL_OPTICAL = "ACLX"
_OPTICAL_ADJECTIVE = "A"
_OPTICAL_NOUNS = {
    "C": "color colors colour colours coulour hue hues tint tints paint paints",  # of colour
    "L": "sun sunlight sunshine spring fall",  # what "in the ..." stands before
    "X": """
        sunset sunsets sunrise sunrises daylight moonlight twilight dusk suns sunbeam sunbeams shine shines shone
        gleam gleams glint glints glitter glitters glisten glistens glow glows shimmer shimmers sparkle sparkles
        sparkled dazzle cloud clouds sky skies fog fogs mist mists haze smog smoke smokes rain sandstorm sandstorms
        air rainbow rainbows rust painting paintings whiteness blackness greenness yellowness redness greyness
        brownness colouration coloration tinge autumn summer winter springtime photographed photography photographer
        optics camera cameras shadow shadows shadowed shade shades shading reflection reflections reflected
        reflective contrast contrasting brightness brightly darkness darkly vividly backscatter
        """,  # what no rule can take out
}
_CLASSES = {
    "s": """
        moss spring bottle mint olive navy wine brick rose milk army royal sap deep apple lemon snow jet blood ink pea
        salmon peach cherry cream pearl charcoal steel ash canary mustard coral plum tomato jade emerald neon
        """,  # shades of a colour
    "r": "very mostly almost quite rather so slightly partly mainly really too relatively totally extremely",
    "a": "a an the",
    "q": """
        this that these those many some several few numerous each every its their his her our no one
        two three four five six seven eight nine ten eleven twelve lots plenty number any most more another all
        """,
    "d": "different differents differnet same similar other various",
    "z": "kind kinds size sizes shape shapes style styles type types sort sorts variety direction directions",
    "g": "area areas part parts region regions zone zones thing things object objects",  # say nothing by themselves
    "m": "piece pieces patch patches stretch expanse mass masses world full lot",
    "i": "in with by",
    "o": "of",
    "u": "under",
    "n": "shed bed seabed riverbed reed seed weed",  # no participles
    "p": """
        at to from into near beside besides between around over above below along inside outside behind across
        through for next among against after before about like as than on onto upon towards toward within without
        off down up alongside nearby aside there here together amid amidst
        """,
    "+": "and or but",
    "b": "is are was were be been being looks look seems seem appears appear becomes become",
    "v": """
        has have had can could will contains contain includes include shows show lies lie sits sit stands stand
        locates locate runs run passes pass winds stretches stretch spans span flows flow crosses connects makes
        make consists consist grows grow surrounds surround covers goes takes forms separates divides see what then
        if we it they he she you not also occupies occupy
        """,
    "e": "both either neither half halves quarter quarters",
    "D": "day days weather",
    "w": "which that who",
    "c": "while whereas where when because since",
    "R": "roof roofs rooftop rooftops",
    "Q": "wall walls facade facades window windows",
    "F": "roofed",
    "H": """
        house houses building buildings villa villas church churches factory factories school schools stadium stadiums
        hotel hotels warehouse warehouses workshop workshops hangar hangars terminal terminals cottage cottages
        bungalow bungalows apartment apartments edifice edifices palace palaces temple temples mosque mosques barn
        barns cabin cabins hut huts
        """,
    "W": "river rivers lake lakes pond ponds pool pools sea seas ocean oceans stream streams creek creeks canal canals",
    "E": "water waters",
    "T": "tree trees bush bushes shrub shrubs plant plants",
    "K": "leaf leaves foliage",
    "t": "built made",  # and whatever ends in "ed"
    "1": "ones",
    "P": "painted coloured colored dyed couloured",
    "j": """
        large small big huge tiny great little tall short high low long wide broad narrow old new modern beautiful
        pretty nice lovely flat straight curved winding round oval rectangular triangular irregular regular dense
        sparse lush bare bald dry wet open empty neat tidy orderly quiet peaceful calm thick thin spectacular
        magnificent rough smooth busy bustling vast spacious good fine shallow strong simple clean dirty crowded
        messy barren desolate endless unique strange special prosperous luxuriant exuberant flourishing complete
        parallel residential industrial commercial fan-shaped circular striped corrugated rugged twisted uneven
        bleak attractive exquisite
        """,
}
_CLASS_OF = {word: letter for letter, words in _CLASSES.items() for word in words.split()}
VERBS = frozenset(_CLASSES["v"].split())
PREPOSITIONS = frozenset(f"{_CLASSES['p']} {_CLASSES['u']}".split())
_CLASS_OF_OPTICAL = {word: letter for letter, words in _OPTICAL_NOUNS.items() for word in words.split()}


def classes_of(words: list[str]) -> str:
    """Return one letter a word; ``words`` are a sentence in its words and signs."""
    text = " ".join(words)
    letters = [_class_of(word.lower()) for word in words]
    starts = list(accumulate((len(word) + 1 for word in words), initial=0))
    for item in optical_words(text) + brightness_words(text):
        # A phrase such as "is very clear" is marked on its last word.
        index = bisect_right(starts, item.start + item.word.rfind(" ") + 1) - 1
        letters[index] = _class_of_optical(words[index].lower())
    return "".join(letters)


def _class_of(word: str) -> str:
    if not word[0].isalnum():
        return "." if word in ".!?" else ","
    if word in _CLASS_OF:
        return _CLASS_OF[word]
    if word[0].isdigit():
        return "q"
    return "t" if word.endswith("ed") else "n"


def _class_of_optical(word: str) -> str:
    return "P" if _CLASS_OF.get(word) == "P" else _CLASS_OF_OPTICAL.get(word, _OPTICAL_ADJECTIVE)
