"""The rules that take optical words out of a sentence: patterns over its word classes; what matches is dropped."""

import re
from typing import NamedTuple

_SPAN = "(?>[rs]*A(?:[,+]*[rs]*A)*)"  # dark green · red, white and very dark blue
_NOUN = "[nRHszmg]"
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
    _rule(rf"(?<=[io]){_OF_NOUN}C\+(?=d*z)", "cars in different colors and sizes", "cars in sizes"),
    _rule(r"(?<=z)[+,]d*C", "cars in different sizes and colors", "cars in different sizes"),
    _rule(rf"(?<=[iovb])[aq]*(?:d|zo)+Co(?=[adqj]*{_NOUN})", "they have different colors of roofs", "they have roofs"),
    _rule(rf"{_SPAN}C(?=j*{_NOUN})", "yellow color roofs", "roofs"),
    _rule(rf"(?<!b)[io]{_OF_NOUN}C(?:[io]?{_SPAN}{_AFTER}|(?![rj]*{_NOUN}))", "a desert with yellow color", "a desert"),
    _rule(rf"(?<=[n,RH])Pi?{_SPAN}{_AFTER}", "tanks painted white", "tanks"),
    # Sunlight and seasons.
    _rule(r"[iu]a?L(?=[.,+]|$)", "a beach in the sun", "a beach"),
    _rule(rf"[ip]a?{_SPAN}D", "a beach on a sunny day", "a beach"),
    # Relative clauses that say nothing else.
    _rule(rf",wb{_SPAN}(?:,|(?=\.)|$)", "a field, which is dark green, lies here", "a field lies here"),
    _rule(rf"wb{_SPAN}{_AFTER}", "a field which is dark green", "a field"),
    # Roofs that are told only by their colour.
    _rule(rf"{_SPAN}R(?=H)", "red roof houses", "houses"),
    _rule(rf"(?<=H)oa?{_SPAN}R", "houses of red roofs", "houses"),
    _rule(rf"{_SPAN}F(?=j*{_NOUN})", "red roofed houses", "houses"),
    # One of several adjectives.
    _rule(rf"(?<=j)(?<!bj)(?<!brj)[+,]{_SPAN}(?=[+,]?[rj]*{_NOUN})", "old and white houses", "old houses"),
    _rule(rf"(?<=j)[+,]+{_SPAN}{_AFTER}", "it is tall and colorful", "it is tall"),
    _rule(rf"(?<![berA]){_SPAN}[+,]+(?=[rj]*j[tnRH])", "green and tall trees", "tall trees"),
    _rule(rf"(?<=b){_SPAN}[+,]+(?=j[.,ioup])", "it is green and round.", "it is round."),
    # One of several predicates.
    _rule(rf"(?<=b){_SPAN}[+,]+(?=t[iop.])", "it is grey and surrounded by trees", "it is surrounded by trees"),
    _rule(rf"b{_SPAN}\+(?=v)", "it is blue and has waves", "it has waves"),
    # Adjectives before and behind their noun.
    _rule(rf"(?<!e){_SPAN}(?!g)(?=[rj]*t?[rj]*{_NOUN})", "many dark green trees", "many trees"),
    _rule(rf"(?<=[nRH])[io]{_SPAN}{_AFTER}", "roofs of blue and orange", "roofs"),
    _rule(rf"(?<=[nRH]){_SPAN}{_AFTER}", "a roof red and white", "a roof"),
)

# Clauses that only tell a colour: dropped where the rest of the sentence names what they speak of.
CLAUSE_RULES = (
    _rule(rf"^[^bvc.,]*b{_SPAN}[,+]+(?![rj]*[.iop])", "the sea is blue and it is a calm sea", "it is a calm sea"),
    _rule(rf"[,+c]+[^bvc.,]*b{_SPAN}(?=\.?$)", "it is a calm sea while the sea is blue", "it is a calm sea"),
    _rule(rf"[,+c]+[^bvc.,]*b[io]{_OF_NOUN}C(?=\.?$)", "cars park, and the cars are of different colors", "cars park"),
)
