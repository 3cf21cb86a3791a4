"""Word order: which words may stand behind which, by the role that each has in a sentence.

This is what makes the reader a closed one. Words that say nothing by themselves ("in", "of", "with", "contains") are
read only where English would have them say nothing: "in" before a place or the image, "contains" behind the image and
not behind a ship. Wherever two words stand together that are not in this table, the text is not understood there.

Articles have no role: they are passed over. A new word takes the role of one that is used alike.
"""

OBJECTS = "class number bound none sensor share both only another"  # what the words for some objects can begin with

_FOLLOWERS = {
    # before the first word, and between the parts of a list
    "start": f"{OBJECTS} more number_of picture in outside place there this it state total picture_claim shows end",
    "joint": f"{OBJECTS} more number_of picture in there this it its with shows joint total picture_claim",
    "colon": OBJECTS,
    "total": f"{OBJECTS} joint colon end verb in there",
    # the image
    "picture": "of with shows but that which in_which acquired in verb joint colon share free none end",
    "in_picture": (
        f"{OBJECTS} more amounts_to acquired verb shows there joint colon state share picture_claim total end"
    ),
    "sensor": "sensor picture instrument class",
    "instrument": "in joint end",
    "acquired": "by in joint end",
    "by": "sensor instrument",
    "of": OBJECTS,
    "with": f"{OBJECTS} its picture_claim",
    "shows": f"{OBJECTS} more picture_claim",
    "that": "shows verb",
    "in_which": f"{OBJECTS} more there in picture_claim",
    "this": "picture sensor verb",
    "it": "verb shows but",
    # verbs, by what they are said of
    "there": "verb but state",
    "there_is": f"{OBJECTS} more total picture_claim",
    "picture_is": "picture sensor share free",
    "is": "state sited in outside relation side lie lying size absent both outnumber",
    "state": f"{OBJECTS} more verb in sited relation outside colon joint total too end",
    "sited": "in outside relation side",
    # places
    "in": "place which this sensor picture",
    "centred": "place",
    "outside": "place",
    "fronted": f"{OBJECTS} more of corner verb shows there state joint colon",
    "place": "of corner verb that which state sited relation lie lying size colon joint total too end",
    # objects
    "class": (
        "joint none verb in outside with that which acquired state sited relation side lie lying size than outnumber "
        "absent amounts_to count_noun colon total too end"
    ),
    "number": "class sensor of of_them verb in sited lie lying or_more",
    "part_of": "class number",
    "or_more": "class sensor",
    "bound": "number",
    "none": "class sensor",
    "only": "class number",
    "another": "class verb in",
    "share": "of class sensor",
    "both": "class number bound sensor state absent end joint",
    "free": "class",
    "of_them": "verb sited lie lying in",
    # what is said of objects
    "relation": "class number bound sensor",
    "its": "class sensor",
    "side": "verb state in joint end",
    "lie": "lying in outside relation",
    "lying": "verb state in outside joint end",
    "size": "verb state in outside joint end",
    "absent": "in too joint end",
    "too": "in joint end",
    "more": "class",
    "than": "class",
    "outnumber": "class",
    # the number of a class
    "number_of": "class",
    "counted": "verb in state amounts_to",
    "amounts": "number bound number_bound",
    "number_bound": "number",
    "amount": "joint in colon end",
    "picture_claim": "verb state in with joint end",
}


def _with_centred(followers: list[str]) -> frozenset[str]:
    """Return the followers, with "centred in" wherever "in" may stand."""
    return frozenset([*followers, "centred"] if "in" in followers else followers)


_ALL = frozenset(" ".join((*_FOLLOWERS.values(), *_FOLLOWERS)).split())
UNREAD = "unread"  # the role of words that are not known: what stands behind them cannot be told wrong

FOLLOWERS: dict[str, frozenset[str]] = {
    **{role: _with_centred(followers.split()) for role, followers in _FOLLOWERS.items()},
    UNREAD: _ALL,
}
"""Role -> the roles of words that may stand behind it; ``end`` is the end of a clause."""
