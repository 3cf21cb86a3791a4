"""How boxes are written in conversations: as corpora have them, or as the models write them that learn from these."""

from math import ceil, prod, sqrt

from sarvl.corpus.export.form import BoxForm
from sarvl.language.box_text import IN_PIXELS, LOCATIONS, OF_LLAVA, OF_QWEN2, THOUSANDTHS, BoxText, SeenPart, Size

_STYLES = {
    "xyxy": IN_PIXELS,
    "xyxy/1000": THOUSANDTHS,
    "qwen2-vl": OF_QWEN2,
    "qwen2.5-vl": IN_PIXELS,
    "llava": OF_LLAVA,
    "llava-padded": OF_LLAVA,
    "paligemma": LOCATIONS,
}
_SQUARES = {"llava": min, "llava-padded": max}  # the side of the square that is seen, of width and height
_STEP, _LEAST, _MOST = 28, 56**2, 2048**2


def in_form(text: str, form: BoxForm, image: Size) -> str:
    """Return a text of a corpus about an image with its boxes in another form; ``xywh`` is that of corpora."""
    if form == "xywh":
        return text
    pixels = seen_by_qwen(image) if form == "qwen2.5-vl" else image
    return BoxText(_STYLES[form], image, _seen_part(form, image), pixels).in_words(text)


def _seen_part(form: BoxForm, image: Size) -> SeenPart:
    """Return what is seen: all of an image, its middle square, or the square that it is padded to."""
    width, height = (_SQUARES[form](image),) * 2 if form in _SQUARES else image
    return SeenPart((image.width - width) / 2, (image.height - height) / 2, width, height)


def seen_by_qwen(image: Size) -> Size:
    """Return the size at which Qwen2.5-VL sees an image: sides of whole steps of 28 pixels, near to its own.

    It has 56 x 56 pixels at least, and about 2048 x 2048 at most. Source: smart_resize of its processor.
    """
    smaller = min(1.0, sqrt(_MOST / prod(image)))
    sides = [round(int(side * smaller) / _STEP) * _STEP for side in image]
    if prod(sides) < _LEAST:
        larger = sqrt(_LEAST / prod(image))
        sides = [ceil(side * larger / _STEP) * _STEP for side in image]
    return Size(*sides)
