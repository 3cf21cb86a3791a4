"""The package's own exceptions: each message is one line that says where, what is wrong, and what to do."""


class SarvlError(Exception):
    """Base of every error that a user can mend; the command line prints it as one line."""


class ImageError(SarvlError):
    """An image file that cannot be read as declared."""


class AnnotationError(SarvlError):
    """An annotation file that cannot be read at all."""


class LanguageError(SarvlError):
    """Class names that cannot be told apart in a sentence, or a sentence that cannot be read back into claims."""


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
