"""Plain wordings of what questions of corpora ask, with the words that these have for it."""

import re

from sarvl.language.prompts import CAPTION_PROMPT

_THE_IMAGE = r"(?:the|this) (?:\w+ )?(?:image|picture|scene)"
_IMAGE = rf"(?:in |on |of )?{_THE_IMAGE}"
_SEEN = r"(?:visible|shown|present|depicted|seen)"
_ASKS = "(?:count|describe|give|name|state|how|what|which|where) "
_IS = r"(?:is|are|does|do|can)\b"
_YES_OR_NO = r"[\"'“‘]?yes[\"'”’]?(?: or |, | ?/ ?)[\"'“‘]?no[\"'”’]?"
_TELLS = (
    r"(?:(?:just |only |please )*(?:answer|reply|respond|say|state)(?: only| just)?(?: with| by| in| as)?"
    r"(?: only| just)?:? )?"
)
_SIDES = {"upper": "top", "lower": "bottom"}

_DESCRIBE = re.compile(
    rf"(?:describe|caption) {_IMAGE}(?: briefly| in detail| in (?:one|a) sentence)?"
    rf"|(?:give|write) (?:me )?an? (?:short |brief )?(?:description|caption) (?:of|for) {_IMAGE}"
    rf"|what(?: is|'s) (?:there |to be seen |{_SEEN} )?{_IMAGE}"
    rf"|what (?:can|do) (?:you|we) see(?: {_IMAGE})?|what can be seen {_IMAGE}|what does {_IMAGE} show",
    re.IGNORECASE,
)
"""What asks for a caption, the whole of it."""

_WORDINGS = tuple(
    (re.compile(typed, re.IGNORECASE), plain)
    for typed, plain in (
        (r"^please,? |,? please(?=[.?!]*$)", ""),
        (rf"^(?:(?:can|could) you (?:please )?)?(?:tell me )?(?={_ASKS})", ""),
        (r"(?<=[.?]) answer (?:in|with) (?:one|a|a single) (?:word|number)\.?$", ""),
        (rf"^{_TELLS}{_YES_OR_NO}[:,] (?={_IS})", ""),
        (rf"^({_IS}.*?)[\s,;.?!–-]+[(\[]?{_TELLS}{_YES_OR_NO}(?: only)?[)\]]?[.?!]*$", r"\1?"),
        (r"\[\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*,\s*(\d+)\s*\]", r"[\1, \2, \3, \4]"),
        (
            r"^(?:what|which) (?:kinds of |types of )?(?:objects|things|classes) "
            rf"(?:are(?: there)?|can be)(?: {_SEEN})? {_IMAGE}\??$",
            "What are the categories visible in the image?",
        ),
    )
)
"""What is typed, and what corpora have in its place."""

_SIDE = re.compile(
    r"\b(?:on|at|in|to) the (left|right|top|bottom|upper|lower)(?:[ -]hand)?(?: side| part| third| edge)?"
    rf"(?= (?:of|in) {_THE_IMAGE}|[.?!]*$)",
    re.IGNORECASE,
)


def in_plain_words(question: str, *, describes: bool = False) -> str:
    """Return a question in the words of corpora, where it is a plain wording of one; else as it is.

    describes: whether it may ask for a caption, as one without choices does.
    """
    plain = question
    for typed, words in _WORDINGS:
        plain = typed.sub(words, plain)
    plain = _SIDE.sub(lambda match: f"on the {_side(match[1].lower())} side", plain)
    if describes and _DESCRIBE.fullmatch(plain.rstrip(" .?!")):
        return CAPTION_PROMPT
    return plain if plain == question else plain[:1].upper() + plain[1:]


def _side(word: str) -> str:
    return _SIDES.get(word, word)
