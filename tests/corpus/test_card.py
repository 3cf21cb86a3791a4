"""The data card: its tables hold what was counted, and its pictures show boxes, whatever the corpus lacks."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from made_corpus import NO_DUPLICATES, image_of, made_corpus, question_of, speckle, text_of
from matplotlib.figure import Figure

from sarvl.annotations import AnnotatedImage, AnnotatedObject, Box
from sarvl.corpus import Corpus, inspect
from sarvl.corpus.corpus_info import SharedPictures
from sarvl.corpus.inspecting.card import draw_card
from sarvl.corpus.inspecting.card_figures import _histogram
from sarvl.corpus.inspecting.card_samples import _draw_objects
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
    assert "| ship\\|tanker | 3 | 3 |" in readme
    assert "images moved to another split: 2." in readme
    for line in readme.splitlines():
        if line.startswith("|"):
            assert line.endswith("|")
    assert "3 images, 3 captions and 3 questions" in readme
