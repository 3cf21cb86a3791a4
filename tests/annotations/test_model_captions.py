"""Captions that a model wrote keep its name, from the file of captions to the texts of a corpus."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from sarvl.annotations import AnnotatedImage, AnnotatedObject, Box, Source, read_source
from sarvl.annotations.annotated_image import ModelCaption
from sarvl.corpus import BuildRecipe, build
from sarvl.language import describe, verify
from sarvl.recipes import check_recipe

NAME = "model:narrator@0123"
IMAGE = AnnotatedImage(file="a.png", path=Path("a.png"), width=90, height=90)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "images").mkdir()
    for name in ("a", "b"):
        pixels = np.random.default_rng(ord(name)).integers(0, 255, (20, 20), np.uint8)
        cv2.imwrite(str(tmp_path / "images" / f"{name}.png"), pixels)
    return tmp_path


def write_json(path: Path) -> Path:
    lines = [
        {"image": "a.png", "caption": "A pier.", "producer": NAME},
        {"image": "a.png", "caption": "A pier by the sea."},
        {"image": "b.png", "caption": "A field.", "producer": NAME, "log_probability": -1.5},
        {"image": "b.png", "caption": "Some farmland.", "producer": "Ann"},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def write_csv(path: Path) -> Path:
    path.write_text(
        "image,caption,Producer,log_probability\n"
        f"a.png,A pier.,{NAME},-2\na.png,A pier by the sea.,,\nb.png,A field.,{NAME},-1.5\nb.png,Some farmland.,Ann,\n"
    )
    return path


@pytest.mark.parametrize(
    ("form", "write", "name"),
    [("captions", write_json, "c.jsonl"), ("csv_captions", write_csv, "c.csv")],
)
def test_a_corpus_tells_which_model_wrote(folder, form, write, name):
    source = {"name": "s", "format": form, "images": "images", "annotations": write(folder / name).name}
    source |= {"quantity": "display", "split": "train"}
    corpus = build(check_recipe({"sources": [source]}, BuildRecipe, folder / "r.yaml"), folder / "corpus", workers=1)
    told = {(text["text"], text["family"], text["producer"]) for text in corpus.texts.to_pylist()}
    assert told == {
        ("A pier.", "narrated", NAME),
        ("A pier by the sea.", "human", "human"),
        ("A field.", "narrated", NAME),
        ("Some farmland.", "human", "human"),
    }


def test_captions_of_a_model_are_captions_of_a_twin_too(folder):
    write_json(folder / "c.jsonl")
    source = Source(name="s", format="pairs", images=folder / "images", annotations=folder / "c.jsonl", split="train")
    assert {image.file: image.twin_captions for image in read_source(source).images} == {
        "a.png": ("A pier by the sea.", "A pier."),
        "b.png": ("Some farmland.", "A field."),
    }


def test_what_people_wrote_as_well_is_theirs():
    image = replace(IMAGE, captions=("A pier.",), model_captions=(ModelCaption("A pier.", NAME),))
    assert [said.producer for said in describe(image)] == ["human"]


def test_it_is_held_to_the_objects_where_there_are_some():
    said = describe(replace(IMAGE, model_captions=(ModelCaption("A SAR image of 2 ships.", NAME),)))[0]
    assert verify(said, IMAGE) == []
    ship = AnnotatedObject("ship", Box(1, 1, 9, 9))
    assert verify(said, replace(IMAGE, objects=(ship, ship._replace(box=Box(11, 11, 19, 19))))) == []
    assert verify(said, replace(IMAGE, objects=(ship,))) != []
