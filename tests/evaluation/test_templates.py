"""Prompts: templates and the class embeddings that are made of them."""

import numpy as np
import pytest

from sarvl.errors import EvaluationError
from sarvl.evaluation.templates import (
    DEFAULT_TEMPLATES,
    class_embeddings,
    fill,
    name_of_prompts,
    prompt_set,
    prompt_set_names,
)


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def test_class_embeddings_are_the_normalised_mean_of_normalised_prompts():
    def encode(sentences):
        return np.array([[len(s), s.count("a"), 1] for s in sentences], np.float32)

    found = class_embeddings(encode, ["tank", "oil tank"], DEFAULT_TEMPLATES)
    for row, name in zip(found, ["tank", "oil tank"], strict=True):
        mean = np.mean([unit(encode([prompt])[0]) for prompt in fill(DEFAULT_TEMPLATES, name)], axis=0)
        np.testing.assert_allclose(row, unit(mean), atol=1e-6)


def test_templates_take_any_name_and_need_one_place():
    assert fill(("a SAR image of {}", "{}."), "a {} b") == ("a SAR image of a {} b", "a {} b.")
    with pytest.raises(EvaluationError, match="give exactly one"):
        fill(("no place",), "ship")


def test_no_classes_are_named():
    with pytest.raises(EvaluationError, match="no class names"):
        class_embeddings(lambda sentences: np.eye(len(sentences)), [], DEFAULT_TEMPLATES)


def test_sarvlms_prompts_end_in_a_full_stop_as_its_script_has_them():
    """Eight of our nine once lacked it: published prompts are published to the letter."""
    assert len(DEFAULT_TEMPLATES) == 9
    for name in ("sarvlm-sar", "sarvlm-optical", "sarvlm-sar-optical", "sarvlm-isprs"):
        assert all(template.endswith("{}.") for template in prompt_set(name).templates)
        assert "KlayMa527/SARVLM" in prompt_set(name).source


def test_every_prompt_set_says_where_it_is_from_and_is_known_by_its_sentences():
    sizes = {name: len(prompt_set(name).templates) for name in prompt_set_names()}
    assert sizes == {
        "sarclip": 3,
        "sarvl": 7,
        "sarvlm-isprs": 5,
        "sarvlm-optical": 9,
        "sarvlm-sar": 9,
        "sarvlm-sar-optical": 15,
    }
    for name in sizes:
        assert prompt_set(name).source
        assert name_of_prompts(prompt_set(name).templates) == name
        fill(prompt_set(name).templates, "ship")
    assert name_of_prompts(("a ship like {}",)) is None


def test_a_name_takes_its_article_where_a_template_asks_for_it():
    templates = ("A SAR image of {a}.", "{a} can be seen.")
    assert fill(templates, "aircraft") == ("A SAR image of an aircraft.", "An aircraft can be seen.")
    assert fill(templates, "open water") == ("A SAR image of open water.", "Open water can be seen.")


def test_a_prompt_set_may_be_a_file(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text("source: me\ntemplates: ['a chip of {}']\n")
    assert prompt_set(str(path)).templates == ("a chip of {}",)
    with pytest.raises(EvaluationError, match="no prompt set 'sarvlm'; there are sarclip, sarvl, sarvlm-isprs"):
        prompt_set("sarvlm")
