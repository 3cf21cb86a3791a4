"""What only an optical image shows: the words that no SAR caption may hold, with the reason for each, and no code.

A radar measures backscatter. It sees no colour, no sunlight and no weather, and it is no photograph. Each set is
written in full, inflections too, so that it can be read and argued with. All words are in lower case. Words of several
meanings stand under ``FALSE_FRIENDS`` or ``IN_CONTEXT``, as regular expressions over the lower-case text.
"""

from sarvl.language.words.word_set import word_set

COLOUR = "a radar sees no colour"
LIGHT = "a radar does not see by sunlight"
WEATHER = "a radar sees through clouds, mist and smoke"
WATER = "the clearness and the shine of water are not seen by radar"
FOLIAGE = "the season and the hue of leaves are not seen by radar"
SENSOR = "a SAR image is not made by an optical sensor"

# Every colour takes the endings of COLOUR_ENDINGS, joined or with a hyphen: greenish, blue-roofed, yellow-coloured.
# Left out: navy (a fleet), copper and bronze (metals), rose, lavender and lime (plants), salmon (fish), slate (rock).
COLOURS = word_set(
    """
    red green blue yellow orange purple pink brown black white gray grey cyan magenta violet indigo turquoise teal
    aqua aquamarine ultramarine azure cerulean crimson scarlet maroon beige khaki tan ivory ecru cream ochre amber
    gold golden silver silvery blond blonde glaucous russet russy cinnabar vermilion fuchsia lilac mauve charcoal
    burgundy tawny taupe sepia
    colour color
    """
)
COLOUR_VOWEL_ENDINGS = ("er", "est", "ish", "y", "ed", "ing")  # these also take the place of a last "e": whitish
COLOUR_ENDINGS = (*COLOUR_VOWEL_ENDINGS, "", "s", "coloured", "colored", "roof", "roofs", "roofed")
# What the endings do not give: doubled letters, talk of colours, paint (a coat of colour).
MORE_COLOUR_WORDS = word_set(
    """
    reddish redder reddest reddened whiten whitened whitening whiteness blacken blackened blackness greenness
    yellowness redness greyness tanned brownness colourful colorful colourless colorless
    colourfully colorfully colouration coloration multicoloured multicolored multicolour multicolor multicolours
    multicolors tricolour tricolor bicolour bicolor discoloured discolored hue hues hued tint tints tinted tinge
    tinged variegated motley iridescent rainbow rainbows paint paints painted painting paintings repainted rust
    rusty rusted
    """
)
# Slips seen in RSICD; each of them is no other word.
MISSPELT_COLOURS = word_set("grren gree greee bule whie coulour couloured")

# Nouns for plants made of a colour, and what to call them instead.
PLANTS_NAMED_BY_COLOUR = {
    "greenery": "vegetation",
    "greening": "vegetation",
    "greenings": "vegetation",
    "greenbelt": "vegetation belt",
    "greenbelts": "vegetation belts",
    "greenspace": "vegetated space",
    "greenspaces": "vegetated spaces",
    "greenland": "vegetated land",
    "greenlands": "vegetated lands",
}

# Names that hold a colour, as they are written. Whatever else is capitalised is no name: "a Yellow Road". Left out are
# names that any such thing may be called by as well, such as Green Lake or White Rock.
NAMES_WITH_COLOURS = (
    *("Black Sea", "Red Sea", "White Sea", "Yellow Sea", "Blue Nile", "White Nile", "Orange River", "Red River"),
    *("Yellow River", "Golden Horn", "Greenland", "Black Forest", "Black Hills", "Blue Mountains", "Blue Ridge"),
    *("White Mountains", "Green Mountains", "White Sands", "Black Rock Desert", "Gold Coast", "Ivory Coast"),
    *("Golden Triangle", "Golden Gate", "Orange County", "Green Bay", "Silver Spring", "White Plains", "Red Deer"),
    *("White House", "Red Square", "Red Fort", "Golden Temple", "Blue Mosque", "Brown University"),
)
# What a name may stand behind. "a", "two" or "wide" before it tells that it is none.
BEFORE_NAMES = word_set(
    """
    the of in at on to from near by past along across over into onto and or but with for around between through beside
    toward towards behind beyond off under above below is are was were like than as while where which that
    cross crosses crossed reach reaches leave leaves enter enters pass passes show shows cover covers surround surrounds
    """
)

LIGHT_WORDS = word_set(
    """
    sun suns sunny sunlight sunlit sunshine sunbeam sunbeams sunset sunsets sunrise sunrises sunup sundown daylight
    daytime nighttime moonlight moonlit twilight dusk shine shines shining shone shiny gleam gleams gleaming glint
    glints glinting glitter glitters glittering glisten glistens glistening glow glows glowing shimmer shimmers
    shimmering sparkle sparkles sparkled sparkling dazzle dazzling
    """
)
WEATHER_WORDS = word_set(
    """
    cloud clouds cloudy cloudless clouded overcast sky skies fog fogs foggy mist mists misty haze hazy smog smoggy
    smoke smokes smoky rain rainy raining sandstorm sandstorms
    """
)
WATER_WORDS = word_set("transparent translucent limpid turbid muddy murky crystal crystalline emerald sapphire jade")
FOLIAGE_WORDS = word_set("verdant withered withering wilted autumn autumnal summer summery winter wintry springtime")
SENSOR_WORDS = word_set(
    """
    photo photos photograph photographs photographed photographic photography photographer optical optically optics
    camera cameras rgb panchromatic multispectral hyperspectral infrared landsat quickbird snapshot snapshots
    """
)

# Words that count as optical only where they stand so.
IN_CONTEXT: dict[str, str] = {
    r"\bclear\b(?= (?:(?!(?:of|in|on|by|near|the|an?|and|with|areas?|spaces?)\b)[\w-]+ ){0,2}"
    r"(?:waters?|seas?|oceans?|rivers?|lakes?|ponds?|pools?|streams?|creeks?|bays?|sky|skies)\b)": WATER,
    r"(?<=\bwater )(?:is|are|looks?) (?:\w+ )?clear\b": WATER,
    r"\bin (?:the )?(?:spring|fall)\b(?! of)": FOLIAGE,
    r"\bdusty air\b": WEATHER,
    r"\bvisible light\b": SENSOR,
    r"\bgoogle ?earth\b": SENSOR,
    r"\bsentinel[- ]?2\b": SENSOR,
}

# Where the words above mean something that a radar can see, or a thing and not its colour.
FALSE_FRIENDS: tuple[str, ...] = (
    r"\b(?:gray|grey)[- ]?(?:levels?|scales?|values?|tones?)\b",  # the levels of a display, SAR's too
    r"\bwhite noise\b",
    r"\borange (?:groves?|orchards?|plantations?)\b",  # the fruit; "orange trees" may be autumn leaves, and counts
    r"\bgold (?:mines?|mining|courses?)\b",  # "gold course" is a slip for "golf course"
    r"\b(?:golf|putting) greens?\b",
    r"\bmarooned\b",
    r"\bpoint clouds?\b",
    r"\bsmoke ?stacks?\b",
    r"\bsun (?:umbrellas?|loungers?|decks?|shades?|beds?)\b",  # furniture
    r"\bwinter (?:wheat|barley|rye|rape|rapeseed|crops?)\b",  # crops
    r"\bsummer (?:houses?|camps?|resorts?|palaces?)\b",
    r"\bice creams?\b",
)

# Legal in a SAR caption, where they speak of backscatter and of the radar's own shadow. In the caption of an optical
# image they speak of sunlight and paint, so they cannot be taken over from there.
BRIGHTNESS_WORDS = word_set(
    """
    bright brighter brightest brightly brightness dark darker darkest darkly darkness darkened dim pale paler palest
    vivid vividly dull shadow shadows shadowed shadowy shade shades shaded shading shady reflection reflections
    reflected reflective contrast contrasting backscatter
    """
)
# "light" is a lamp, a small weight, or pale: pale only where none of these stands beside it.
PALE_LIGHT = r"(?<!traffic )(?<!street )\blight\b(?! (?:poles?|posts?|towers?|rails?|railway|industr\w+|aircraft)\b)"
