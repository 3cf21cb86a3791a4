"""Leaks: an image of a measured split that is also learnt from is found, by its file, its picture or its scene."""

import cv2
import pytest
from made_corpus import image_of, made_corpus, speckle

from sarvl.corpus import Corpus
from sarvl.corpus.leaks import Leak, LeakAudit, LearntSplit, find_leaks
from sarvl.errors import CorpusError, EvaluationError
from sarvl.evaluation.leak_audit import audit, read_audit
from sarvl.imagery import read_image, thumbnail, thumbnail_hash


def chip(folder, source, file, seed, split, group=None):
    pixels = cv2.GaussianBlur(speckle(64, 64, seed), (0, 0), 4)
    row = image_of(folder, source, file, pixels, split=split, group=group)
    return row | {"phash": thumbnail_hash(thumbnail(read_image(folder / source / file, quantity="display")))}


@pytest.fixture(scope="module")
def corpora(tmp_path_factory) -> tuple[Corpus, Corpus]:
    """A corpus to learn from, and one to measure on; the names of their sources are the same."""
    learnt, measured = (tmp_path_factory.mktemp(name) for name in ("learnt", "measured"))
    learnt_from = [
        chip(learnt, "ships", "a.png", 0, "train", "harbour"),
        chip(learnt, "ships", "b.png", 1, "train"),
        chip(learnt, "ships", "kept.png", 2, "val", "strait"),
        chip(learnt, "tanks", "c.png", 3, "train", "field"),
    ]
    measured_on = [
        chip(measured, "ships", "copy.png", 0, "test"),
        chip(measured, "ships", "again.jpg", 1, "test", "harbour"),
        chip(measured, "ships", "beside.png", 10, "test", "harbour"),
        chip(measured, "ships", "kept.png", 2, "test", "strait"),
        chip(measured, "ships", "own.png", 11, "test", "field"),  # a scene of tanks, not of ships
        chip(measured, "tanks", "own.png", 12, "test"),
        chip(measured, "tanks", "train.png", 13, "train", "field"),
    ]
    return made_corpus(learnt, learnt_from, []), made_corpus(measured, measured_on, [])


def test_equal_files_equal_pictures_and_parts_of_a_scene_leak(corpora):
    learnt, measured = corpora
    leaks = find_leaks(LearntSplit(measured, "test"), [LearntSplit(learnt, "train")], workers=1)
    assert [(leak.image, leak.source, leak.kind, leak.same_as) for leak in leaks] == [
        ("ships/copy.png", "ships", "file", "ships/a.png"),
        ("ships/again.jpg", "ships", "picture", "ships/b.png"),
        ("ships/beside.png", "ships", "scene", "ships/a.png"),
    ]
    assert {leak.corpus for leak in leaks} == {learnt.digest}


def test_only_the_splits_that_were_learnt_from_are_looked_at(corpora):
    learnt, measured = corpora
    parts = [LearntSplit(learnt, "val"), LearntSplit(measured, "train")]
    leaks = find_leaks(LearntSplit(measured, "test"), parts, workers=1)
    assert [(leak.image, leak.kind, leak.corpus) for leak in leaks] == [("ships/kept.png", "file", learnt.digest)]


def test_a_split_leaks_whole_where_it_was_learnt_from_itself(corpora):
    _, measured = corpora
    leaks = find_leaks(LearntSplit(measured, "test"), [LearntSplit(measured, "test")], workers=1)
    assert [(leak.image, leak.same_as) for leak in leaks] == [(name, name) for name in measured.column("image_id")[:6]]


def test_the_audit_is_kept_as_it_was_made(corpora, tmp_path):
    learnt, measured = corpora
    made = audit(measured.folder, tmp_path / "leaks.json", against=[learnt.folder, measured.folder], workers=1)
    assert read_audit(tmp_path / "leaks.json") == made
    assert made.images == {"ships": 5, "tanks": 1}
    assert made.counts("ships") == {"file": 1, "picture": 1, "scene": 1}
    assert [(part.corpus, part.split, part.images) for part in made.learnt] == [
        (learnt.digest, "train", 3),
        (measured.digest, "train", 1),
    ]
    with pytest.raises(CorpusError, match="no split trian; name what was learnt from with --learnt"):
        audit(measured.folder, tmp_path / "leaks.json", learnt=["trian"], workers=1)


def test_an_audit_that_does_not_add_up_is_refused(corpora, tmp_path):
    learnt, measured = corpora
    made = audit(measured.folder, tmp_path / "leaks.json", against=[learnt.folder], workers=1)
    for wrong in ({"images": {"ships": 2}}, {"leaks": made.leaks[:1] * 2}):
        (tmp_path / "wrong.json").write_text(LeakAudit.model_copy(made, update=wrong).model_dump_json())
        with pytest.raises(EvaluationError, match="run sarvl audit again"):
            read_audit(tmp_path / "wrong.json")
    assert isinstance(made.leaks[0], Leak)
