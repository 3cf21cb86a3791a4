"""Places: one vocabulary for captions, questions and answers, and how a count by box centres says that it is one."""

from functools import lru_cache

from sarvl.annotations import Wording

_PLAIN = {"upper": "top", "lower": "bottom"}  # the words of the answers: left, right, top, bottom, center


@lru_cache
def place_words(position: str, wording: Wording) -> str:
    """Return how texts call a position: "top left" of "upper left"; in published wording as it stands."""
    return position if wording == "published" else " ".join(_PLAIN.get(word, word) for word in position.split(" "))


@lru_cache
def in_place(position: str, wording: Wording) -> str:
    """Return "in the top left", for what is there at all."""
    return f"in the {place_words(position, wording)}"


@lru_cache
def centred_in_place(position: str, wording: Wording) -> str:
    """Return "centred in the top left", for a number: one of box centres, as its words say.

    In published wording "in the upper left" all the same.
    """
    if wording == "published":
        return in_place(position, wording)
    return f"centred {middle_in_place(position, wording)}"


@lru_cache
def middle_in_place(position: str, wording: Wording) -> str:
    """Return "in the top left", but "in the middle" for the center: nothing is "centred in the center"."""
    return "in the middle" if position == "center" and wording == "plain" else in_place(position, wording)
