"""What was made of the last image, kept for the next text about it: the texts of one image come one after another."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Concatenate, ParamSpec, TypeVar

from sarvl.annotations import AnnotatedImage

P = ParamSpec("P")
T = TypeVar("T")


def kept_for_last_image(
    make: Callable[Concatenate[AnnotatedImage, P], T],
) -> Callable[Concatenate[AnnotatedImage, P], T]:
    """Return ``make``, which from now on keeps what it made of the last image and other arguments, and gives it again.

    An image is known by its identity: to compare those of thousands of boxes would take as long as to make it anew.
    """
    last: tuple[AnnotatedImage, object, T] | None = None

    def kept(image: AnnotatedImage, /, *args: P.args, **kwargs: P.kwargs) -> T:
        nonlocal last
        held, key = last, (args, kwargs)  # one tuple, read and written whole: threads do not see parts of it
        if held is None or held[0] is not image or held[1] != key:
            held = last = (image, key, make(image, *args, **kwargs))
        return held[2]

    update_wrapper(kept, make)
    return kept
