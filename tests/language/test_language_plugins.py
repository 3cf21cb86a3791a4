"""Caption families, claims and question kinds of other packages: what is refused."""

from dataclasses import replace
from random import Random

import pytest
from language_examples import annotated, placed

from sarvl.errors import LanguageError
from sarvl.language import CAPTION_FAMILIES, QUESTION_KINDS, Vocabulary
from sarvl.language.captions import Scene, sampling
from sarvl.language.claims import ClaimKind
from sarvl.language.claims.claim import claim_kinds
from sarvl.language.claims.kinds.speckle import Speckle
from sarvl.language.questions import question_words
from sarvl.language.questions.question_kind import kinds_in_order
from sarvl.language.reader import grammar
from sarvl.language.reader.symbols import ImageClaim
from sarvl.language.reader.text_reader import read_text


def test_a_family_that_is_not_installed_is_refused():
    with pytest.raises(LanguageError, match=r"no caption family 'several'; .*there are absence, absolute_region"):
        CAPTION_FAMILIES.get("several")


@pytest.fixture
def word_tables():
    """The tables of words are built once; here they are built anew for each test."""
    tables = (grammar._all_phrases, grammar._phrases_by_words, question_words.kinds_of_phrases)
    for table in tables:
        table.cache_clear()
    yield
    for table in tables:
        table.cache_clear()


def test_a_claim_that_takes_words_of_others_is_refused(monkeypatch, word_tables):
    plug_in = ClaimKind(Speckle, {"above": ImageClaim(Speckle("weak"))})
    monkeypatch.setattr(grammar, "claim_kinds", lambda: {**claim_kinds(), "mine": plug_in})
    with pytest.raises(LanguageError, match="claim kind mine: 'above' has a meaning already; use other words"):
        read_text("A SAR image of ship.", Vocabulary(("ship",)))


def test_a_question_that_takes_words_of_others_is_refused(monkeypatch, word_tables):
    plug_in = replace(QUESTION_KINDS.get("nearest"), words={"close": ("nearest",)})
    monkeypatch.setattr(question_words, "kinds_in_order", lambda: {**kinds_in_order(), "mine": plug_in})
    with pytest.raises(LanguageError, match="question kind mine: 'nearest' is 'nearest' already, not 'close'"):
        question_words.kinds_of_phrases()


def test_a_family_whose_texts_bear_another_name_is_refused(monkeypatch):
    """A filter by families, and the counts of a corpus, go by the name that texts bear."""
    plug_in = replace(CAPTION_FAMILIES.get("general"), has_evidence=None)
    monkeypatch.setattr(sampling, "families_in_order", lambda: {"mine": plug_in})
    scene = Scene.of(annotated(placed("ship", 1, 1)), "sar")
    with pytest.raises(LanguageError, match="a text of caption family mine calls itself general; give it that name"):
        sampling.sample_statements(scene, ("mine",), 1, Random(0))
