"""Plain text: what a user or a corpus wrote is read as it stands, whatever marks of a tokenizer it looks like."""

import re
from typing import Any


def plain_ids(tokenizer: Any, text: str) -> list[int]:
    """Return the ids of a text of which nothing is a special token of its tokenizer, though it be spelled so."""
    ids: list[int] = tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True) if text else []
    return ids


def without_special(tokenizer: Any, text: str) -> str:
    """Return a text to be put into a prompt: what is spelled as a special token gets a space behind its first sign.

    A processor takes the prompt as one text, and reads every mark in it as a token.
    """
    marks = {*tokenizer.all_special_tokens}
    marks |= {str(token) for token in tokenizer.added_tokens_decoder.values() if token.special}
    spelled = sorted((mark for mark in marks if len(mark) > 1 and mark in text), key=len, reverse=True)
    if not spelled:
        return text
    broken = re.sub("|".join(map(re.escape, spelled)), lambda match: f"{match[0][0]} {match[0][1:]}", text)
    return without_special(tokenizer, broken)
