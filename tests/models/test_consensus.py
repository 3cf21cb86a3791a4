"""Consensus: of several drafts of a caption, the one that the others bear out."""

from dataclasses import replace

import pytest
import torch
from micro import make_model, squares

from sarvl.errors import ModelError
from sarvl.language import read_claims
from sarvl.language.words.vocabulary import Vocabulary
from sarvl.models import load_model, with_fresh_decoder
from sarvl.models.answering.answer_space import FreeText
from sarvl.models.answering.answer_writer import answered_together
from sarvl.models.consensus import surest
from sarvl.models.decoding_settings import NOTHING_SURE
from sarvl.models.history import StageEntry
from sarvl.models.protocols import Decoding, Generated

CLASSES = ("bridge", "cargo ship", "ship")
DRAWN = Decoding(20, temperature=1.0, top_p=0.95, drafts=6)


def kept(*texts: str, sure: float = 0.6) -> str:
    drafts = [Generated(text, -float(place)) for place, text in enumerate(texts)]
    return surest(drafts, sure, CLASSES).text


def test_a_count_that_most_bear_out_is_told():
    told = kept("5 ships.", "A SAR image of a ship.", "3 ships.", "3 ships in the middle.", "3 ships.", "3 ships.")
    assert told == "3 ships."


def test_a_count_that_few_bear_out_is_not():
    assert kept("5 ships.", "4 ships.", "3 ships.", "ships.") == "ships."
    assert kept("5 ships.", "4 ships.", "3 ships.", "at least 3 ships.", "ships.") == "at least 3 ships."


def test_a_place_that_others_pass_over_is_not_told():
    assert (
        kept("a ship in the middle.", "a ship in the upper left.", "a ship in the lower left.", "a ship.") == "a ship."
    )


def test_a_class_that_others_pass_over_is_not_told():
    assert kept("a bridge.", "a ship.", "a ship.", "a ship.", "2 ships.") == "a ship."


def test_a_synonym_counts_as_its_class_where_no_other_is_named():
    assert kept("a bridge.", "3 vessels.", "3 vessels.", "3 vessels.", "3 ships.", "3 vessels.") == "3 vessels."


def test_what_cannot_be_read_is_not_kept():
    assert kept("a ship or so, perhaps.", "a ship.") == "a ship."
    assert kept("scrub and heath.", "heath.") == NOTHING_SURE


def test_where_no_claim_is_sure_nothing_is_claimed():
    """Regression: the draft with the least unsure claim was kept: a guess, right in two of three on validation."""
    drafts = [Generated("a ship.", -5.0), Generated("a bridge.", -2.0), Generated("a cargo ship.", -7.0)]
    assert surest(drafts, 0.75, CLASSES) == Generated(NOTHING_SURE, -2.0)
    assert kept("a ship.", "a ship.", "a ship.", sure=0.9) == NOTHING_SURE
    assert kept("A SAR image.", "A radar image.") == NOTHING_SURE
    reading = read_claims(NOTHING_SURE, Vocabulary(CLASSES))
    assert (reading.claims, reading.unread) == ((), ())


@pytest.fixture(scope="module")
def captioner(tmp_path_factory):
    torch.manual_seed(0)
    model = with_fresh_decoder(load_model(make_model(tmp_path_factory.mktemp("clip"))))
    entry = {"corpus_digest": "", "split": "train", "images": 1, "steps": 1, "epochs": 1.0, "batch_size": 1}
    stage = StageEntry(stage="captions", learning_rate=1e-3, seed=0, classes=("ship", "ships"), **entry)
    return replace(model, history=[stage])


def images(count: int = 5):
    generator = torch.Generator().manual_seed(0)
    return squares(torch.randint(0, 256, (count, 3, 32, 32), dtype=torch.uint8, generator=generator).numpy())


def test_drafts_of_an_image_depend_on_seed_and_pixels_alone(captioner, monkeypatch):
    def every(drafts, *_):
        return Generated("\n".join(draft.text for draft in drafts), 0.0)

    monkeypatch.setattr("sarvl.models.clips.writing_clip.surest", every)
    together = captioner.caption(images(), DRAWN)
    assert [captioner.caption(images().batch([row]), DRAWN)[0].text for row in (1, 4)] == [
        together[1].text,
        together[4].text,
    ]
    assert [said.text for said in captioner.caption(images(), replace(DRAWN, seed=1))] != [
        said.text for said in together
    ]


def test_a_model_of_unknown_classes_is_refused(captioner):
    untold = replace(captioner, history=[])
    with pytest.raises(ModelError, match="nobody recorded which classes it was taught"):
        untold.caption(images(1), DRAWN)


def test_drafts_need_draws_and_are_of_captions_alone():
    for given in ({"drafts": 0}, {"drafts": 4}, {"drafts": 4, "beams": 2, "temperature": 1.0}, {"sure": 0.0}):
        with pytest.raises(ValueError, match=r"draft|drawn|sure"):
            Decoding(**given)
    with pytest.raises(ModelError, match="drafts"):
        next(answered_together([FreeText()], DRAWN, 1))
