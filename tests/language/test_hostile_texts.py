"""Sentences that people would write to deceive verify, and true ones in other words than ours (``data/``)."""

import pytest
from text_lists import scene, sentences

from sarvl.language import verify

HOSTILE, TRUE = sentences("hostile.yaml"), sentences("true_paraphrases.yaml")
# True, and refused: what they say can be taken in two ways, or is not read yet.
LEAST_CONFIRMED = 0.9


@pytest.mark.parametrize("kind", sorted({sentence.kind for sentence in HOSTILE}))
def test_no_hostile_sentence_is_confirmed(kind):
    texts = [sentence for sentence in HOSTILE if sentence.kind == kind]
    assert [sentence.text for sentence in texts if not verify(sentence.text, scene(sentence.scene))] == []


def test_true_paraphrases_are_confirmed():
    refused = [sentence.text for sentence in TRUE if verify(sentence.text, scene(sentence.scene))]
    assert len(refused) <= (1 - LEAST_CONFIRMED) * len(TRUE), refused


@pytest.mark.parametrize("texts", [HOSTILE, TRUE], ids=["hostile", "true"])
def test_no_sentence_stands_twice(texts):
    assert len({(sentence.scene, sentence.text) for sentence in texts}) == len(texts)
