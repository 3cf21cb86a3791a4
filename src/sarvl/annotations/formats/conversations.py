"""Conversations about images: LLaVA, ShareGPT and LLaMA-Factory, SAR-TEXT, SARLANG, SARChat and SAREval."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sarvl.annotations.annotated_image import QuestionAnswer, Reject
from sarvl.annotations.format import Format, FormatInput
from sarvl.annotations.image_files import ImageFiles
from sarvl.annotations.parsing.box_text import BoxScale, boxes_in_pixels
from sarvl.annotations.parsing.json_entries import json_entries
from sarvl.annotations.parsing.plain_text import plain_text
from sarvl.annotations.record import Record
from sarvl.errors import AnnotationError, ImageError
from sarvl.imagery import read_size
from sarvl.recipes import RecipeModel

IMAGE_KEYS = ("image", "images", "image_path")
QUESTION_ROLES = ("human", "user")
ANSWER_ROLES = ("gpt", "assistant")
_IMAGE = r"(this|the|the given|the following) (sar |radar )?(image|picture|scene)"
CAPTION_PROMPTS = (
    rf"(?i)^(please )?describe (the contents? of )?{_IMAGE}( concisely| briefly| in detail| in one sentence)?\.?$",
    rf"(?i)^(please )?(provide|give|write) an? (\w+ )?(description|caption|summary) (of|for) {_IMAGE}\.?$",
)
_PLACEHOLDER = re.compile(r"<image>", re.IGNORECASE)


class ConversationsOptions(RecipeModel):
    """The options of format ``conversations``."""

    box_scale: BoxScale = "pixels"
    """What the numbers of boxes ``{<x1><y1><x2><y2>}`` are: ``pixels`` (SARChat), or parts of the image's sides in
    ``100`` (GeoChat, VRSBench) or ``1000``."""
    caption_prompts: tuple[re.Pattern[str], ...] = tuple(re.compile(prompt) for prompt in CAPTION_PROMPTS)
    """Regular expressions; the answer to a question that one of them is found in becomes a caption."""
    prefix: str = ""
    """Removed from the front of file names, where it stands there."""


class _Turn(NamedTuple):
    """One message: its number, whether it asks, and its text."""

    number: int
    asks: bool
    text: str


@dataclass
class _Conversation:
    """All that is said of one image."""

    size: tuple[int, int] | None
    questions: list[QuestionAnswer] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    system_turns: int = 0


def read_conversations(source: FormatInput[ConversationsOptions]) -> Iterator[Record | Reject]:
    """Yield one Record an image, in the order of its first entry; the entries of one image are joined.

    Each question of a person is paired with the answer that follows it. ``<image>`` is taken out of texts, and boxes
    become ``[x, y, w, h]`` in pixels. Turns that have no partner, no text or no known role, and boxes that cannot be
    read, are Rejects of unit question; an entry without exactly one image is a Reject of unit image. System turns and
    exact repeats are left out and noted. The several prompts of a SAREval entry share its answer; its options are not
    read. Raises AnnotationError where the file is neither a JSON list nor JSON lines, or no entry names an image.
    Source: LLaVA and LLaMA-Factory data formats; Ma et al. 2025 (SARChat, boxes in pixels).
    """
    options = source.options
    files = None if options.box_scale == "pixels" else source.files
    conversations: dict[str, _Conversation] = {}
    for where, entry in json_entries(source.annotations):
        name = _image_of(entry)
        if name is None:
            advice = f"give exactly one image an entry, under one of {', '.join(IMAGE_KEYS)}"
            yield Reject(source.name, "image", where, "not an object that names one image", advice)
            continue
        name = name.removeprefix(options.prefix)
        if name not in conversations:
            conversations[name] = _Conversation(_size_of(name, files))
        for problem in _add(entry, conversations[name], options):
            yield Reject(source.name, "question", where, problem, "correct or remove this turn")
    if not conversations:
        raise AnnotationError(f"{source.annotations}: no entry names an image; set another format")
    for name, conversation in conversations.items():
        yield _record_of(name, conversation, source)


def _image_of(entry: Any) -> str | None:
    if not isinstance(entry, dict):
        return None
    named = next((entry[key] for key in IMAGE_KEYS if entry.get(key)), None)
    names = named if isinstance(named, list) else [named]
    return names[0] if len(names) == 1 and plain_text(names[0]) else None


def _size_of(name: str, files: ImageFiles | None) -> tuple[int, int] | None:
    """Return (width, height), or None where it is not wanted or the image cannot be read, which is refused later."""
    if files is None:
        return None
    try:
        return read_size(files.path(files.find((name,))))
    except (LookupError, ImageError):
        return None


def _add(entry: dict[str, Any], conversation: _Conversation, options: ConversationsOptions) -> Iterator[str]:
    """Add what an entry says to ``conversation``; yield what is wrong with it."""
    turns = _turns_of(entry)
    if not turns:
        yield "no turns under conversations, messages or prompts"
    asked: _Turn | None = None
    for number, raw in enumerate(turns):
        if _is_system(raw):
            conversation.system_turns += 1
            continue
        turn = _turn_of(raw, number)
        if asked is not None and (turn is None or turn.asks):
            yield f"turn {asked.number}: question without an answer: {asked.text[:60]!r}"
        if turn is None:
            yield f"turn {number}: not a role of {', '.join((*QUESTION_ROLES, *ANSWER_ROLES))} with a text"
        elif asked is not None and not turn.asks:
            yield from _add_pair(asked, turn, conversation, options)
        elif not turn.asks:
            yield f"turn {number}: answer without a question: {turn.text[:60]!r}"
        asked = turn if turn is not None and turn.asks else None
    if asked is not None:
        yield f"turn {asked.number}: question without an answer: {asked.text[:60]!r}"


def _turns_of(entry: dict[str, Any]) -> list[Any]:
    for key in ("conversations", "messages"):
        if isinstance(entry.get(key), list):
            return list(entry[key])
    prompts = entry.get("prompts")  # SAREval
    if isinstance(prompts, list):
        answer = {"from": ANSWER_ROLES[0], "value": entry.get("ground_truth")}
        return [turn for prompt in prompts for turn in ({"from": QUESTION_ROLES[0], "value": prompt}, answer)]
    return []


def _is_system(raw: Any) -> bool:
    return isinstance(raw, dict) and "system" in (raw.get("from"), raw.get("role"))


def _turn_of(raw: Any, number: int) -> _Turn | None:
    if not isinstance(raw, dict):
        return None
    role, text = raw.get("from", raw.get("role")), raw.get("value", raw.get("content"))
    if role not in (*QUESTION_ROLES, *ANSWER_ROLES) or not isinstance(text, str):
        return None
    return _Turn(number, role in QUESTION_ROLES, plain_text(_PLACEHOLDER.sub("", text)) or "")


def _add_pair(
    asked: _Turn, answered: _Turn, conversation: _Conversation, options: ConversationsOptions
) -> Iterator[str]:
    for turn in (asked, answered):
        if not turn.text:
            yield f"turn {turn.number}: no readable text"
            return
    try:
        question, answer = (
            boxes_in_pixels(turn.text, options.box_scale, conversation.size) for turn in (asked, answered)
        )
    except ValueError as problem:
        yield f"turns {asked.number} and {answered.number}: {problem}"
        return
    if any(prompt.search(question) for prompt in options.caption_prompts):
        conversation.captions.append(answer)
    else:
        conversation.questions.append(QuestionAnswer(question, answer))


def _record_of(name: str, conversation: _Conversation, source: FormatInput[ConversationsOptions]) -> Record | Reject:
    if not conversation.questions and not conversation.captions:
        return Reject(source.name, "image", name, "no question with an answer", "correct its turns, or remove it")
    captions, questions = tuple(dict.fromkeys(conversation.captions)), tuple(dict.fromkeys(conversation.questions))
    repeats = len(conversation.captions) + len(conversation.questions) - len(captions) - len(questions)
    notes = [f"{repeats} questions or captions left out that repeat others"] if repeats else []
    notes += [f"{conversation.system_turns} system turns left out"] if conversation.system_turns else []
    return Record((name,), captions=captions, questions=questions, notes=tuple(notes))


FORMAT = Format(
    read_conversations,
    ConversationsOptions,
    reads="JSON: LLaVA, LLaMA-Factory, SARLANG, SAR-TEXT, SARChat, SAREval",
    annotations="the JSON file",
    gives="questions, captions",
    lists_images=False,
    has_objects=False,
)
