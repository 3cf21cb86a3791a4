"""describe: an annotated image to statements."""

from hashlib import blake2b
from random import Random

from sarvl.annotations import AnnotatedImage
from sarvl.language.families import Scene
from sarvl.language.lexicon import Domain
from sarvl.language.sampling import sample_statements
from sarvl.language.statement import Statement


def describe(image: AnnotatedImage, *, captions: int = 5, seed: int = 0, domain: Domain = "sar") -> list[Statement]:
    """Return what can be said of ``image``: its human captions, else up to ``captions`` rule captions.

    Human captions are passed on as they are, all of them, exact repeats left out. Rule captions come from the objects
    or the label; no two have the same text, and fewer than ``captions`` come back only where no new one is found.
    The texts depend on ``seed``, ``image.file``, the size, classes, label and whole-pixel boxes, and on nothing else.
    Raises LanguageError where two classes cannot be told apart in a text.
    """
    if image.captions:
        return [Statement(text, "human", (), "human") for text in dict.fromkeys(image.captions)]
    digest = blake2b(f"{seed}\0{image.file}".encode(), digest_size=8).digest()
    return sample_statements(Scene.of(image, domain), captions, Random(int.from_bytes(digest, "big")))
