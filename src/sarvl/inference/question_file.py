"""Questions from a file: one a line, or a list of texts as JSON, where a question has choices on further lines."""

from pathlib import Path

from sarvl.errors import ModelError, unreadable
from sarvl.files import MAX_JSON_BYTES, file_bytes, read_json


def questions_of_file(path: Path) -> list[str]:
    """Return the questions of a file: of .json a list of texts, else its lines but for blank ones.

    Raises ModelError where it cannot be read, or has none.
    """
    if path.suffix.lower() == ".jsonl":
        raise ModelError(f"{path}: JSON lines are not read; write one question a line as .txt, or a list as .json")
    questions = _of_json(path) if path.suffix.lower() == ".json" else _of_lines(path)
    if not questions:
        raise ModelError(f"{path}: no question; write one a line")
    return questions


def _of_json(path: Path) -> list[str]:
    value = read_json(path, ModelError)
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise ModelError(f'{path}: no list of texts; give such as ["How many ships?"]')
    return value


def _of_lines(path: Path) -> list[str]:
    try:
        if file_bytes(path) > MAX_JSON_BYTES:
            raise ModelError(f"{path}: larger than {MAX_JSON_BYTES} bytes; split it into several files")
        return [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except UnicodeDecodeError as problem:
        raise ModelError(f"{path}: no text in UTF-8; save it as that") from problem
    except OSError as problem:
        raise ModelError(unreadable(path, problem)) from problem
