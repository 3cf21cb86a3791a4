"""Exports for other frameworks of evaluation: their tables and task files say what the corpus says."""

import ast
import base64
import io

import datasets
import pandas as pd
import pytest
import yaml
from made_corpus import image_of, made_corpus, question_of, speckle, text_of
from PIL import Image

from sarvl.corpus import Corpus
from sarvl.corpus.export import export
from sarvl.language.prompts import CHOICE_PROMPT, QUESTION_PROMPT


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Corpus:
    folder = tmp_path_factory.mktemp("corpus")
    images = [image_of(folder, "made", f"{n}.png", speckle(12, 16, n), split="test") for n in range(3)]
    choice = {"application": "counting", "answer_type": "number", "options": ["7", "2", "5"]}
    texts = [
        text
        for image in images
        for text in (
            text_of(image, f"A SAR image of {image['file']}."),
            text_of(image, 'Two "ships",\tin a port.'),
            question_of(image, "How many ships?\nA. 7\nB. 2\nC. 5", "2", **choice),
            question_of(image, "Is there a <image> ship?", "yes", application="identification", answer_type="yes/no"),
            question_of(image, "Describe the image.", "A port.", application="description"),
        )
    ]
    return made_corpus(folder, images, texts)


def test_vlmeval_tables_hold_each_picture_once_and_letters_for_choices(corpus, tmp_path):
    info = export(corpus, tmp_path, "vlmeval", workers=1)
    choices = pd.read_csv(tmp_path / "sarvl_test_choices.tsv", sep="\t", dtype=str, keep_default_na=False)
    assert list(choices.columns) == ["index", "image", "image_path", "question", "answer", "category", *"ABCD"]
    assert choices.iloc[0][["question", "answer"]].tolist() == ["How many ships?", "B"]
    assert choices.iloc[0][[*"ABCD"]].tolist() == ["7", "2", "5", ""]
    opened = pd.read_csv(tmp_path / "sarvl_test_open.tsv", sep="\t", dtype=str)
    assert opened["question"].tolist() == ["Is there a ship?"] * 3
    captions = pd.read_csv(tmp_path / "sarvl_test_captions.tsv", sep="\t", dtype=str)
    assert ast.literal_eval(captions["answer"][1]) == ["A SAR image of 1.png.", 'Two "ships",\tin a port.']
    for table in (choices, opened, captions):
        pictures = [Image.open(io.BytesIO(base64.b64decode(text))).size for text in table["image"]]
        assert pictures == [(16, 12)] * 3
    more = info.splits["test"].more
    assert (more["rows of choices"], more["rows of open"], more["rows of captions"]) == (3, 3, 3)


def test_vlmeval_names_the_row_that_has_the_picture(tmp_path):
    image = image_of(tmp_path, "made", "a.png", speckle(12, 16), split="test")
    corpus = made_corpus(tmp_path, [image], [question_of(image, f"What is {n}?", "x") for n in range(3)])
    export(corpus, tmp_path / "out", "vlmeval", workers=1)
    table = pd.read_csv(tmp_path / "out" / "sarvl_test_open.tsv", sep="\t", dtype=str)
    assert len(table["image"][0]) > 64  # VLMEvalKit takes 64 characters or fewer for the index of another row
    assert table["image"].tolist()[1:] == ["0", "0"]


def test_lmms_eval_tasks_name_data_that_datasets_opens(corpus, tmp_path, monkeypatch):
    export(corpus, tmp_path, "lmms-eval", workers=1)

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_constructor("!function", lambda loader, node: loader.construct_scalar(node))
    task = yaml.load((tmp_path / "sarvl_test_questions.yaml").read_text(), Loader)
    helpers: dict[str, object] = {}
    exec((tmp_path / "sarvl_tasks.py").read_text(), helpers)
    monkeypatch.chdir(tmp_path)
    data = datasets.load_dataset(task["dataset_path"], **task["dataset_kwargs"], cache_dir=str(tmp_path / "cache"))
    rows = list(data[task["test_split"]])
    assert len(rows) == 6
    (picture,) = helpers["shown"](rows[0])
    assert (picture.size, picture.mode) == ((16, 12), "RGB")
    assert (helpers["PROMPT"], helpers["CHOICE_PROMPT"]) == (QUESTION_PROMPT, CHOICE_PROMPT)
    assert helpers["asked"](rows[0]) == "How many ships?\nA. 7\nB. 2\nC. 5\nAnswer with the letter of the right choice."
    assert [row["answer"] for row in rows[:2]] == ["B", "yes"]
    assert helpers["compared"](rows[0], ["b."]) == {"exact": 1.0}
    assert helpers["compared"](rows[1], ["Yes it is"]) == {"exact": 0.0}
    assert task["doc_to_visual"] == "sarvl_tasks.shown"
    assert task["process_results"] == "sarvl_tasks.compared"
