"""Questions from a file: one a line, with its choices behind it or on further lines, or a list as JSON."""

import json
from collections.abc import Iterable
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from sarvl.errors import ModelError, unreadable
from sarvl.files import MAX_JSON_BYTES, file_bytes, read_json
from sarvl.inference.question_text import letter_of_choice

_TABLES = (".csv", ".tsv", ".xls", ".xlsx", ".parquet")


def questions_of_file(path: Path) -> list[str]:
    """Return the questions of a file: of .json a list of texts, of .jsonl an object a line, else its lines.

    A line that gives a choice belongs to the question before it; blank ones are none.
    Raises ModelError where it cannot be read, or has none.
    """
    suffix = path.suffix.lower()
    if suffix in _TABLES:
        raise ModelError(f"{path}: tables are not read; write one question a line as .txt, or a list as .json")
    if suffix == ".json":
        questions = _of_json(path)
    else:
        lines = _lines(path)
        questions = _of_objects(path, lines) if suffix == ".jsonl" else _with_choices(lines)
    if not questions:
        raise ModelError(f"{path}: no question; write one a line")
    return questions


def _of_json(path: Path) -> list[str]:
    value = read_json(path, ModelError)
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise ModelError(f'{path}: no list of texts; give such as ["How many ships?"]')
    return value


def _of_objects(path: Path, lines: Iterable[str]) -> list[str]:
    try:
        return [_of_object(json.loads(line)) for line in lines]
    except ModelError as problem:
        raise ModelError(f"{path}: {problem}") from problem
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as problem:
        form = '{"question": "How many ships?", "options": ["3", "0"]}, with or without options'
        raise ModelError(f"{path}: a line is no question; give each as {form}") from problem


def _of_object(value: Any) -> str:
    question, options = value["question"], value.get("options") or []
    if not isinstance(options, list) or not all(isinstance(text, str) for text in (question, *options)):
        raise TypeError("no texts")
    if len(options) > len(ascii_uppercase):
        raise ModelError(f"a question has {len(options)} options; at most {len(ascii_uppercase)} can be lettered")
    return "\n".join((question, *(f"{ascii_uppercase[place]}. {text}" for place, text in enumerate(options))))


def _with_choices(lines: Iterable[str]) -> list[str]:
    questions: list[list[str]] = []
    for line in lines:
        following = ascii_uppercase[len(questions[-1]) - 1 :][:1] if questions else ""
        if following and letter_of_choice(line) == following:
            questions[-1].append(line)
        else:
            questions.append([line])
    return ["\n".join(parts) for parts in questions]


def _lines(path: Path) -> list[str]:
    try:
        if file_bytes(path) > MAX_JSON_BYTES:
            raise ModelError(f"{path}: larger than {MAX_JSON_BYTES} bytes; split it into several files")
        return [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except UnicodeDecodeError as problem:
        raise ModelError(f"{path}: no text in UTF-8; save it as that") from problem
    except OSError as problem:
        raise ModelError(unreadable(path, problem)) from problem
