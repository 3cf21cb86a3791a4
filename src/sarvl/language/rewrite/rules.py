"""The rules that take optical words out of a sentence: patterns over its word classes; what matches is dropped."""

import re
from typing import NamedTuple

_SPAN = "(?>[rs]*A(?:[,+]*[rs]*A)*)"  # dark green · red, white and very dark blue
_THING = "nHRQTKWE"  # what a thing is called: no shade, size or bare "area"
_NOUN = f"[{_THING}szmg]"
_AFTER = "(?=[.,+iopuwcbv]|$)"  # what may follow an adjective that stands behind its noun
_OF_NOUN = "(?:[aqdrsjA,+]|zo)*"  # the · different · all kinds of · light and dark


class Rule(NamedTuple):
    """A pattern over the letters of ``word_classes.py``, and a phrase before and after it."""

    pattern: re.Pattern[str]
    before: str
    after: str


def _rule(pattern: str, before: str, after: str) -> Rule:
    return Rule(re.compile(pattern), before, after)


RULES = (
    # Colours told by a noun.
    _rule(rf"(?<=H)i{_OF_NOUN}Co{_OF_NOUN}R", "houses with different color of roofs", "houses"),
    _rule(rf"(?<=[io]){_OF_NOUN}C\+(?=d*z)", "cars in different colors and sizes", "cars in sizes"),
    _rule(r"(?<=z)[+,]d*C", "cars in different sizes and colors", "cars in different sizes"),
    _rule(rf"(?<=[iovb])[aq]*(?:d|zo)+Co(?=[adqj]*{_NOUN})", "they have different colors of roofs", "they have roofs"),
    _rule(rf"{_SPAN}C(?=j*{_NOUN})", "yellow color roofs", "roofs"),
    _rule(rf"(?<!b)[io]{_OF_NOUN}C(?:[io]?{_SPAN}{_AFTER}|(?![rj]*{_NOUN}))", "a desert with yellow color", "a desert"),
    _rule(rf"(?<=[,{_THING}])Pi?{_SPAN}{_AFTER}", "tanks painted white", "tanks"),
    # Sunlight and seasons.
    _rule(r"[iu]a?L(?=[.,+]|$)", "a beach in the sun", "a beach"),
    _rule(rf"[ip]a?{_SPAN}D", "a beach on a sunny day", "a beach"),
    # Relative clauses that say nothing else.
    _rule(rf",wb{_SPAN}(?:,|(?=\.)|$)", "a field, which is dark green, lies here", "a field lies here"),
    _rule(rf"wb{_SPAN}{_AFTER}", "a field which is dark green", "a field"),
    # Parts that every such thing has, told only by their colour.
    _rule(rf"{_SPAN}R(?=j*H)", "red roof long houses", "long houses"),
    _rule(rf"(?<=H)t?[io]a?{_SPAN}R(?![+,])", "houses built of red roofs", "houses"),
    _rule(rf"(?<=H)t?[io]a?R[io]{_SPAN}{_AFTER}", "houses with roofs of blue and orange", "houses"),
    _rule(rf"(?<=H)va?{_SPAN}R\+(?=v)", "the house has a red roof and stands here", "the house stands here"),
    _rule(rf"(?<=H)[io]a?{_SPAN}Q(?![+,])", "houses with white walls", "houses"),
    _rule(rf"(?<=W)ia?{_SPAN}E(?!\+)", "a river with green water", "a river"),
    _rule(rf"(?<=T)ia?{_SPAN}K(?!\+)", "trees with green leaves", "trees"),
    _rule(rf"{_SPAN}F(?=j*{_NOUN})", "red roofed houses", "houses"),
    # One of several adjectives.
    _rule(rf"(?<=j)(?<!bj)(?<!brj)[+,]{_SPAN}(?=[+,]?[rj]*{_NOUN})", "old and white houses", "old houses"),
    _rule(rf"(?<=j)[+,]+{_SPAN}{_AFTER}", "it is tall and colorful", "it is tall"),
    _rule(rf"(?<![berA]){_SPAN}[+,]+(?=[rj]*j[t{_THING}])", "green and tall trees", "tall trees"),
    _rule(rf"(?<=b){_SPAN}[+,]+(?=j[.,ioup])", "it is green and round.", "it is round."),
    # One of several predicates.
    _rule(rf"(?<=b){_SPAN}[+,]+(?=t[iop.])", "it is grey and surrounded by trees", "it is surrounded by trees"),
    _rule(rf"b{_SPAN}\+(?=v)", "it is blue and has waves", "it has waves"),
    # Adjectives before and behind their noun.
    _rule(rf"(?<![ers]){_SPAN}(?!g)(?=[rj]*t?[rj]*{_NOUN})", "many dark green trees", "many trees"),
    _rule(rf"(?<=[{_THING}])[io]{_SPAN}{_AFTER}", "roofs of blue and orange", "roofs"),
    _rule(rf"(?<=[{_THING}]){_SPAN}{_AFTER}", "a roof red and white", "a roof"),
)

# Without their colours these would say something else, or nothing.
REFUSED = (
    re.compile("e[rs]*A"),  # half green half bald · both green and bare
    re.compile(rf"Hva?{_SPAN}[RQ]\.?$"),  # the houses have red roofs
    re.compile(rf"Hbt?[io]a?{_SPAN}[RQ]"),  # the houses are built of red roofs
    re.compile(rf"[{_THING}]b(?:[rs]*A)+[,+]+(?:[rs]*A)+j*{_NOUN}"),  # the lake is blue and green trees are around
)

# Clauses that only tell a colour: dropped where the rest of the sentence names what they speak of.
CLAUSE_RULES = (
    _rule(rf"^[^bvc.,]*b{_SPAN}[,+]+(?![rj]*[.iop])", "the sea is blue and it is a calm sea", "it is a calm sea"),
    _rule(rf"[,+c]+[^bvc.,]*b{_SPAN}(?=\.?$)", "it is a calm sea while the sea is blue", "it is a calm sea"),
    _rule(rf"[,+c]+[^bvc.,]*b[io]{_OF_NOUN}C(?=\.?$)", "cars park, and the cars are of different colors", "cars park"),
)
