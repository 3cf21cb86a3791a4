"""Annotations: files of the field's formats become AnnotatedImage; one file a format."""

from sarvl.annotations.annotated_image import (
    AnnotatedImage,
    AnnotatedObject,
    Box,
    Corners,
    LandCoverShare,
    QuestionAnswer,
    Reject,
)
from sarvl.annotations.check_boxes import whole_pixels
from sarvl.annotations.format import Format, NoOptions
from sarvl.annotations.groups import neighbours_of
from sarvl.annotations.read import SourceImages, read_source
from sarvl.annotations.record import Record
from sarvl.annotations.source import Source

__all__ = [
    "AnnotatedImage",
    "AnnotatedObject",
    "Box",
    "Corners",
    "Format",
    "LandCoverShare",
    "NoOptions",
    "QuestionAnswer",
    "Record",
    "Reject",
    "Source",
    "SourceImages",
    "neighbours_of",
    "read_source",
    "whole_pixels",
]
