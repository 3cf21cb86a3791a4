"""Conversations about images: LLaVA, ShareGPT and LLaMA-Factory, SAR-TEXT, SARLANG, SARChat and SAREval."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from sarvl.annotations.annotated_image import QuestionAnswer, Reject
from sarvl.annotations.format import Format, FormatInput
from sarvl.annotations.image_files import ImageFiles
from sarvl.annotations.parsing.box_text import BoxScale, boxes_in_pixels
from sarvl.annotations.parsing.json_entries import json_entries
from sarvl.annotations.parsing.other_forms import advice_of_another
from sarvl.annotations.parsing.plain_text import plain_text
from sarvl.annotations.record import Record
from sarvl.errors import AnnotationError, ImageError
from sarvl.imagery import read_size
from sarvl.recipes import RecipeModel

_EXPORT_INFO = "export.json"
IMAGE_KEYS = ("image", "images", "image_path")
QUESTION_ROLES = ("human", "user")
ANSWER_ROLES = ("gpt", "assistant", "chatgpt", "model")
_IMAGE = r"(this|the|the given|the following) (sar |radar )?(image|picture|scene)"
CAPTION_PROMPTS = (
    rf"(?i)^(please )?describe (the contents? of )?{_IMAGE}( concisely| briefly| in detail| in one sentence)?\.?$",
    rf"(?i)^(please )?(provide|give|write) an? (\w+ )?(description|caption|summary) (of|for) {_IMAGE}\.?$",
)
_PLACEHOLDER = re.compile(
    r"<image>|(?:Picture \d+:\s*)?<img>[^<>]{0,4096}</img>|<\|vision_start\|>(?:<\|image_pad\|>)*<\|vision_end\|>",
    re.IGNORECASE,
)
_NAMED_IN_TEXT = re.compile(r"<img>([^<>]{1,4096})</img>")  # Qwen-VL
_IMAGE_PARTS, _TEXT_PARTS = ("image", "image_url", "input_image"), ("text", "input_text", "output_text")


class ConversationsOptions(RecipeModel):
    """The options of format ``conversations``."""

    box_scale: BoxScale | None = None
    """What the numbers of boxes in the texts are: ``pixels`` (SARChat), or parts of the image's sides in ``1``, ``100``
    (GeoChat, VRSBench) or ``1000`` (Qwen-VL, Qwen2-VL, InternVL). A question with a box needs it, but in what
    ``sarvl export`` wrote, whose texts stay as they are."""
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
    """All that is said of one image; has_pixels: its boxes are in pixels already, and texts stay as they are."""

    size: tuple[int, int] | None
    has_pixels: bool = False
    questions: list[QuestionAnswer] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    system_turns: int = 0


def read_conversations(source: FormatInput[ConversationsOptions]) -> Iterator[Record | Reject]:
    """Yield one Record an image, in the order of its first entry; the entries of one image are joined.

    Each question of a person is paired with the answer that follows it; content may be a text or a list of parts.
    ``<image>`` is taken out of texts, and boxes become ``[x, y, w, h]`` in pixels, as our own exports have them. Turns
    that have no partner, no text or no known role, and boxes that cannot be read, are Rejects of unit question; an
    entry without exactly one image is a Reject of unit image. System turns and exact repeats are left out and noted.
    The several prompts of a SAREval entry share its answer; its options are not read.
    Raises AnnotationError where the file is neither a JSON list nor JSON lines, no entry names an image, or it is an
    export whose boxes are in the form of a model.
    Source: LLaVA and LLaMA-Factory data formats; Ma et al. 2025 (SARChat, boxes in pixels).
    """
    options = source.options
    files = None if options.box_scale in {None, "pixels"} else source.files
    has_pixels = options.box_scale is None and _is_our_export(source.annotations)
    conversations: dict[str, _Conversation] = {}
    for where, entry in json_entries(source.annotations):
        name = _image_of(entry)
        if name is None:
            advice = f"give exactly one image an entry, under one of {', '.join(IMAGE_KEYS)}, or as a part of a message"
            yield Reject(source.name, "image", where, "not an object that names one image", advice)
            continue
        name = name.removeprefix(options.prefix)
        if name not in conversations:
            conversations[name] = _Conversation(_size_of(name, files), has_pixels)
        for problem in _add(entry, conversations[name], options):
            yield Reject(source.name, "question", where, problem, "correct or remove this turn")
    if not any(conversation.questions or conversation.captions for conversation in conversations.values()):
        _refuse_another_form(source.annotations, has_images=bool(conversations))
    for name, conversation in conversations.items():
        yield _record_of(name, conversation, source)


def _is_our_export(path: Path) -> bool:
    """Tell whether ``sarvl export`` wrote the file: its texts are those of a corpus, whose boxes are in pixels.

    Raises AnnotationError where it wrote the boxes as a model has them, which nothing in the texts tells.
    """
    try:
        info = json.loads((path.parent / _EXPORT_INFO).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if not isinstance(info, dict) or "sarvl_version" not in info:
        return False
    options = info.get("options")
    boxes = options.get("boxes") if isinstance(options, dict) else None
    if boxes not in (None, "xywh"):
        raise AnnotationError(f"{path}: its boxes are written as {boxes}; export the corpus again with --boxes xywh")
    return True


def _refuse_another_form(path: Path, has_images: bool) -> None:
    """Raise AnnotationError where entries without a question are those of another format, or name no image."""
    advice = advice_of_another(path, "conversations")
    if advice:
        raise AnnotationError(f"{path}: no entry has turns; {advice}")
    if not has_images:
        raise AnnotationError(f"{path}: no entry names an image; set another format")


def _image_of(entry: Any) -> str | None:
    """Return the one image that an entry names, in a key of its own, as a part of a message, or in a text."""
    if not isinstance(entry, dict):
        return None
    named = next((entry[key] for key in IMAGE_KEYS if entry.get(key)), None)
    names = named if isinstance(named, list) else [named] if named else list(dict.fromkeys(_images_in_turns(entry)))
    name = names[0] if len(names) == 1 else None
    name = name.get("path") if isinstance(name, dict) else name
    return str(name).removeprefix("file://") if plain_text(name) and not str(name).startswith("data:") else None


def _images_in_turns(entry: dict[str, Any]) -> Iterator[str]:
    contents = [turn.get("value", turn.get("content")) for turn in _turns_of(entry) if isinstance(turn, dict)]
    for content in contents:
        if isinstance(content, str):
            yield from _NAMED_IN_TEXT.findall(content)
        for part in content if isinstance(content, list) else ():
            if isinstance(part, dict) and part.get("type") in _IMAGE_PARTS:
                named = part.get("image") or part.get("image_url") or part.get("path")
                url = named.get("url") if isinstance(named, dict) else named
                yield from [url] if isinstance(url, str) else []


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
    role, text = raw.get("from", raw.get("role")), _text_of(raw.get("value", raw.get("content")))
    if role not in (*QUESTION_ROLES, *ANSWER_ROLES) or text is None:
        return None
    return _Turn(number, role in QUESTION_ROLES, plain_text(_PLACEHOLDER.sub("", text)) or "")


def _text_of(content: Any) -> str | None:
    """Return the text of a turn, of its parts one below the other; None where it holds anything else."""
    if not isinstance(content, list):
        return content if isinstance(content, str) else None
    parts = [{"type": "text", "text": part} if isinstance(part, str) else part for part in content]
    if not all(isinstance(part, dict) and part.get("type") in (*_IMAGE_PARTS, *_TEXT_PARTS) for part in parts):
        return None
    texts = [part.get("text") for part in parts if part["type"] in _TEXT_PARTS]
    whole = [text for text in texts if isinstance(text, str)]
    return "\n".join(whole) if len(whole) == len(texts) else None


def _add_pair(
    asked: _Turn, answered: _Turn, conversation: _Conversation, options: ConversationsOptions
) -> Iterator[str]:
    for turn in (asked, answered):
        if not turn.text:
            yield f"turn {turn.number}: no readable text"
            return
    try:
        question, answer = (
            turn.text if conversation.has_pixels else boxes_in_pixels(turn.text, options.box_scale, conversation.size)
            for turn in (asked, answered)
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
