"""Caption families and question kinds of other packages, as the documentation shows them, used by the command line."""

import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
from plugins import install_documented, run_sarvl

from sarvl.errors import LanguageError
from sarvl.language import CAPTION_FAMILIES, QUESTION_KINDS, Vocabulary
from sarvl.language.claims import ClaimKind
from sarvl.language.claims.claim import claim_kinds
from sarvl.language.claims.kinds.speckle import Speckle
from sarvl.language.questions import question_words
from sarvl.language.questions.question_kind import kinds_in_order
from sarvl.language.reader import grammar
from sarvl.language.reader.symbols import ImageClaim
from sarvl.language.reader.text_reader import read_text

RECIPE = """
sources:
  - {name: port, format: yolo, images: images, annotations: labels, split: train, quantity: display,
     spacing_m: 2.5, options: {classes: [ship, tank]}}
"""


@pytest.fixture
def port(tmp_path: Path) -> Path:
    """A recipe of one image of three ships and one tank."""
    for name in ("images", "labels"):
        (tmp_path / name).mkdir()
    cv2.imwrite(str(tmp_path / "images" / "a.png"), np.arange(60 * 60, dtype=np.uint8).reshape(60, 60))
    boxes = ("0 .1 .1 .1 .1", "0 .3 .1 .1 .1", "0 .8 .8 .1 .1", "1 .5 .5 .1 .1")
    (tmp_path / "labels" / "a.txt").write_text("\n".join(boxes))
    (tmp_path / "corpus.yaml").write_text(RECIPE)
    return tmp_path


def texts_of(folder: Path, **columns: str) -> list[str]:
    rows = pq.read_table(folder / "corpus" / "texts.parquet").to_pylist()
    return [row["text"] for row in rows if all(row[name] == value for name, value in columns.items())]


def test_what_the_documentation_shows_is_used_when_it_is_installed(port):
    install_documented(port / "site", "language.md", "A family of your own", "several")
    install_documented(port / "site", "questions.md", "A kind of your own", "as_many")
    recipe, corpus = str(port / "corpus.yaml"), str(port / "corpus")
    install_documented(port / "site", "language.md", "A claim of your own", "resolution")
    wanted = ("captions={families: [several, resolution], per_image: 6}", "questions={shares: {others: 1}}")
    built = run_sarvl(port / "site", "build", recipe, "--out", corpus, "--workers", "1", *settings(wanted))
    told = texts_of(port, family="several", producer="rule:several")
    assert told, built
    assert all("several" in text for text in told)
    assert texts_of(port, family="as_many", answer="no") in (
        ["Are there as many ships as tanks in the image?"],
        ["Are there as many tanks as ships in the image?"],
    )
    claim = '[{"kind":"resolution","group":{"class":""},"amount":"fine"}]'
    assert all("fine resolution" in text for text in texts_of(port, family="resolution", claims=claim))
    count = len(texts_of(port))
    inspected = run_sarvl(port / "site", "inspect", corpus, "--workers", "1")
    assert f"100.0 % ({count} of {count}, all)" in inspected
    assert re.search(r"resolution +│ +\d", inspected.partition("Claims of all texts")[2])


def settings(values: tuple[str, ...]) -> list[str]:
    return [part for value in values for part in ("--set", value)]


def test_a_family_that_is_not_installed_is_refused():
    with pytest.raises(LanguageError, match=r"no caption family 'several'; .*there are absence, absolute_region"):
        CAPTION_FAMILIES.get("several")


@pytest.fixture
def word_tables():
    """The tables of words are built once; here they are built anew for each test."""
    tables = (grammar._all_phrases, grammar._phrases_by_first_word, question_words.kinds_of_phrases)
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
