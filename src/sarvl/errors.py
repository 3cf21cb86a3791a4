"""The package's own exceptions: each message is one line that says where, what is wrong, and what to do."""

import os
import re

# What ends a line, drives a terminal or cannot be written as UTF-8; names of files may hold all of it.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_MOST_CHARACTERS = 5000  # a path may have 4096


class SarvlError(Exception):
    """Base of every error that a user can mend; the command line prints it as one line."""

    def __str__(self) -> str:
        """Return the message, control characters and the like as escapes, cut where it has no end."""
        return _UNPRINTABLE.sub(lambda match: ascii(match[0])[1:-1], super().__str__()[:_MOST_CHARACTERS])


class ImageError(SarvlError):
    """An image file that cannot be read as declared."""


class UnknownQuantityError(ImageError):
    """An image of which neither the file nor the user says what a pixel is."""


class AnnotationError(SarvlError):
    """An annotation file that cannot be read at all."""


class LanguageError(SarvlError):
    """Class names that cannot be told apart in a sentence, or a sentence that cannot be read back into claims."""


class EndpointError(SarvlError):
    """An endpoint of a model that gives no answers, or a limit that its use has reached."""


class RewriteError(SarvlError):
    """Captions that could not all be rewritten, or examples that cannot be used."""


class RecipeError(SarvlError):
    """A recipe (YAML) with a wrong or missing field."""


class CorpusError(SarvlError):
    """A corpus folder that is missing, torn or does not hold what is asked of it."""


class ModelError(SarvlError):
    """A model or checkpoint that cannot be built, loaded or used on the given input."""


class EvaluationError(SarvlError):
    """An evaluation that cannot be carried out on the given corpus or rows."""


class Stopped(Exception):  # noqa: N818 - no error: somebody asked for it
    """A long job was asked to stop and has saved its state."""


def unreadable(path: object, problem: Exception, advice: str = "check the path") -> str:
    """Return the line that says that a file cannot be read, why, and what to do; no advice where it is empty.

    problem: what the system or a library says: its reason without number and file name, or its first line.
    """
    reason = getattr(problem, "strerror", None) or next(iter(str(problem).splitlines()), type(problem).__name__)
    return f"{path}: cannot be read ({reason})" + (f"; {advice}" if advice else "")


def unwritable(path: object, problem: OSError, advice: str = "check the path") -> str:
    """Return the line that says that a file or folder cannot be written, why, and what to do."""
    # By its number: libraries wrap the system's words into their own.
    reason = os.strerror(problem.errno) if problem.errno else " ".join(str(problem).split())
    return f"{path}: cannot be written ({reason}); {advice}"
