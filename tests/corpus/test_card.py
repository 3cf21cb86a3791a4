"""The data card: its tables hold what was counted, and its pictures show boxes, whatever the corpus lacks."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from huggingface_hub import DatasetCard
from made_corpus import NO_DUPLICATES, image_of, made_corpus, question_of, speckle, text_of
from markdown_it import MarkdownIt
from matplotlib.figure import Figure

from sarvl.annotations import AnnotatedImage, AnnotatedObject, Box
from sarvl.corpus import Corpus, inspect
from sarvl.corpus.corpus_info import SharedPictures
from sarvl.corpus.export import export
from sarvl.corpus.export.form import EXPORTS
from sarvl.corpus.inspecting.card import draw_card
from sarvl.corpus.inspecting.card_figures import _histogram
from sarvl.corpus.inspecting.card_samples import _draw_objects, stretched
from sarvl.corpus.inspecting.sections import sections_of

pytestmark = pytest.mark.draws_cards
SHARED = SharedPictures(splits=("test", "train"), sources=("made",), pictures=1, images=2, examples=(("made/0.png",),))
MOVED = NO_DUPLICATES.model_copy(update={"duplicates": "move", "moved_images": 2, "clusters": (SHARED,)})
CORNERS = [10.0, 20.0, 40.0, 5.0, 50.0, 20.0, 20.0, 35.0]
ORIENTED = {"class_name": "ship|tanker", "box": [10.0, 5.0, 50.0, 35.0], "corners": CORNERS}


def card_of(folder: Path, objects: list[dict], texts_of: list[str]) -> Corpus:
    images = [image_of(folder, "made", f"{n}.png", speckle(seed=n), objects=objects) for n in range(3)]
    texts = []
    for image in images:
        texts += [text_of(image, "A caption of\n$5 | $6.")] if "caption" in texts_of else []
        texts += [question_of(image, "What is it?", "That.")] if "question" in texts_of else []
    corpus = made_corpus(folder, images, texts, audit=MOVED)
    draw_card(corpus, inspect(corpus), folder)
    return corpus


@pytest.mark.parametrize("texts_of", [["caption"], ["question"], ["caption", "question"]])
@pytest.mark.parametrize("objects", [[], [ORIENTED]])
def test_a_card_is_drawn_whatever_the_corpus_lacks(tmp_path, texts_of, objects):
    card_of(tmp_path, objects, texts_of)
    for name in ("samples.png", "figures.png"):
        picture = cv2.imread(str(tmp_path / name))
        assert picture.shape[1] > 1000
        assert picture.std() > 1


def test_outlines_are_drawn_in_a_colour_of_their_own(tmp_path):
    card_of(tmp_path / "without", [], ["caption"])
    card_of(tmp_path / "with", [ORIENTED], ["caption"])
    orange = np.array([0x00, 0xB0, 0xFF], np.int16)  # BGR
    near = [
        int((np.abs(cv2.imread(str(tmp_path / name / "samples.png")) - orange).max(axis=-1) < 8).sum())
        for name in ("without", "with")
    ]
    assert near[0] == 0
    assert near[1] > 300


def test_counts_have_whole_ticks():
    figure = Figure()
    axis = figure.subplots()
    _histogram(axis, "Words", [0, 3, 5, 1])
    figure.draw_without_rendering()
    shown = [text.get_text() for text in axis.get_yticklabels()]
    assert len(shown) == len({*shown})
    assert all(tick == round(tick) for tick in axis.get_yticks())


@pytest.mark.parametrize("place", [(0, 0), (55, 0), (0, 30), (55, 30)])
def test_names_of_objects_stay_on_the_picture(place):
    x, y = place
    image = AnnotatedImage("a.png", Path("a.png"), 64, 64, (AnnotatedObject("ship", Box(x, y, x + 8, y + 8)),))
    axis = Figure(figsize=(4, 4)).subplots()
    _draw_objects(axis, image, {"ship": "red"})
    (name,) = axis.texts
    axis.figure.draw_without_rendering()
    inside, outside = name.get_window_extent(), axis.get_window_extent()
    assert outside.x0 - 1 <= inside.x0
    assert inside.x1 <= outside.x1 + 1
    assert inside.y1 <= outside.y1 + 1


def test_the_tables_of_the_readme_are_the_sections(tmp_path):
    corpus = card_of(tmp_path, [ORIENTED], ["caption", "question"])
    readme = (tmp_path / "README.md").read_text()
    sections = sections_of(inspect(corpus))
    assert [line[3:] for line in readme.splitlines() if line.startswith("## ")] == [item.title for item in sections]
    assert "| ship&#124;tanker | 3 | 3 |" in readme
    assert "images moved to another split: 2." in readme
    for line in readme.splitlines():
        if line.startswith("|"):
            assert line.endswith("|")
    assert "3 images, 3 captions and 3 questions" in readme


HOSTILE = "<img src='https://e.vil/x.png'>![x](https://e.vil/x)[a](javascript:1) |`*_ www.e.vil\n# \u202e@name"
OURS = {
    *("heading", "paragraph", "table", "thead", "tbody", "tr", "th", "td"),
    *("image", "text", "code_inline", "inline", "softbreak"),
}


def kinds_in(readme: str) -> tuple[set[str], list[str]]:
    """Return the kinds of tokens of a README below its front matter, and the files of its pictures."""
    body = readme.split("---\n", 2)[2]
    tokens = MarkdownIt("gfm-like", {"html": True, "linkify": False}).parse(body)
    inside = [child for token in tokens for child in token.children or ()]
    kinds = {token.type.removesuffix("_open").removesuffix("_close") for token in (*tokens, *inside)}
    return kinds, [child.attrs["src"] for child in inside if child.type == "image"]


def hostile_corpus(folder: Path) -> Corpus:
    image = image_of(
        *(folder, "made", "a.png", speckle()),
        objects=[{"class_name": HOSTILE, "box": [1.0, 2.0, 9.0, 9.0]}],
        label=f"label {HOSTILE}",
        labelled_classes=[HOSTILE],
        notes=[f"note {HOSTILE}"],
        licence=HOSTILE,
        spacing_m=[3.0, 3.0],
        group="quay",
    )
    said = text_of(image, f"A caption of {HOSTILE}", family=HOSTILE, producer="model:x")
    asked = question_of(image, HOSTILE, HOSTILE)
    refused = [{"source": HOSTILE, "unit": "box", "file": HOSTILE, "reason": f"reason {HOSTILE}", "advice": ""}]
    shared = SHARED.model_copy(update={"examples": ((HOSTILE,),), "sources": (HOSTILE,)})
    audit = MOVED.model_copy(update={"clusters": (shared,)})
    return made_corpus(folder, [image], [said, asked], refused, audit=audit, not_held=(HOSTILE,))


def test_hostile_names_in_a_card_are_words(tmp_path):
    corpus = hostile_corpus(tmp_path)
    draw_card(corpus, inspect(corpus), tmp_path)
    readme = (tmp_path / "README.md").read_text()
    kinds, pictures = kinds_in(readme)
    assert kinds <= OURS
    assert pictures == ["samples.png", "figures.png"]
    assert "\u202e" not in readme
    assert readme.count("onerror") == readme.count("<img") == 0


@pytest.mark.parametrize("target", EXPORTS.names())
def test_hostile_names_in_the_readme_of_an_export_are_words(tmp_path, target):
    corpus = hostile_corpus(tmp_path / "corpus")
    export(corpus, tmp_path / "out", target)
    readme = (tmp_path / "out" / "README.md").read_text()
    kinds, pictures = kinds_in(readme if readme.startswith("---\n") else f"---\n---\n{readme}")
    assert kinds <= OURS | {"code_block", "bullet_list", "list_item"}
    assert pictures == []
    assert "\u202e" not in readme


def test_a_card_begins_with_what_the_hub_lists_it_by(tmp_path):
    card_of(tmp_path, [ORIENTED], ["caption", "question"])
    data = DatasetCard.load(tmp_path / "README.md").data
    assert (data.license, data.size_categories, data.language) == ("cc-by-4.0", ["n<1K"], ["en"])
    assert data.task_categories == ["image-to-text", "visual-question-answering", "object-detection"]
    assert {config["data_files"] for config in data.configs} == {"images.parquet", "texts.parquet", "rejects.parquet"}


def test_a_card_tells_classes_scenes_quantity_spacing_and_sizes(tmp_path):
    near = {"labelled_classes": ["ship", "tank"], "spacing_m": [3.0, 5.0], "group": "quay", "quantity": "amplitude"}
    images = [
        image_of(tmp_path, "made", "a.tif", speckle(40, 64), **near, bands=["VV", "VH"]),
        image_of(tmp_path, "made", "b.tif", speckle(80, 64), labelled_classes=["ship"], bands=["VV"]),
    ]
    corpus = made_corpus(tmp_path, images, [text_of(image, "A ship.") for image in images])
    section = next(item for item in sections_of(inspect(corpus)) if item.title == "Images")
    assert dict(zip(section.head, section.rows[0], strict=True)) == {
        "source": "made",
        "quantity": "amplitude 1, display 1",
        "bands": "VV 1, VV+VH 1",
        "width, px": "64",
        "height, px": "40 to 80",
        "pixel spacing, m": "3 to 5 (of 1 images)",
        "scenes": "1, and 1 images without",
        "labelled classes": "2",
    }
    texts = next(item for item in sections_of(inspect(corpus)) if item.title == "Texts")
    assert "distinct-n: of all runs of n words" in texts.remark


def test_dark_pictures_of_a_card_can_be_seen():
    dark = np.zeros((60, 60), np.uint8)
    dark[20:40, 20:40] = 9
    shown = stretched(dark)
    assert (shown.min(), shown.max()) == (0, 255)
    assert (stretched(np.full((4, 4), 7, np.uint8)) == 7).all()
    order = np.argsort(speckle().ravel(), kind="stable")
    assert (np.diff(stretched(speckle()).ravel()[order].astype(int)) >= 0).all()
