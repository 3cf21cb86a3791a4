"""Documents: JSON files of ours as pydantic models, with a format version; what is wrong with one is one line."""

from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from sarvl.errors import SarvlError
from sarvl.files import read_json, write_json
from sarvl.recipes import first_problem

AnyDocument = TypeVar("AnyDocument", bound="Document")


class Document(BaseModel):
    """Base of every JSON file that sarvl writes and reads: no field is missing, and none is foreign.

    Its field ``format_version`` is a literal; the parts of a document are documents without one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    @classmethod
    def of_earlier_format(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Return what a file of an earlier format says as one of today's; as it is where that cannot be done."""
        return value


def read_document(path: Path, kind: type[AnyDocument], error: type[SarvlError], advice: str) -> AnyDocument:
    """Read a JSON file as ``kind``; whatever is wrong is an ``error`` of one line that ends in ``advice``."""
    return parsed_document(read_json(path, error), str(path), kind, error, advice)


def parsed_document(
    value: Any, where: str, kind: type[AnyDocument], error: type[SarvlError], advice: str
) -> AnyDocument:
    """Return a value read from JSON as ``kind``; errors begin with ``where`` it stood, and end in ``advice``."""
    if isinstance(value, dict):
        value = kind.of_earlier_format(value)
    version = kind.model_fields["format_version"].default if "format_version" in kind.model_fields else None
    written = value.get("format_version") if isinstance(value, dict) else None
    if version is not None and written != version:
        raise error(f"{where}: of format {written}, where this version reads {version}; {advice}")
    try:
        return kind.model_validate(value)
    except ValidationError as problem:
        raise error(f"{where}: {first_problem(problem, 'the document')}; {advice}") from problem


def write_document(path: Path, document: Document) -> None:
    """Write a document as indented JSON, atomically."""
    write_json(path, as_json(document))


def as_json(document: Document) -> dict[str, Any]:
    """Return a document as plain dictionaries and lists."""
    return document.model_dump(mode="json")
