"""Every form of export is read back by a format of ours, or says why not."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from made_corpus import image_of, made_corpus, question_of, speckle, text_of

from sarvl.annotations import Source, read_source
from sarvl.annotations.format import FORMATS
from sarvl.corpus import Corpus
from sarvl.corpus.export import export
from sarvl.corpus.export.form import EXPORTS
from sarvl.corpus.export.keys import flat_keys
from sarvl.imagery import read_image

TEXTS = [
    'A "SAR" image, of\nthree ships; ünïcode.',
    "['A ship.', 'One ship.'] is no list.",
    "A port.",
    "A ship {<10><20><30><40>} and <ref>a pier</ref><box>[[1, 2, 3, 4]]</box>.",  # as people have written it
]
TARGETS = EXPORTS.names()


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Corpus:
    """Names that want care, pictures that are kept, converted and rendered, and texts that look like something else."""
    folder = tmp_path_factory.mktemp("corpus")
    rgb = np.stack([speckle(seed=seed) for seed in (1, 2, 3)])
    ship = {"class_name": "ship", "box": [1.0, 2.0, 11.0, 22.0]}
    images = [
        image_of(folder, "ssdd", "a/one.two.png", speckle(), objects=[ship], label="port", open_classes=["tank"]),
        image_of(folder, "ssdd", "A/one.two.png", speckle(seed=4)),
        image_of(folder, "rgb", "é c.tif", rgb, bands=["red", "green", "blue"]),
        image_of(folder, "tsx", "d.tif", speckle(seed=5).astype(np.uint16) * 100, quantity="amplitude", bands=["1"]),
        image_of(folder, "tsx", "d.jpg", speckle(seed=6), split="test"),
    ]
    texts = [text_of(image, text) for image in images for text in TEXTS]
    texts += [question_of(images[0], "How many ships?\nA. 2\nB. 3", "3"), question_of(images[4], "Where?", "Here.")]
    return made_corpus(folder, images, texts)


def splits_of(corpus: Corpus) -> Iterator[tuple[str, dict[str, tuple[list[str], list[tuple[str, str]]]]]]:
    """Yield each split, and what is said of each picture: captions, white space as one blank, and questions."""
    keys = flat_keys(corpus.column("image_id"))
    for split in ("train", "test"):
        said = {}
        for row in corpus.rows_of(split).tolist():
            statements = corpus.statements(row)
            captions = sorted(" ".join(said.text.split()) for said in statements if said.kind == "caption")
            questions = [(said.text, said.answer) for said in statements if said.kind == "question"]
            said[keys[row]] = captions, questions
        yield split, said


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_written_is_read_back(corpus, tmp_path, target):
    form = EXPORTS.get(target)
    if form.read_back is None:
        assert form.not_read
        return
    export(corpus, tmp_path, target, per_image="all", workers=1)
    name, annotations, images = form.read_back
    for split, expected in splits_of(corpus):
        paths = {"images": images.format(split=split), "annotations": annotations.format(split=split)}
        source = Source(name="s", format=name, split=split, **{key: tmp_path / path for key, path in paths.items()})
        found = read_source(source)
        assert found.rejects == ()
        read = {}
        for image in found.images:
            captions = sorted(" ".join(caption.split()) for caption in image.captions)
            read[Path(image.file).stem] = captions, [tuple(asked) for asked in image.questions]
            assert read_image(image.path).pixels.shape[1:] == (48, 64)
        wanted = {key: (said, asked if form.takes_questions else []) for key, (said, asked) in expected.items()}
        assert read == wanted


def test_boxes_and_classes_of_a_hugging_face_folder_come_back(corpus, tmp_path):
    export(corpus, tmp_path, "hf-folder", workers=1)
    source = Source(name="s", format="hf_folder", images=tmp_path, annotations=tmp_path, official_splits=True)
    found = read_source(source)
    assert {image.official_split for image in found.images} == {"train", "test"}
    image = next(image for image in found.images if image.objects)
    assert image.label == "port"
    assert [(item.class_name, tuple(item.box)) for item in image.objects] == [("ship", (1, 2, 11, 22))]
    assert image.open_classes == ("tank",)


@pytest.mark.parametrize("target", TARGETS)
def test_the_readme_of_an_export_has_the_source_that_reads_it(corpus, tmp_path, target):
    form = EXPORTS.get(target)
    export(corpus, tmp_path, target, workers=1)
    readme = (tmp_path / "README.md").read_text()
    assert ("format: " in readme) == (form.read_back is not None)
    if form.read_back:
        assert f"format: {form.read_back.format}, " in readme
        assert form.read_back.format in FORMATS.names()
