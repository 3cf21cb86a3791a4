"""Other names: the image is called a SAR image, and what is named by its colour is called by what it is."""

import re

from sarvl.language.words.lint import optical_words
from sarvl.language.words.optical_lexicon import PLANTS_NAMED_BY_COLOUR

_PLATFORM = r"(?:(?:satellite|aerial|optical|rgb|overhead|colou?r|remote sensing|high resolution) )"
_IMAGE = re.compile(
    rf"(?i)(?<!sar )(?<!radar )\b{_PLATFORM}*(?:(photo|photograph|picture|image|snapshot)(s?)|(imagery))\b"
)
_VIEW = re.compile(rf"(?i)\b{_PLATFORM}+(view|scene)\b")
_GREEN_LAND = re.compile(
    r"(?i)(\S+ \S+ )?\b(?:(?:dark|light|pale|deep|bright) )?green (area|belt|ground|land|region|space|strip|zone)(s?)\b"
)


def name_image(text: str) -> str:
    """Return the text with the image called a SAR image."""
    text = _IMAGE.sub(lambda match: "SAR imagery" if match[3] else f"SAR image{match[2].lower()}", text)
    text = re.sub(r"(?i)\b(an?) SAR imagery\b", r"\1 SAR image", text)
    return _VIEW.sub(r"SAR \1", text)


def name_plants(text: str) -> str:
    """Return the text with plants that are named by their colour called vegetation."""
    plants = [item for item in optical_words(text) if item.word.lower() in PLANTS_NAMED_BY_COLOUR]
    for word, start, _ in reversed(plants):
        text = text[:start] + PLANTS_NAMED_BY_COLOUR[word.lower()] + text[start + len(word) :]
    return _GREEN_LAND.sub(_vegetated, text)


def _vegetated(match: re.Match[str]) -> str:
    """Return "vegetated area" for "green area"; "red and green area" stays as it is: it may be painted."""
    before, noun, plural = match[1] or "", match[2], match[3]
    if re.search(r"(and|or|,) $", before) and optical_words(before):
        return match[0]
    return f"{before}{'vegetation' if noun.lower() == 'belt' else 'vegetated'} {noun}{plural}"
