"""Zero-shot prompts: sets of templates, each a file in ``prompt_sets``, and the class embeddings made of them."""

from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sarvl.errors import EvaluationError
from sarvl.language.words.lexicon import is_bare, with_article
from sarvl.recipes import RecipeModel, load_recipe

DEFAULT_PROMPTS = "sarvlm-sar"
"""The prompt set that is used where none is named: the nine templates of SARVLM's script."""
NAME, NAME_WITH_ARTICLE = "{}", "{a}"


class PromptSet(RecipeModel):
    """A set of templates."""

    source: str
    """Who published it, and where it stands."""
    templates: tuple[str, ...]
    """Sentences with one place for the class name: ``{}`` as it stands, ``{a}`` with its article."""


def prompt_set_names() -> list[str]:
    """Return the names of the sets that come with sarvl, sorted."""
    return sorted(path.name.removesuffix(".yaml") for path in _folder().iterdir() if path.name.endswith(".yaml"))


@cache
def prompt_set(name: str) -> PromptSet:
    """Return a set by its name, or from a YAML file with the same two fields.

    Raises EvaluationError for a name that is not known, RecipeError for a file that is none.
    """
    if name in prompt_set_names():
        return load_recipe(_folder() / f"{name}.yaml", PromptSet)
    if name.endswith((".yaml", ".yml")):
        return load_recipe(name, PromptSet)
    raise EvaluationError(f"no prompt set {name!r}; there are {', '.join(prompt_set_names())}, or give a YAML file")


def name_of_prompts(templates: Sequence[str]) -> str | None:
    """Return which of the sets that come with sarvl some templates are; None where they are of somebody else."""
    return next((name for name in prompt_set_names() if prompt_set(name).templates == tuple(templates)), None)


def _folder() -> Path:
    return Path(str(files("sarvl.evaluation"))) / "prompt_sets"


def fill(templates: Sequence[str], class_name: str) -> tuple[str, ...]:
    """Return one prompt a template; a template without exactly one ``{}`` or ``{a}`` is an EvaluationError.

    The name is put in as it stands, so that braces in a class name do no harm.
    """
    for template in templates:
        places = template.count(NAME) + template.count(NAME_WITH_ARTICLE)
        if places != 1:
            raise EvaluationError(f"template {template!r}: has {places} places {{}} or {{a}}; give exactly one")
    with_its_article = class_name if is_bare(class_name) else with_article(class_name)
    return tuple(
        template.replace(NAME, class_name) if NAME in template else _with_capital(template, with_its_article)
        for template in templates
    )


def _with_capital(template: str, name: str) -> str:
    text = template.replace(NAME_WITH_ARTICLE, name)
    return text[:1].upper() + text[1:] if template.startswith(NAME_WITH_ARTICLE) else text


def class_embeddings(
    encode_texts: Callable[[list[str]], ArrayLike], class_names: Sequence[str], templates: Sequence[str]
) -> NDArray[np.float32]:
    """Return ``(C, D)`` class embeddings: the mean of the normalised prompt embeddings, normalised again.

    encode_texts: maps a list of sentences to ``(sentences, D)``; called once with the prompts of all classes.
    Source: Radford et al., Learning Transferable Visual Models (CLIP), 2021, section 3.1.4.
    """
    if not class_names or not templates:
        raise EvaluationError("zero-shot: no class names or no templates; give at least one of each")
    return mean_embeddings(encode_texts, [fill(templates, name) for name in class_names])


def mean_embeddings(
    encode_texts: Callable[[list[str]], ArrayLike], sentences: Sequence[Sequence[str]]
) -> NDArray[np.float32]:
    """Return ``(C, D)``: of as many sentences for each of C answers, the mean of their embeddings, all normalised."""
    embeddings = np.asarray(encode_texts([text for of_answer in sentences for text in of_answer]), dtype=np.float64)
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    means = embeddings.reshape(len(sentences), len(sentences[0]), -1).mean(axis=1)  # (C, D)
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), dtype=np.float32)


DEFAULT_TEMPLATES = prompt_set(DEFAULT_PROMPTS).templates
"""The templates of ``DEFAULT_PROMPTS``."""
