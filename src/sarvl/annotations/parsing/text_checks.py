"""Names and sentences held against what they can be: longer ones are a fault of the file, and flood every page."""

from collections.abc import Sequence

from sarvl.annotations.annotated_image import QuestionAnswer, Reject
from sarvl.annotations.record import Record

MAX_NAME_CHARACTERS = 200
MAX_TEXT_CHARACTERS = 20_000


def name_problem(name: str) -> str | None:
    """Return why a class name cannot be kept, or None."""
    if len(name) <= MAX_NAME_CHARACTERS:
        return None
    return f"class {name[:40]!r} goes on for {len(name)} characters, more than {MAX_NAME_CHARACTERS}"


def check_texts(record: Record, source: str) -> tuple[Record, list[Reject]]:
    """Return the record without the captions and questions that are too long, and a Reject for each of those."""
    written = tuple(caption.text for caption in record.model_captions)
    texts: Sequence[str | QuestionAnswer] = (*record.captions, *written, *record.twin_captions, *record.questions)
    if not any(map(_is_long, texts)):
        return record, []
    advice = f"shorten it to {MAX_TEXT_CHARACTERS} characters"
    rejects = [
        Reject(source, "caption" if isinstance(text, str) else "question", record.names[0], _told(text), advice)
        for text in texts
        if _is_long(text)
    ]
    kept = record._replace(
        captions=tuple(text for text in record.captions if not _is_long(text)),
        model_captions=tuple(caption for caption in record.model_captions if not _is_long(caption.text)),
        twin_captions=tuple(text for text in record.twin_captions if not _is_long(text)),
        questions=tuple(asked for asked in record.questions if not _is_long(asked)),
    )
    return kept, rejects


def _is_long(text: str | QuestionAnswer) -> bool:
    return (len(text) if isinstance(text, str) else max(map(len, text))) > MAX_TEXT_CHARACTERS


def _told(text: str | QuestionAnswer) -> str:
    longest = text if isinstance(text, str) else max(text, key=len)
    return f"{longest[:40]!r} goes on for {len(longest)} characters, more than {MAX_TEXT_CHARACTERS}"
