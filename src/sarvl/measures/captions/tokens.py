"""PTB tokens without Java: those that pycocoevalcap scores captions by."""

import re

from sarvl.measures.captions.ptb_rules import (
    BEFORE_A_NUMBER,
    CLOSING_ABBREVIATIONS,
    OTHER_ABBREVIATIONS,
    STATES,
    rules,
)

PUNCTUATION = frozenset(["''", "'", "``", "`", ".", "?", "!", ",", ":", "-", "--", "...", ";", '"', ""])
"""Tokens that coco-caption leaves out. It means brackets too, but does not: by then they are ``-lrb-`` and the like."""
_END = "\n "  # some rules look at two characters beyond the token
_PLAIN_WORDS = re.compile(r"(?:(?:[A-Za-z]{2,}[.,;]?|[A-Za-z][,;]?|[.,;])[ \t\n][ \t\n\xa0\u2000-\u200a\u3000]*)+")
_SPECIAL_WORDS = frozenset(
    f"{CLOSING_ABBREVIATIONS} {OTHER_ABBREVIATIONS} {STATES} {BEFORE_A_NUMBER} pte pty ptes ptys ppte ppty mfg mtg "
    "cannot gonna gotta lemme gimme wanna".split()
)


def ptb_tokens(text: str) -> list[str]:
    """Return the tokens of a caption, lower-cased and without punctuation.

    They are those of Stanford's PTBTokenizer (CoreNLP 3.4.1, ``-preserveLines -lowerCase``) less the punctuation that
    coco-caption leaves out. That program reads all captions as one text: where a caption ends with "no." or a single
    letter, its tokens there depend on the next caption, and ours do not. A line break is a blank. A token may hold a
    no-break space, as "1 1/2" does.
    """
    line = re.sub(r"[\r\n\x0b\x0c\x85\u2028\u2029]", " ", text) + _END
    tokens: list[str] = []
    place = 0
    while place < len(line):
        if (plain := _PLAIN_WORDS.match(line, place)) and _SPECIAL_WORDS.isdisjoint(words := _words(plain[0])):
            tokens += words
            place = plain.end()
        else:
            token, place = _next_token(line, place)
            tokens.append(token)
    told = " ".join(tokens).rstrip()  # an address may end in a no-break space, which coco-caption strips off a line
    return [token for token in told.split(" ") if token not in PUNCTUATION]


def _words(text: str) -> list[str]:
    """Return the words of a text in which nothing else stands: what the rules would give, sooner."""
    return re.sub("[.,;]", " ", text).lower().split()


def _next_token(line: str, place: int) -> tuple[str, int]:
    """Return the token at a place, empty where there is none, and where the next one begins."""
    farthest, best = place, None
    for rule in rules():
        match = rule.pattern.match(line, place)
        if match and match.end() > farthest:
            farthest, best = match.end(), (match[1], match.end(1), rule.written)
    if best is None:
        return "", place + 1
    token, end, written = best
    return written(token).lower(), end
