"""Registry: own modules and entry points by name, and what is said where one cannot be used."""

import pytest

from sarvl.annotations.format import FORMATS, Format
from sarvl.errors import AnnotationError


def test_own_names_come_from_the_modules_of_the_package():
    assert {"coco", "voc", "yolo"} <= set(FORMATS.names())
    assert FORMATS.names() == sorted(FORMATS.names())
    assert all(isinstance(item, Format) for _, item in FORMATS.items())


def test_an_unknown_name_is_told_with_the_nearest_and_all_names():
    with pytest.raises(AnnotationError, match=r"no format .coc.; did you mean coco\? there are captions, coco, "):
        FORMATS.get("coc")


def test_a_name_cannot_leave_the_package():
    with pytest.raises(AnnotationError, match=r"no format .coco\.COCO."):
        FORMATS.get("coco.COCO")
