"""Files of predictions as people have them: each fault that stopped or misread one, by its name."""

import json
import sys
from pathlib import Path

import pandas as pd
import pytest
from micro import make_build_recipe

from sarvl.corpus import BuildRecipe, Corpus, build
from sarvl.corpus.export.keys import flat_keys
from sarvl.errors import EvaluationError
from sarvl.evaluation.predictions import sheets
from sarvl.evaluation.predictions.prediction import Prediction
from sarvl.evaluation.predictions.prediction_format import PREDICTION_FORMATS
from sarvl.evaluation.scorer import score
from sarvl.recipes import load_recipe


def read(name: str, path: Path) -> list[Prediction]:
    return list(PREDICTION_FORMATS.get(name).read(path))


def values(task: str, path: Path, name: str, **more: object) -> dict[str, float]:
    return {row.metric: row.value for row in score(task, path, path.with_name("rows.jsonl"), format=name, **more)}


def written(path: Path, entries: object) -> Path:
    path.write_text(json.dumps(entries))
    return path


def test_captions_without_a_reference_need_a_corpus(tmp_path):
    """Regression: each was held against the text "[]"."""
    path = written(tmp_path / "coco.json", [{"image_id": 1, "caption": "a ship"}, {"image_id": 2, "caption": "a"}])
    with pytest.raises(EvaluationError, match="entry 0: no reference; give the corpus"):
        values("captions", path, "captions-json")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Corpus:
    folder = tmp_path_factory.mktemp("scored")
    return build(load_recipe(make_build_recipe(folder), BuildRecipe), folder / "corpus")


def exported_captions(corpus: Corpus) -> list[tuple[str, list[str]]]:
    """The name in an export, and the captions, of each image of the test split."""
    keys = flat_keys(corpus.column("image_id"))
    texts = [[corpus.sentences[text] for text in own] for own in corpus.captions_of_image]
    return [(f"{keys[row]}.jpg", texts[row]) for row in corpus.rows_of("test") if texts[row]]


def test_captions_of_our_vlmeval_export_are_scored_with_and_without_the_corpus(corpus, tmp_path):
    """Regression: its names of images were unknown, and the list of references was one reference."""
    rows = [
        {"index": number, "image_path": name, "question": "?", "answer": repr(texts), "prediction": texts[-1]}
        for number, (name, texts) in enumerate(exported_captions(corpus))
    ]
    path = tmp_path / "result.tsv"
    pd.DataFrame(rows).to_csv(path, sep="\t", index=False)
    assert values("captions", path, "vlmeval")["BLEU-4"] == pytest.approx(1)
    assert values("captions", path, "vlmeval", corpus=corpus.folder)["BLEU-4"] == pytest.approx(1)


def test_captions_of_our_lmms_eval_export_are_found_in_the_corpus(corpus, tmp_path):
    samples = [
        {
            "doc": {"file": name, "question": "?", "answer": texts[0], "options": [], "answers": texts},
            "resps": [texts[-1:]],
        }
        for name, texts in exported_captions(corpus)
    ]
    path = written(tmp_path / "samples.json", samples)
    assert values("captions", path, "lmms-eval", corpus=corpus.folder)["BLEU-4"] == pytest.approx(1)


def test_a_stray_quotation_mark_does_not_swallow_the_rows_below_it(tmp_path):
    """Regression: all that stood below was read as one cell."""
    path = tmp_path / "p.csv"
    path.write_text('a.png,yes,Is it?,yes\nb.png,"a ship,Is it?,yes\nc.png,no,Is it?,no\n')
    with pytest.raises(EvaluationError, match=r"p\.csv: line 2: .*mend the row"):
        read("sarlang-csv", path)
    path.write_text('a.png,"a ""large"" ship,\nby the pier",Is it?,yes\nb.png,a "b" c,Is it?,yes\n')
    assert [said.text for said in read("sarlang-csv", path)] == ['a "large" ship,\nby the pier', 'a "b" c']
    assert [said.where[-6:] for said in read("sarlang-csv", path)] == ["line 1", "line 3"]


def test_a_list_of_labels_is_several_references(tmp_path):
    """Regression: the list was scored as JSON text."""
    path = written(tmp_path / "p.jsonl", {"predict": "a ship", "label": ["two ships", "", "a ship"]})
    assert read("sarlang-captions", path)[0].truths == ("two ships", "a ship")


@pytest.mark.parametrize(
    ("name", "entry", "said", "truths"),
    [
        ("captions-json", {"references": [{"caption": "two ships"}, "a"]}, {"caption": "b"}, ("two ships", "a")),
        ("captions-json", {"references": {"raw": "two ships"}}, {"caption": ["b"]}, ("two ships",)),
        ("captions-json", {"captions": [{"text": "two ships"}]}, {"caption": [{"caption": "b"}]}, ("two ships",)),
        ("sareval-json", {"ground_truth": ["one tank", "a tank"]}, {"pred": "b"}, ("one tank", "a tank")),
        ("sareval-json", {"ground_truth": [[1, 2], [3, 4]]}, {"pred": "b"}, ("[[1, 2], [3, 4]]",)),
    ],
)
def test_texts_in_lists_and_objects_are_read_out_of_them(tmp_path, name, entry, said, truths):
    """Regression: they were scored as JSON text."""
    path = written(tmp_path / "p.json", [{"image": "a", "image_path": "a", "question": "?", **entry, **said}])
    (prediction,) = read(name, path)
    assert (prediction.text, prediction.truths) == ("b", truths)


@pytest.mark.parametrize("said", [["a ship", "a tank"], {"id": 1}, [{"id": 1}], [], None])
def test_what_is_not_one_caption_is_one_line(tmp_path, said):
    path = written(tmp_path / "p.json", [{"image": "a", "caption": said, "references": ["a"]}])
    with pytest.raises(EvaluationError, match=r"entry 0: .*caption"):
        read("captions-json", path)


@pytest.mark.parametrize("truth", [16, " 16 ", "B", "b)", "17"])
def test_the_right_choice_of_sareval_json_is_one_of_its_options(tmp_path, truth):
    """Regression: every prediction was wrong where the right answer was not letter for letter an option."""
    entry = {"image_path": "a", "question": "How many?", "options_list": ["13", "16"], "pred": "16"}
    path = written(tmp_path / "p.json", [entry | {"ground_truth": truth}])
    if truth in ("b)", "17"):
        with pytest.raises(EvaluationError, match=r"entry 0: the answer .* is none of its 2 choices"):
            read("sareval-json", path)
    else:
        assert values("vqa", path, "sareval-json")["strict"] == 1


def test_case_of_a_right_choice_does_not_matter_and_options_must_be_a_list(tmp_path):
    entry = {"image_path": "a", "question": "Which?", "ground_truth": "ship", "pred": "A"}
    path = written(tmp_path / "p.json", [entry | {"options_list": ["Ship", "Tank"]}])
    assert read("sareval-json", path)[0].truths == ("Ship",)
    with pytest.raises(EvaluationError, match="none of its 2 choices"):
        read("sareval-json", written(path, [entry | {"options_list": ["Ship", "SHIP"]}]))
    with pytest.raises(EvaluationError, match="entry 0: options without options_list"):
        read("sareval-json", written(path, [entry | {"options": "A. Ship   B. Tank"}]))


def test_one_of_several_right_answers_is_enough(tmp_path):
    """Regression: the first alone was right."""
    row = {"index": 0, "question": "What is it?", "answer": "['ship', 'vessel']"}
    rows = [row | {"prediction": said} for said in ("ship", "a vessel", "bridge", "ship and vessel")]
    path = written(tmp_path / "p.json", [each | {"index": place} for place, each in enumerate(rows)])
    figures = values("vqa", path, "vlmeval")
    assert (figures["strict"], figures["legacy"], figures["legacy_unjudged"]) == (0.5, 0.75, 0.25)


def test_half_of_a_surrogate_pair_is_scored(tmp_path):
    """Regression: a traceback of the writer of outcomes."""
    path = written(tmp_path / "p.json", [{"image": "a", "caption": "a ship \ud800", "references": ["a ship \udfff"]}])
    assert "\\ud800" in path.read_text()
    assert values("captions", path, "captions-json")["BLEU-1"] == pytest.approx(1)


def test_json_lines_end_at_line_feeds_alone(tmp_path):
    """Regression: a line was cut at U+2028 and U+0085, which JSON may hold."""
    path, texts = tmp_path / "p.jsonl", ["a\u2028b", "c\u0085d\u2029e"]
    lines = [json.dumps({"image": text, "caption": text}, ensure_ascii=False) for text in texts]
    path.write_bytes("\r\n".join(lines).encode())
    assert [said.text for said in read("captions-json", path)] == texts


ROWS = [
    {"index": 0, "question": "How many?", "A": "1", "B": "2", "answer": "B", "category": "c", "prediction": "B. 2"},
    {"index": 1, "question": "Is it?", "A": None, "B": None, "answer": "yes", "category": None, "prediction": "yes"},
]


def test_excel_files_of_vlmevalkit_are_read_as_its_tables_are(tmp_path):
    """Regression: its default was refused."""
    frame = pd.DataFrame(ROWS)
    frame.to_excel(tmp_path / "p.xlsx", index=False)
    frame.to_csv(tmp_path / "p.tsv", index=False, sep="\t")
    table, sheet = (read("vlmeval", tmp_path / name) for name in ("p.tsv", "p.xlsx"))
    assert [said[1:] for said in sheet] == [said[1:] for said in table]
    assert sheet[1].where.endswith("p.xlsx: row 3")
    assert values("vqa", tmp_path / "p.xlsx", "vlmeval")["strict"] == 1


def test_what_is_no_excel_file_is_one_line(tmp_path, monkeypatch):
    path = tmp_path / "p.xlsx"
    path.write_text("index\tquestion\n")
    with pytest.raises(EvaluationError, match=r"p\.xlsx: cannot be read .*give an \.xlsx file"):
        read("vlmeval", path)
    pd.DataFrame(ROWS).to_excel(path, index=False)
    monkeypatch.setattr(sheets, "MAX_BYTES", 100)
    with pytest.raises(EvaluationError, match="larger than 100 bytes"):
        read("vlmeval", path)
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(EvaluationError, match=r"pip install 'sarvl\[xlsx\]'"):
        read("vlmeval", path)


@pytest.mark.parametrize(
    ("task", "name", "text", "reason"),
    [
        ("vqa", "sarlang-csv", "a.png,yes,Is it?,\n", "line 1: no right answer"),
        ("vqa", "sarchat", '[{"response": "a", "labels": "", "query": "b", "images": ["c"]}]', "entry 0: no label"),
        ("vqa", "vlmeval", '[{"question": "q", "answer": " ", "index": 1, "prediction": "a"}]', "no right answer"),
        ("vqa", "sareval-json", '[{"image_name": "a", "question": "q", "answer": "", "pred": "a"}]', "no right answer"),
        ("vqa", "lmms-eval", '[{"doc": {"file": "a", "question": "q", "answer": ""}, "resps": ["b"]}]', "no right"),
        ("captions", "captions-json", '[{"image": "a", "caption": "b", "references": [""]}]', "no reference"),
        ("captions", "sarlang-captions", '{"predict": "b", "label": ""}', "entry 0: a blank label"),
    ],
)
def test_a_blank_right_answer_is_none(tmp_path, task, name, text, reason):
    """Regression: it was scored, and was wrong whatever was said."""
    path = tmp_path / "p.json"
    path.write_text(text)
    with pytest.raises(EvaluationError, match=reason):
        values(task, path, name)


@pytest.mark.parametrize("head", ["image_path,model_prediction,question_text,label", "img,pred,query,gt"])
def test_a_head_of_other_names_is_not_scored_as_a_question(tmp_path, head):
    """Regression: only "question" and "answer" were known as a head."""
    path = tmp_path / "p.csv"
    path.write_text(f"{head}\na.png,yes,Is there a ship?,yes\n")
    with pytest.raises(EvaluationError, match="line 1: a head"):
        read("sarlang-csv", path)
    path.write_text("a,yes,Is there a ship?,yes\nb,yes,Is there a ship?,yes\n")
    assert len(read("sarlang-csv", path)) == 2


@pytest.mark.parametrize("name", ["vlmeval", "sareval-tsv"])
def test_the_letter_of_an_answer_comes_before_an_equal_text(tmp_path, name):
    """Regression: the answer C was taken as the choice D, whose text is "C"."""
    path = tmp_path / "p.tsv"
    path.write_text("index\tquestion\tA\tB\tC\tD\tanswer\tprediction\n1\tWhich?\tA\tB\tD\tC\tC\tC\n")
    assert read(name, path)[0].truths == ("D",)
    assert values("vqa", path, name)["strict"] == 1


def dialogue(said: str, last: str) -> dict[str, object]:
    turns = [{"role": "user", "content": "Is it?"}, {"role": "assistant", "content": last}]
    return {"response": said, "images": ["a.jpg"], "messages": turns}


def test_a_reply_that_equals_the_last_turn_is_right_where_other_replies_do_not(tmp_path):
    """Regression: the first right reply stopped the file as one without a label."""
    path = written(tmp_path / "p.json", [dialogue("yes", "yes"), dialogue("no", "yes")])
    assert [said.truths for said in read("sarchat", path)] == [("yes",), ("yes",)]
    assert values("vqa", path, "sarchat")["strict"] == 1 / 2
    with pytest.raises(EvaluationError, match="entry 0: no label"):  # the last turns may be the replies themselves
        read("sarchat", written(path, [dialogue("yes", "yes"), dialogue("no", "no")]))
