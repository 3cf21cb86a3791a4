"""Zero-shot prompt templates: sentences with one ``{}`` where the class name goes."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarvl.errors import EvaluationError

SARVLM_TEMPLATES = (
    "a SAR image of {}",
    "a radar image of {}",
    "a synthetic aperture radar image of {}",
    "SAR imagery showing {}",
    "a satellite SAR image of {}",
    "radar remote sensing image of {}",
    "{}.",
    "a photo of {}",
    "an image of {}",
)
"""The nine templates of SARVLM's zero-shot evaluation (Ma et al., arXiv 2510.22665, repository KlayMa527/SARVLM)."""


def fill(templates: Sequence[str], class_name: str) -> tuple[str, ...]:
    """Return one prompt a template; a template without exactly one ``{}`` is an EvaluationError.

    The name is put in as it stands, so that braces in a class name do no harm.
    """
    for template in templates:
        if template.count("{}") != 1:
            raise EvaluationError(f"template {template!r}: has {template.count('{}')} places {{}}; give exactly one")
    return tuple(template.replace("{}", class_name) for template in templates)


def class_embeddings(
    encode_texts: Callable[[list[str]], ArrayLike], class_names: Sequence[str], templates: Sequence[str]
) -> NDArray[np.float32]:
    """Return ``(C, D)`` class embeddings: the mean of the normalised prompt embeddings, normalised again.

    encode_texts: maps a list of sentences to ``(sentences, D)``; called once with the prompts of all classes.
    Source: Radford et al., Learning Transferable Visual Models (CLIP), 2021, section 3.1.4.
    """
    if not class_names or not templates:
        raise EvaluationError("zero-shot: no class names or no templates; give at least one of each")
    prompts = [prompt for name in class_names for prompt in fill(templates, name)]
    embeddings = np.asarray(encode_texts(prompts), dtype=np.float64)
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    means = embeddings.reshape(len(class_names), len(templates), -1).mean(axis=1)  # (C, D)
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), dtype=np.float32)
