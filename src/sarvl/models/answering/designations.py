"""Designations: the models by which people call a class, such as "T72" for a "T72 tank"."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from sarvl.language.words.kinds import Form, form_of
from sarvl.language.words.name_meaning import covers

_EITHER = " or "
_LEAST_DIGITS = 3  # of a model that is a number alone: a "737", but no "2"


class _Model(NamedTuple):
    """A name that has digits, parted behind the last of them: "Boeing 737" and "aircraft"."""

    words: tuple[str, ...]
    head: str

    def forms(self) -> set[Form]:
        """Return the forms of its words, and of the last ones alone."""
        return {form_of(" ".join(self.words[first:])) for first in range(len(self.words))}


def designated(name: str, known: Sequence[str]) -> str | None:
    """Return the one known class that a name means by its model: "T72 tank" of "T-72" and of "T72 battle tank".

    None where several have it, and where the class may be another model too, as an "A320 or A321 aircraft" is.
    """
    own = [each for each in known if is_model_of(name, each)]
    return own[0] if len(own) == 1 and _EITHER not in own[0] else None


def is_model_of(name: str, known: str) -> bool:
    """Tell whether a name has the model of a known class, or one of those that it may be, and is no other thing."""
    model = _model_of(name)
    if model is None or not _says_enough(model):
        return False
    form = form_of(" ".join(model.words))
    has_it = any(own and form in own.forms() for own in map(_model_of, known.split(_EITHER)))
    return has_it and (not model.head or covers(model.head, known))


def _model_of(name: str) -> _Model | None:
    words = re.split(r"[\s_]+", name.strip())
    ends = [place for place, word in enumerate(words, start=1) if any(map(str.isdigit, word))]
    return _Model(tuple(words[: ends[-1]]), " ".join(words[ends[-1] :])) if ends else None


def _says_enough(model: _Model) -> bool:
    text = "".join(model.words)
    return not text.isdigit() or len(text) >= _LEAST_DIGITS
