"""SARLANG-1M's questions as published: the application that each wording belongs to, and the prefix of mixed sets.

Its first VQA subset is made of SARDet-100K's boxes, the second of SpaceNet6, DFC2023 and OpenEarthMap-SAR. Where both
are mixed, questions of the first begin with the classes, or positions, that answers are of: the second has others.
Source: Wei et al. 2025, repository Jimmyxichen/SARLANG-1M, README.
"""

import re

from sarvl.language.statement import Application

CLASSES_PREFIX = "The classes are: tank, car, aircraft, harbor, bridge, ship."
POSITIONS_PREFIX = "The classes are: top, center, bottom, left, right."

_WORDINGS: dict[Application, str] = {
    "positioning": r"where (?:are|is) (?:most|the)\b.*\bpositioned",
    "counting": r"how many\b.*\b(?:visible|located|there|in)\b",
    "region referring": r"what is the object present in the area\b",
    "classification": r"what (?:is the main object|are the categories)\b",
    "identification": r"(?:does|do|is there|are there)\b.*\b(?:exist|located|other categories|in)\b",
    "description": r"(?:please )?describe\b",
}
_PATTERNS = {application: re.compile(pattern, re.IGNORECASE) for application, pattern in _WORDINGS.items()}


def with_prefix(question: str) -> str:
    """Return a question of the first subset with its prefix: the positions before "where", else the classes.

    It stands there once, however often it is asked for.
    """
    bare = without_prefix(question)
    prefix = POSITIONS_PREFIX if application_of(bare) == "positioning" else CLASSES_PREFIX
    return f"{prefix} {bare}"


def without_prefix(question: str) -> str:
    """Return a question without SARLANG's prefix, where it has one."""
    for prefix in (CLASSES_PREFIX, POSITIONS_PREFIX):
        question = question.removeprefix(prefix).lstrip()
    return question


def application_of(question: str) -> Application | None:
    """Return the application whose published wording a question has; None where it has none of them."""
    bare = without_prefix(question).strip()
    return next((application for application, pattern in _PATTERNS.items() if pattern.match(bare)), None)
