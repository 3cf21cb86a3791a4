"""Annotations: files of the field's formats become AnnotatedImage; one file a format."""

from typing import TYPE_CHECKING

from sarvl.annotations.annotated_image import (
    EVERY_CLASS,
    AnnotatedImage,
    AnnotatedObject,
    Box,
    Corners,
    IsA,
    LandCoverShare,
    QuestionAnswer,
    Reject,
    Wording,
)
from sarvl.annotations.parsing.box_checks import whole_pixels
from sarvl.lazy_names import lazy_getattr

if TYPE_CHECKING:
    from sarvl.annotations.format import Format, FormatInput
    from sarvl.annotations.groups import neighbours_of
    from sarvl.annotations.record import ListedClasses, Record, RefusedObject
    from sarvl.annotations.source import Source
    from sarvl.annotations.source_reader import SourceImages, input_of, read_source

__all__ = [
    "EVERY_CLASS",
    "AnnotatedImage",
    "AnnotatedObject",
    "Box",
    "Corners",
    "Format",
    "FormatInput",
    "IsA",
    "LandCoverShare",
    "ListedClasses",
    "QuestionAnswer",
    "Record",
    "RefusedObject",
    "Reject",
    "Source",
    "SourceImages",
    "Wording",
    "input_of",
    "neighbours_of",
    "read_source",
    "whole_pixels",
]
# What reads files is imported when it is asked for: it needs the libraries for images, which language does without.
__getattr__ = lazy_getattr(
    __name__,
    {
        "Format": "sarvl.annotations.format",
        "FormatInput": "sarvl.annotations.format",
        "ListedClasses": "sarvl.annotations.record",
        "Record": "sarvl.annotations.record",
        "RefusedObject": "sarvl.annotations.record",
        "Source": "sarvl.annotations.source",
        "SourceImages": "sarvl.annotations.source_reader",
        "input_of": "sarvl.annotations.source_reader",
        "neighbours_of": "sarvl.annotations.groups",
        "read_source": "sarvl.annotations.source_reader",
    },
)
