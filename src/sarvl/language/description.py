"""describe: an annotated image to statements."""

from collections.abc import Sequence
from functools import lru_cache

from sarvl.annotations import AnnotatedImage
from sarvl.language.captions import CAPTION_FAMILIES, Scene, families_in_order
from sarvl.language.captions.sampling import sample_statements
from sarvl.language.statement import NARRATED, Statement
from sarvl.language.words.lexicon import Domain
from sarvl.seeds import seeded_random


def describe(
    image: AnnotatedImage,
    *,
    captions: int = 5,
    seed: int = 0,
    domain: Domain = "sar",
    families: Sequence[str] | None = None,
) -> list[Statement]:
    """Return what can be said of ``image``: captions of people and models, else up to ``captions`` rule captions.

    Captions of people, and of models, are passed on as they are, all of them, exact repeats left out; a text that both
    wrote is that of people. Rule captions are of the given
    ``families`` (names of ``CAPTION_FAMILIES``, in any order), or of all. No two have the same text, and fewer than
    ``captions`` come back only where no new one is found.
    The texts depend on ``seed``, ``image.file`` and what the families rest on, and on nothing else: the size, classes,
    label, labelled classes, whole-pixel boxes, corners, land cover, spacing, looks and size of the target.
    Raises LanguageError where two classes cannot be told apart in a text, or a family is not known.
    """
    chosen = _in_order(None if families is None else tuple(families))
    if image.captions or image.model_captions:
        human = [Statement(text, "human", (), "human") for text in dict.fromkeys(image.captions)]
        models = {text: producer for text, producer in image.model_captions if text not in image.captions}
        return human + [Statement(text, NARRATED, (), producer) for text, producer in models.items()]
    return sample_statements(Scene.of(image, domain), chosen, captions, seeded_random(seed, image.file))


@lru_cache(maxsize=64)
def _in_order(families: tuple[str, ...] | None) -> tuple[str, ...]:
    """Return the names in the order of the draws; all where ``families`` is None."""
    known = tuple(families_in_order())
    for name in families or ():
        CAPTION_FAMILIES.get(name)  # LanguageError where there is none of that name
    return known if families is None else tuple(name for name in known if name in families)
