"""Questions as people type them, brought to the form in which corpora have them."""

import re
from string import ascii_uppercase

from sarvl.inference.question_wordings import in_plain_words

_TO_TEXT = r"(?:\s+|(?![A-Za-z]\.))(?=\S)"  # "A.1" is a choice, and "a.m." none
_CHOICE = re.compile(rf"\(?(?P<letter>[A-Za-z])[.):]{_TO_TEXT}(?P<text>.*)")
_BEFORE_CHOICE = re.compile(rf"\s+(?=(?:\(?[A-Z][.):]|\(?[a-z]\)){_TO_TEXT})")
_JOINT = re.compile(r"\s*(?:[,;]|[,;]?\s+(?:and|or))$")


def plain_question(text: str) -> str:
    r"""Return a question in one line, with each of its choices on a further line as ``A. ship``.

    Choices may be given as ``A.``, ``a)``, ``(A)`` or ``A:``, with blank lines between them, all in one line behind the
    end of a sentence, there also with commas or "or" between them, or behind the two characters ``\n``, as a shell
    hands them over. Lines that are no choices go on with the question. What is a plain wording of a question of corpora
    is brought to theirs.
    """
    lines = [line.strip() for line in text.replace("\\n", "\n").splitlines() if line.strip()]
    whole = " ".join(lines)
    for parts, ends in ((lines, ""), (_BEFORE_CHOICE.split(whole), "?.:")):
        for start in range(1, len(parts) - 1):
            question = " ".join(parts[:start])
            if (not ends or question[-1] in ends) and (choices := _choices(parts[start:])):
                return "\n".join((in_plain_words(question), *choices))
    return in_plain_words(whole, describes=True)


def letter_of_choice(line: str) -> str | None:
    """Return the letter of a line that gives a choice; None for any other line."""
    match = _CHOICE.fullmatch(line)
    return match["letter"].upper() if match else None


def _choices(lines: list[str]) -> list[str]:
    """Return lines as choices, where each is one, and their letters follow each other from A on."""
    matches = [match for line in lines if (match := _CHOICE.fullmatch(line))]
    letters = "".join(match["letter"].upper() for match in matches)
    if len(matches) < len(lines) or not ascii_uppercase.startswith(letters):
        return []
    texts = _without_joints([match["text"] for match in matches])
    return [f"{letter}. {text}" for letter, text in zip(letters, texts, strict=True)]


def _without_joints(texts: list[str]) -> list[str]:
    """Return choices without what joins each to the next, as in "A) 1, B) 2 or C) 3."; commas inside of one stay."""
    *before, last = texts
    if not all(map(_JOINT.search, before)):
        return texts
    return [*(_JOINT.sub("", text) for text in before), last.rstrip(" .,;?") or last]
