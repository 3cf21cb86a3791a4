"""Prompts: templates and the class embeddings that are made of them."""

import numpy as np
import pytest

from sarvl.errors import EvaluationError
from sarvl.evaluation.templates import SARVLM_TEMPLATES, class_embeddings, fill


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def test_class_embeddings_are_the_normalised_mean_of_normalised_prompts():
    def encode(sentences):
        return np.array([[len(s), s.count("a"), 1] for s in sentences], np.float32)

    found = class_embeddings(encode, ["tank", "oil tank"], SARVLM_TEMPLATES)
    for row, name in zip(found, ["tank", "oil tank"], strict=True):
        mean = np.mean([unit(encode([prompt])[0]) for prompt in fill(SARVLM_TEMPLATES, name)], axis=0)
        np.testing.assert_allclose(row, unit(mean), atol=1e-6)


def test_templates_take_any_name_and_need_one_place():
    assert len(SARVLM_TEMPLATES) == 9
    assert fill(("a SAR image of {}", "{}."), "a {} b") == ("a SAR image of a {} b", "a {} b.")
    with pytest.raises(EvaluationError, match="give exactly one"):
        fill(("no place",), "ship")


def test_no_classes_are_named():
    with pytest.raises(EvaluationError, match="no class names"):
        class_embeddings(lambda sentences: np.eye(len(sentences)), [], SARVLM_TEMPLATES)
