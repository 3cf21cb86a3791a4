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
from sarvl.annotations.format import Format, FormatInput
from sarvl.annotations.groups import neighbours_of
from sarvl.annotations.parsing.box_checks import whole_pixels
from sarvl.annotations.record import Record
from sarvl.annotations.source import Source
from sarvl.annotations.source_reader import SourceImages, input_of, read_source

__all__ = [
    "AnnotatedImage",
    "AnnotatedObject",
    "Box",
    "Corners",
    "Format",
    "FormatInput",
    "LandCoverShare",
    "QuestionAnswer",
    "Record",
    "Reject",
    "Source",
    "SourceImages",
    "input_of",
    "neighbours_of",
    "read_source",
    "whole_pixels",
]
