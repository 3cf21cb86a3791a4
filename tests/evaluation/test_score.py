"""Scoring predictions of others: each format, its own truths or a corpus, and what is refused."""

import csv
import json
import os
from pathlib import Path

import pytest
import yaml
from micro import make_build_recipe
from typer.testing import CliRunner

from sarvl.cli.application import app
from sarvl.corpus import BuildRecipe, Corpus, build
from sarvl.errors import EvaluationError
from sarvl.evaluation.evaluated import SplitImages
from sarvl.evaluation.predictions.prediction_format import PREDICTION_FORMATS
from sarvl.evaluation.results import results_of
from sarvl.evaluation.rows import read_rows
from sarvl.evaluation.scorer import score
from sarvl.evaluation.vqa.questions import questions_of
from sarvl.language.questions.sarlang_wording import with_prefix
from sarvl.recipes import load_recipe
from sarvl.reporting.comparison import compare


def values(task: str, path: Path, name: str, **more: object) -> dict[str, float]:
    rows = score(task, path, path.with_name("rows.jsonl"), format=name, **more)
    return {row.metric: row.value for row in rows}


def test_sarlang_csv_has_the_strict_score_beside_the_published_one(tmp_path):
    path = tmp_path / "VQA_result.csv"
    rows = [
        ("a.png", "10", "How many ships are visible in the image?", "1"),
        ("a.png", "There is no ship.", "What is the main object in the image?", "Ship"),
        ("b.png", "In the north.", with_prefix("Does the ship exist in the image?"), "no"),
        ("b.png", "Bridge, and tanks", "What are the categories visible in the image?", "tank and bridge"),
        ("c.png", "left", "Where are most ships positioned within the image?", "left"),
    ]
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows(rows)
    found = values("vqa", path, "sarlang-csv")
    assert found["strict"] == 2 / 5
    assert found["legacy"] == 4 / 5  # "1" in "10", "no" in "north", "ship" in "there is no ship"
    assert found["legacy_unjudged"] == 1 / 5
    assert found["strict/counting"] == found["strict/identification"] == 0
    assert found["strict/positioning"] == 1
    assert found["strict_type/class set"] == 1 / 2


def test_sarlang_head_is_not_scored_as_a_question(tmp_path):
    path = tmp_path / "VQA_result.csv"
    path.write_text("image,prediction,question,answer\na.png,yes,Is there a ship?,yes\n")
    with pytest.raises(EvaluationError, match="line 1: a head"):
        values("vqa", path, "sarlang-csv")


def test_sarchat_boxes_and_counts_in_sentences(tmp_path):
    path = tmp_path / "final_results.jsonl"
    entries = [
        {
            "response": "{<10><10><20><21>}",
            "labels": "It is at {<10><10><20><20>}.",
            "query": "Where?",
            "images": ["a.jpg"],
        },
        {
            "response": "There are 12 ships.",
            "labels": "There are 2 ships.",
            "messages": [{"role": "user", "content": "<image>How many ships are there?"}],
            "images": [{"path": "a.jpg"}],
        },
        {"response": "Yes, it is.", "label": "Yes, there is one.", "query": "Is there a ship?", "images": ["b.jpg"]},
    ]
    path.write_text("\n".join(map(json.dumps, entries)))
    found = values("vqa", path, "sarchat")
    assert found["strict"] == 2 / 3
    assert (found["box_iou50"], found["strict_type/number"], found["strict_type/yes/no"]) == (1, 0, 1)
    path.write_text(json.dumps(entries))  # its own merging writes a list into a .jsonl
    assert values("vqa", path, "sarchat") == found


@pytest.mark.parametrize("name", ["Vehicle_Counting.tsv", "Visual_grounding.tsv"])
def test_sareval_tables_with_the_right_answers_are_all_right(shared_data, tmp_path, name):
    head, *lines = (shared_data / "sareval" / name).read_text(encoding="utf-8-sig").splitlines()
    place = head.split("\t").index("answer")
    path = tmp_path / name
    path.write_text(
        "\n".join([f"{head}\tprediction", *(f"{line}\t{line.split(chr(9))[place]}" for line in lines[:60])])
    )
    found = values("vqa", path, "sareval-tsv")
    assert found["strict"] == 1
    assert found.get("box_iou50", 1) == 1


def test_what_the_numbers_of_boxes_are_can_be_declared(tmp_path):
    path, truth = tmp_path / "p.tsv", "[[.1, .2], [.3, .2], [.3, .4], [.1, .4]]"
    path.write_text(f"question\tanswer\timage_path\tprediction\nwhere\t{truth}\ta\t[100, 200, 300, 400]\n")
    assert values("vqa", path, "sareval-tsv")["strict"] == 0
    assert values("vqa", path, "sareval-tsv", settings={"boxes": "xyxy/1000"})["strict"] == 1


def test_sareval_json_has_one_prediction_a_prompt(shared_data, tmp_path):
    entries = json.loads((shared_data / "sareval" / "Ship_Counting.json").read_text())[:20]
    for entry in entries:
        entry["prediction"] = [entry["ground_truth_option"]] * 3 + ["I see " + entry["ground_truth"], "no idea"]
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(entries))
    found = values("vqa", path, "sareval-json")
    assert found["strict"] == found["strict/Ship Counting"] == pytest.approx(4 / 5)
    assert found["unread"] == pytest.approx(1 / 5)
    path.write_text(json.dumps([{**entries[0], "ground_truth_option": "A"}]))
    with pytest.raises(EvaluationError, match="by its letter, but '16' by its text"):
        values("vqa", path, "sareval-json")
    path.write_text(json.dumps([{**entries[0], "prediction": ["A"]}]))
    with pytest.raises(EvaluationError, match="1 predictions of 5 prompts"):
        values("vqa", path, "sareval-json")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Corpus:
    folder = tmp_path_factory.mktemp("scored")
    path = make_build_recipe(folder)
    recipe = yaml.safe_load(path.read_text()) | {"questions": {"preset": "balanced", "multiple_choice": 0.5}}
    path.write_text(yaml.safe_dump(recipe))
    return build(load_recipe(path, BuildRecipe), folder / "corpus")


def vlmeval_rows(corpus: Corpus) -> list[dict[str, str]]:
    """What VLMEvalKit would keep of a model that is right in all."""
    rows = []
    for index, question in enumerate(questions_of(SplitImages.open(corpus.folder, "test"))):
        choices = dict(zip("ABCD", question.asked.options, strict=False))
        letter = next((letter for letter, option in choices.items() if option == question.asked.answer), None)
        said = letter or question.asked.answer
        first = question.asked.question.splitlines()[0]
        row = {"index": str(index), "image_path": question.image, "question": first, "answer": said, "prediction": said}
        rows.append({**row, **dict.fromkeys("ABCD", ""), **choices})
    return rows


def write_table(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0], delimiter="\t")
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_results_of_vlmevalkit_are_held_against_a_corpus(corpus, tmp_path):
    path = write_table(tmp_path / "results.tsv", vlmeval_rows(corpus))
    found = values("vqa", path, "vlmeval", corpus=corpus.folder)
    assert found["strict"] == found["asked_share"] == 1
    assert 0 <= found["blind"] < 1
    (first, *_) = read_rows(tmp_path / "rows.jsonl")
    assert (first.model, first.split, first.corpus_digest) == ("results", "test", corpus.digest)
    part = write_table(tmp_path / "part.tsv", vlmeval_rows(corpus)[:10])
    assert 0 < values("vqa", part, "vlmeval", corpus=corpus.folder)["asked_share"] < 1


def test_samples_that_lmms_eval_logs(tmp_path):
    doc = {
        "file": "a.png",
        "question": "How many?\nA. 7\nB. 2",
        "answer": "B",
        "options": ["7", "2"],
        "category": "counting",
    }
    samples = [{"doc_id": n, "doc": doc, "filtered_resps": [said]} for n, said in enumerate(("B", "A. 7"))]
    samples.append({"doc_id": 2, "doc": {**doc, "options": [], "answer": "2"}, "resps": [["two"]]})
    path = tmp_path / "samples.jsonl"
    path.write_text("\n".join(map(json.dumps, samples)))
    found = values("vqa", path, "lmms-eval")
    assert (found["strict/counting"], found["strict_type/number"]) == (pytest.approx(2 / 3), 1)


def test_predictions_that_belong_to_no_question_are_refused(corpus, tmp_path):
    rows = vlmeval_rows(corpus)
    path = write_table(tmp_path / "twice.tsv", [rows[0], rows[0]])
    with pytest.raises(EvaluationError, match=r"twice.tsv: line 3: answers .* as .*line 2 does"):
        values("vqa", path, "vlmeval", corpus=corpus.folder)
    path = write_table(tmp_path / "other.tsv", [rows[0] | {"question": "What else?"}])
    with pytest.raises(EvaluationError, match="no question of split test in the words 'what else"):
        values("vqa", path, "vlmeval", corpus=corpus.folder)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("sarlang-csv", "a.png,yes\n", "line 1: 2 columns"),
        ("sarlang-csv", "", "no prediction in it"),
        ("sarchat", "{", "line 1: no JSON"),
        ("sarchat", '[{"response": "a", "query": "b", "images": ["c"]}]', "entry 0: no label"),
        ("vlmeval", '[{"question": "q", "answer": "a", "image_path": "c"}]', "entry 0: no field prediction"),
        ("vlmeval", '[{"question": "q", "prediction": "a", "image_path": "c"}]', "no right answer; give the corpus"),
        ("vlmeval", '[{"question": "q", "answer": "C", "prediction": "A", "index": "1", "A": "x"}]', "none of its 1"),
        ("sareval-json", '["a"]', "entry 0: not an object"),
        # Regression: of two columns of one name the last was scored, whatever stood in the first.
        ("sareval-tsv", "index\tprediction\tprediction\n1\tA\tB\n", "line 1: two columns are called prediction"),
        # Regression: an answer was believed whatever text of the right choice stood beside it.
        (
            "sareval-tsv",
            "index\tquestion\tA\tB\tanswer\tground_truth\tprediction\n1\tHow many?\t3\t4\tA\t4\tA\n",
            "line 2: the right choice is '3' by its letter, but '4' by its text",
        ),
        # Regression: a table of commas was said to lack the columns that it has.
        ("sareval-tsv", "index,question,answer,prediction\n1,Is it?,yes,yes\n", "seem to be parted by ','"),
        ("captions-json", '[{"image": "a.png", "caption": null}]', "caption is null"),
        ("lmms-eval", '[{"doc": "a", "resps": ["b"]}]', "entry 0: doc is no object"),
        ("nonsense", "", "no format of predictions 'nonsense'"),
    ],
)
def test_what_cannot_be_read_is_an_error_that_says_where(tmp_path, name, text, reason):
    path = tmp_path / "p.json"
    path.write_text(text)
    with pytest.raises(EvaluationError, match=reason):
        values("vqa", path, name)


ENTRIES = {
    "captions-json": {"image": "a.png", "caption": "a ship", "references": ["two ships"]},
    "sarlang-captions": {"predict": "a ship", "label": "two ships"},
    "lmms-eval": {
        "doc": {"file": "a.png", "question": "Is it?", "answer": "yes", "options": [], "answers": [], "category": "x"},
        "filtered_resps": ["yes"],
    },
    "sarchat": {
        "response": "yes",
        "labels": "yes",
        "images": [{"path": "a.png"}],
        "messages": [{"role": "user", "content": "Is it?"}],
    },
    "sareval-json": {
        "image_path": "a.png",
        "answer": "yes",
        "prompts": ["Is it?"],
        "options_list": ["yes", "no"],
        "prediction": "yes",
        "task": "x",
    },
    "vlmeval": {"index": "1", "question": "Is it?", "answer": "A", "A": "yes", "prediction": "A", "category": "x"},
}
HOSTILE = [None, 5, 0.5, True, "", "x", [], [1], ["x", None], [[["x"]]], {}, {"a": 1}, [{"a": [1]}]]


def changed_entries(entry: dict):
    """Yield an entry with each of its fields, and those of what stands in it, gone or of another kind."""
    for field, value in entry.items():
        yield {name: own for name, own in entry.items() if name != field}
        yield from ({**entry, field: hostile} for hostile in HOSTILE)
        if isinstance(value, dict):
            yield from ({**entry, field: inner} for inner in changed_entries(value))


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_a_field_of_another_kind_is_read_as_text_or_is_one_line(tmp_path, name):
    """Regression: some were a traceback, and of prompts that were one text its first letter was asked."""
    path, read = tmp_path / "p.json", PREDICTION_FORMATS.get(name).read
    for entry in changed_entries(ENTRIES[name]):
        path.write_text(json.dumps([entry]))
        try:
            predictions = list(read(path))
        except EvaluationError:
            continue
        for said in predictions:
            texts = (said.image, said.text, said.question, said.part, *said.truths, *said.options)
            assert all(isinstance(text, str) for text in texts), (entry, said)
    if name == "sareval-json":
        path.write_text(json.dumps([ENTRIES[name] | {"prompts": "Is it?"}]))
        assert [said.question for said in read(path)] == ["Is it?"]


@pytest.mark.parametrize("name", ["captions-json", "vlmeval"])
def test_a_file_without_end_or_too_deep_is_one_line(tmp_path, name):
    """Regression: a pipe was waited for, and lists within lists ended in a traceback."""
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "deep.json").write_text("[" * 100_000)
    for path, reason in (("pipe.json", "not a regular file"), ("deep.json", "line 1: no JSON")):
        with pytest.raises(EvaluationError, match=reason):
            list(PREDICTION_FORMATS.get(name).read(tmp_path / path))


def test_boxes_in_pixels_are_not_held_against_parts(tmp_path):
    path = tmp_path / "p.json"
    path.write_text(json.dumps([{"question": "Where?", "answer": "[0, 0, 4, 4]", "prediction": "x", "index": "1"}]))
    assert values("vqa", path, "vlmeval")["strict"] == 0
    with pytest.raises(EvaluationError, match="task retrieval: scores no predictions; "):
        values("retrieval", path, "vlmeval")


def test_the_command_scores_and_prints_the_figures(tmp_path):
    path = tmp_path / "VQA_result.csv"
    path.write_text("a.png,yes,Is there a ship?,yes\n")
    told = CliRunner().invoke(app, ["score", "vqa", str(path), "--format", "sarlang-csv", "--out", str(tmp_path / "r")])
    assert told.exit_code == 0, told.output
    assert "strict" in told.output
    assert {format_name for format_name, _ in PREDICTION_FORMATS.items()} >= {"sarlang-csv", "sarchat", "vlmeval"}


def test_a_file_that_was_scored_under_another_name_says_so(tmp_path, capfd):
    """Regression: the rows of the first name came back without a word."""
    path = tmp_path / "VQA_result.csv"
    path.write_text("a.png,yes,Is there a ship?,yes\n")
    values("vqa", path, "sarlang-csv", model="alpha")
    values("vqa", path, "sarlang-csv", model="beta")
    assert "holds these predictions already, as those of alpha" in capfd.readouterr().err


def test_questions_are_told_by_image_and_words_whatever_the_order_and_the_format(tmp_path):
    """Regression: in another order, or with SARLANG's prefix in one file alone, two files could not be compared."""
    asked = [
        ("a.png", "Does a ship exist?", "yes"),
        ("a.png", "Does a tank exist?", "yes"),
        ("a.png", "How many?", "3"),
    ]
    asked += [("b.png", "How many?", "2"), ("b.png", "How many?", "1")]
    order = [4, 1, 0, 3, 2]
    table = [
        (image, "yes", with_prefix(question), truth) for image, question, truth in (asked[place] for place in order)
    ]
    with (tmp_path / "two.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows(table)
    entries = [{"index": i, "question": q, "answer": t, "prediction": t} for i, q, t in asked]
    (tmp_path / "one.json").write_text(json.dumps(entries))
    values("vqa", tmp_path / "one.json", "vlmeval")
    values("vqa", tmp_path / "two.csv", "sarlang-csv")
    found = {figure.metric: figure for figure in compare(tmp_path / "rows.jsonl")}["strict"]
    assert (found.n, found.first_value, found.second_value) == (5, 1, 2 / 5)
    one, two = results_of([tmp_path / "rows.jsonl"])[0]
    told = [dict(zip(run.outcome.column("item"), run.outcome.column("truth"), strict=True)) for run in (one, two)]
    assert told[0] == told[1]
    assert sorted(told[0]) == [
        "a.png#does a ship exist?#0",
        "a.png#does a tank exist?#0",
        "a.png#how many?#0",
        "b.png#how many?#0",
        "b.png#how many?#1",
    ]


def test_choices_below_a_question_are_no_other_question(tmp_path):
    entry = {"prediction": "A", "answer": "A", "A": "7", "B": "2", "index": "a.png"}
    for name, question in (("one", "How many?"), ("two", "How many?\nA. 7\nB. 2")):
        (tmp_path / f"{name}.json").write_text(json.dumps([entry | {"question": question, "note": name}]))
        values("vqa", tmp_path / f"{name}.json", "vlmeval")
    assert {figure.metric for figure in compare(tmp_path / "rows.jsonl")} >= {"strict"}


def test_files_that_ask_otherwise_are_to_be_scored_anew(tmp_path):
    for name, question in (("one", "How many ships?"), ("two", "How many tanks?")):
        (tmp_path / f"{name}.csv").write_text(f"a.png,2,{question},2\n")
        values("vqa", tmp_path / f"{name}.csv", "sarlang-csv")
    with pytest.raises(EvaluationError, match="run sarvl score anew for both, on files that ask the same questions"):
        compare(tmp_path / "rows.jsonl")


def test_a_file_in_another_encoding_is_told_to_be_saved_in_utf8(tmp_path):
    path = tmp_path / "p.csv"
    path.write_bytes("question,answer\nDépôt?,oui\n".encode("latin-1"))
    with pytest.raises(EvaluationError, match="save it in UTF-8"):
        values("vqa", path, "sarlang-csv")


def test_questions_that_are_asked_again_are_told(tmp_path, capfd):
    """Regression: rows that were written twice counted twice without a word."""
    rows = [{"index": "1", "question": "Is it?", "answer": "yes", "prediction": said} for said in ("yes", "no")]
    found = values("vqa", write_table(tmp_path / "p.tsv", rows), "vlmeval")
    assert found["strict"] == 0.5
    assert "line 3: asks what an earlier one asks; 1 of 2 do, and each counts" in " ".join(
        capfd.readouterr().err.split()
    )


@pytest.mark.parametrize("text", ["", " ", "NaN", "3.0", "three", "['3']", " 3 "])
def test_a_text_beside_the_letter_that_is_no_other_choice_says_nothing_against_it(tmp_path, text):
    row = {"index": "1", "question": "How many?", "A": "3", "B": "4", "answer": "A", "ground_truth": text}
    assert values("vqa", write_table(tmp_path / "p.tsv", [{**row, "prediction": "A"}]), "sareval-tsv")["strict"] == 1
    entry = {"image_path": "a.png", "prompts": ["How many?"], "options_list": ["3", "4"], "prediction": "A"}
    path = tmp_path / "p.json"
    path.write_text(json.dumps([{**entry, "ground_truth": text, "answer": "3", "ground_truth_option": "A"}]))
    assert values("vqa", path, "sareval-json")["strict"] == 1


def test_choices_that_are_letters_or_alike_do_not_contradict_themselves(tmp_path):
    """Regression: a text that is the letter of another choice, or of two choices, was told to contradict the letter."""
    rows = [
        {"index": "1", "question": "Which?", "A": "B", "B": "A", "answer": "A", "ground_truth": "B", "prediction": "A"},
        {"index": "2", "question": "Which?", "A": "3", "B": "3", "answer": "A", "ground_truth": "3", "prediction": "A"},
    ]
    assert values("vqa", write_table(tmp_path / "p.tsv", rows), "sareval-tsv")["strict"] == 1
