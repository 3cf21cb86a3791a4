"""Track record: a packaged model's own rows say how often answers of each type were right."""

from sarvl.evaluation.rows import ResultRow, append_rows
from sarvl.inference.track_record import Record, track_record


def row(metric: str, value: float, n: int, source: str = "all") -> ResultRow:
    told = {"task": "vqa", "split": "test", "protocol": "vqa-1", "model": "m", "corpus_digest": "0" * 64}
    hashes = dict.fromkeys(("weights_hash", "contract_hash", "outcome"), "0" * 64)
    return ResultRow(row_version=2, metric=metric, value=value, n=n, source=source, **told, **hashes)


def test_rows_of_all_images_are_taken_together_by_type(tmp_path, monkeypatch):
    monkeypatch.setattr("sarvl.models.packaging.packaged_models.FOLDER", tmp_path)
    (tmp_path / "gpt").mkdir()
    (tmp_path / "gpt" / "sarvl.json").touch()
    rows = [row("strict_type/yes/no", 0.6, 100), row("strict_type/yes/no", 0.4, 300), row("strict", 0.9, 400)]
    append_rows(tmp_path / "gpt" / "rows.jsonl", [*rows, row("strict_type/yes/no", 1.0, 50, "ssdd")])
    ((answer_type, record),) = track_record("packaged:gpt").items()
    assert answer_type == "yes/no"
    assert record.told == "of 400 answers of this type (yes/no) about held-out images 45% were right"
    assert not record.is_never_right
    assert Record("box", 172, 0.001).is_never_right


def test_what_is_asked_has_a_record_by_its_application(tmp_path, monkeypatch):
    """Regression: of "is there a ship" it was told how often yes and no were right, most of it of other questions."""
    monkeypatch.setattr("sarvl.models.packaging.packaged_models.FOLDER", tmp_path)
    (tmp_path / "gpt").mkdir()
    (tmp_path / "gpt" / "sarvl.json").touch()
    rows = [row("strict/identification", 0.6, 100), row("strict/identification", 0.7, 100), row("strict", 0.9, 400)]
    append_rows(tmp_path / "gpt" / "rows.jsonl", [*rows, row("strict_type/yes/no", 0.9, 900)])
    record = track_record("packaged:gpt")
    told = "of 200 answers to questions of this application (identification) about held-out images 65% were right"
    assert record["identification"].told == told
    assert record["yes/no"].right == 0.9


def test_of_any_other_model_nothing_is_known(tmp_path):
    assert track_record(str(tmp_path)) == track_record("hf:owner/name") == {}
