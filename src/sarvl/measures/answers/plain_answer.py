"""An answer as a model writes it, without what is wrapped around it, in words."""

import re
import unicodedata

from sarvl.language.words.tokens import tokens_of
from sarvl.language.words.word_set import word_set

NEGATIONS = frozenset(("no", "not", "none", "never", "nor", "neither", "without", "cannot", "absent"))
"""Words that turn an answer; "isn't" is "is not" in ``plain_answer``."""
QUIET = word_set(
    """
    a an the is are was were be there here it this that these those in on at of to and as by its has have
    image images picture scene sar radar photo
    shown shows showing depicts visible seen present located positioned lies lie found
    , . : ; ! " ' ` * ( ) [ ]
    """
)
"""Words and signs that say nothing of what is asked."""
_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"</?answer>|<\|[^|>]{1,40}\|>|</?s>", re.IGNORECASE)
_LEAD = re.compile(
    r"^(?:so,? )?(?:the |my |your )?(?:final |correct |right |best )*"
    r"(?:answer(?: is\b|:| =)?|(?:option|choice)(?: is\b|:| =))[:\s]*",
    re.IGNORECASE,
)


_MARKS = re.compile(r"^[ \t]*(?:[-*+•]|#{1,6})[ \t]+|(?<![^\W_])[*_]+(?=\S)|(?<=\S)[*_]+(?![^\W_])|`", re.MULTILINE)
"""Of Markdown: bullets and headings with the blank behind them, which "-3" has not, and emphasis."""
_NOT = re.compile(r"\b(is|are|was|were|do|does|did|has|have|had|ca|could|should|would|wo)n['’]?t\b", re.IGNORECASE)


def without_thoughts(text: str) -> str:
    """Return a text without what stands in <think>, and with plain characters for full-width ones (NFKC)."""
    return unicodedata.normalize("NFKC", _THOUGHT.sub(" ", text))


def plain_answer(text: str) -> str:
    """Return an answer without thoughts, tags of chats, marks of Markdown, and an opening as "the answer is".

    "The right choice is" is such an opening as well. "Isn't" is "is not".
    """
    text = _MARKS.sub("", _TAG.sub(" ", without_thoughts(text))).strip().strip("\"'“”‘’ ")
    return _NOT.sub(r"\1 not", _LEAD.sub("", text)).strip()


def words_of(text: str) -> list[str]:
    """Return the words and signs of a plain answer, in lower case; "harbour" and "centre" are spelled as here."""
    return [_SPELLING.get(token, token) for token in tokens_of(plain_answer(text))]


_SPELLING = {"harbour": "harbor", "harbours": "harbors", "centre": "center", "grey": "gray"}
