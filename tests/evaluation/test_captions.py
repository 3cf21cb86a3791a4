"""Captioning: a captioner on a corpus, what is claimed, the best constant caption, and captions of others."""

import json

import numpy as np
import pytest
from micro import make_corpus

from sarvl.corpus import Corpus
from sarvl.errors import EvaluationError
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.scorer import score
from sarvl.evaluation.tasks.captions import TASK, CaptioningSettings, captions_of, measures, read_of, runs, views
from sarvl.models.protocols import Generated


class EveryImage:
    """Images that nobody looks at."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __len__(self) -> int:
        return self.count

    def batch(self, rows):
        return np.asarray(rows)


class Captioner:
    """Says what it was told, image by image."""

    def __init__(self, captions: list[str]) -> None:
        self.left = list(captions)

    def caption(self, images, decoding):
        return [Generated(self.left.pop(0), -0.5) for _ in range(len(images))]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Corpus:
    return make_corpus(tmp_path_factory.mktemp("captions"))


@pytest.fixture(scope="module")
def images(corpus) -> SplitImages:
    return SplitImages.open(corpus.folder, "test")


def outcome_for(images: SplitImages, captions: list[str]):
    evaluated = EvaluatedModel("fake", images, workers=1)
    evaluated.__dict__["model"] = Captioner(captions)
    evaluated.__dict__["prepared_images"] = EveryImage(len(captions))
    (run,) = runs(evaluated, CaptioningSettings())
    return run.outcome()


def values_of(outcome) -> dict[str, float]:
    return {measure.metric: measure.value for measure in measures(outcome)}


SAID, UNREAD = "An image.", "There is 1 lighthouse in this SAR image."


def test_a_caption_of_the_image_itself_scores_best_and_claims_truly(images):
    outcome = outcome_for(images, [own[0] for own in captions_of(images)])
    values = values_of(outcome)
    assert values["ROUGE-L"] == pytest.approx(1)
    assert values["BLEU-4"] == pytest.approx(1, abs=1e-6)
    assert values["claim_precision"] == 1
    assert values["colour_word_rate"] == 0
    assert values["count_recall"] + values["place_recall"] > 0
    assert outcome.column("score") == pytest.approx(np.exp(-0.5))


def test_a_constant_caption_reaches_what_stands_beside_as_the_best_constant(images):
    first = outcome_for(images, [own[0] for own in captions_of(images)])
    for metric in ("CIDEr", "count_recall"):
        constant = first.facts["constants"][metric]
        said = values_of(outcome_for(images, [constant] * len(images.ids)))
        assert said[metric] == pytest.approx(said[f"constant/{metric}"])


def test_wrong_claims_and_colours_are_seen_where_words_are_alike(images):
    said = [own[0] for own in captions_of(images)]
    wrong = values_of(outcome_for(images, ["There are 97 green zebras."] * len(said)))
    assert wrong["colour_word_rate"] == 1
    assert wrong["count_recall"] == wrong["place_recall"] == 0


def test_a_caption_that_cannot_be_read_is_not_one_that_claims_nothing(images):
    """Regression: a class that the corpus does not know was read as no claim, and its caption counted as silent."""
    silent = {text: values_of(outcome_for(images, [text] * len(images.ids)))["silent_rate"] for text in (SAID, UNREAD)}
    assert silent == {SAID: 1, UNREAD: 0}


def test_measures_have_intervals_within_their_range(images):
    outcome = outcome_for(images, [own[-1] for own in captions_of(images)][::-1])
    for measure in measures(outcome):
        low, high, _ = measure.interval()
        assert low is None or 0 <= low <= measure.value <= high + 1e-9 <= measure.most + 1e-6
        assert measure.of_model is not measure.metric.startswith("constant/")


def test_a_page_shows_the_captions_that_claim_wrongly(images):
    right = outcome_for(images, [own[0] for own in captions_of(images)])
    assert views([], right) == []
    (gallery,) = views([], outcome_for(images, ["There are exactly 97 ships in this SAR image."] * len(images.ids)))
    assert "true claims: 0 of 1" in gallery.pictures[0].lines[0]


def test_what_a_caption_tells_is_counted_by_class_and_by_cell(corpus):
    """Each caption of a family that tells numbers tells them all; one more than there are tells nothing."""
    told = 0
    for row, own in enumerate(corpus.captions_of_image):
        image = corpus.image(row).annotation
        for text in (corpus.sentences[index] for index in own):
            read = read_of(text, image)
            assert read.true == read.claims
            assert read.counts_told <= read.counts
            assert read.places_told <= read.places
            told += read.counts_told + read.places_told
    assert told > 0
    wrong = read_of("There are exactly 98 tanks.", corpus.image(0).annotation)
    assert (wrong.true, wrong.counts_told) == (0, 0)


def test_captions_of_others_are_held_against_the_corpus(images, tmp_path):
    path = tmp_path / "results.json"
    said = [own[0] for own in captions_of(images)]
    path.write_text(
        json.dumps([{"image_id": name, "caption": text} for name, text in zip(images.ids, said, strict=True)])
    )
    rows = score("captions", path, tmp_path / "rows.jsonl", format="captions-json", corpus=images.corpus.folder)
    values = {row.metric: row.value for row in rows}
    expected = values_of(outcome_for(images, said))
    assert values == pytest.approx(expected)


def test_lines_of_narrate_name_files(images, tmp_path):
    path = tmp_path / "narrated.jsonl"
    entries = [
        {"image": str(images.corpus.paths[row]), "caption": own[0], "producer": "model:x", "log_probability": -1.0}
        for row, own in zip(images.rows, captions_of(images), strict=True)
    ]
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    rows = score("captions", path, tmp_path / "rows.jsonl", format="captions-json", corpus=images.corpus.folder)
    assert next(row.value for row in rows if row.metric == "ROUGE-L") == pytest.approx(1)


def test_the_lines_of_sarlang_hold_their_own_references(tmp_path):
    path = tmp_path / "Caption_result.jsonl"
    lines = [("two ships at a pier", "Two ships at a pier."), ("a bridge", "an empty sea")]
    path.write_text("".join(json.dumps({"predict": said, "label": truth}) + "\n" for said, truth in lines))
    rows = score("captions", path, tmp_path / "rows.jsonl", format="sarlang-captions")
    values = {row.metric: row.value for row in rows}
    assert values["ROUGE-L"] == pytest.approx(0.5)
    assert "claim_precision" not in values


def test_a_reference_of_two_lines_is_one_reference(tmp_path):
    """Regression: each of its lines was held against the caption as a reference of its own."""
    path = tmp_path / "Caption_result.jsonl"
    path.write_text(json.dumps({"predict": "at a pier", "label": "two ships\nat a pier"}) + "\n")
    rows = score("captions", path, tmp_path / "rows.jsonl", format="sarlang-captions")
    assert next(row.value for row in rows if row.metric == "ROUGE-L") < 1


def test_images_without_a_caption_of_others_are_told(images, tmp_path, capfd):
    """Regression: a file of captions of the easiest images alone looked as one of all."""
    path = tmp_path / "results.json"
    path.write_text(json.dumps([{"image_id": images.ids[0], "caption": "a ship"}]))
    rows = score("captions", path, tmp_path / "rows.jsonl", format="captions-json", corpus=images.corpus.folder)
    count = len(images.ids)
    (share,) = (row for row in rows if row.metric == "captioned_share")
    assert (share.value, share.n) == (pytest.approx(1 / count), count)
    assert f"{count - 1} of {count} images of split test have no caption in the file" in " ".join(
        capfd.readouterr().err.split()
    )


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([{"image": "nowhere.png", "caption": "a ship"}], "no images of split test are called nowhere.png"),
        ([{"image": "a.png"}], "no field caption"),
        ([{"caption": "a ship"}], "no field image"),
    ],
)
def test_captions_of_no_image_are_refused(images, tmp_path, entries, message):
    path = tmp_path / "results.json"
    path.write_text(json.dumps(entries))
    with pytest.raises(EvaluationError, match=message):
        score("captions", path, tmp_path / "rows.jsonl", format="captions-json", corpus=images.corpus.folder)


def test_an_image_has_one_caption(images, tmp_path):
    path = tmp_path / "results.json"
    path.write_text(json.dumps([{"image_id": images.ids[0], "caption": "a ship"}] * 2))
    with pytest.raises(EvaluationError, match="its image has a caption already"):
        score("captions", path, tmp_path / "rows.jsonl", format="captions-json", corpus=images.corpus.folder)


def test_the_task_is_registered():
    assert TASK.protocol == "captions-1"
