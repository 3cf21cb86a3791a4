"""Text from files that may hold anything."""

from unicodedata import normalize


def plain_text(value: object) -> str | None:
    """Return a text without outer white space; None where it is empty, no text, or has a lone surrogate.

    JSON can hold half of a surrogate pair (a cut emoji), and file names bytes that are not UTF-8; tables cannot.
    """
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return None
    return value.strip()


def composed(name: str) -> str:
    """Return a file name with each accent in one character with its letter (Unicode's NFC)."""
    return name if name.isascii() else normalize("NFC", name)


def escaped(name: str) -> str:
    """Return a file name with what UTF-8 cannot hold written as escapes, for messages."""
    return name.encode("utf-8", "backslashreplace").decode()
