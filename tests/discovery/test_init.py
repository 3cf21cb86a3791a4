"""``sarvl init``: what it finds in folders of each kind, and that ``sarvl build`` takes what it writes."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from sarvl.corpus import build
from sarvl.discovery import init
from sarvl.discovery.recipe_text import FILL_IN
from sarvl.errors import AnnotationError, RecipeError

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
RNG = np.random.default_rng(0)


def picture(path: Path, size: int = 64) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), RNG.integers(0, 255, (size, size), np.uint8))


def pictures(folder: Path, count: int = 6, ending: str = ".png") -> list[str]:
    names = [f"im{number}{ending}" for number in range(count)]
    for name in names:
        picture(folder / name)
    return names


def coco(folder: Path, names: list[str], out: str) -> None:
    images = [{"id": n, "file_name": name, "width": 64, "height": 64} for n, name in enumerate(names)]
    annotations = [{"image_id": n, "category_id": n % 2 + 1, "bbox": [4, 4, 20, 10]} for n in range(len(names))]
    categories = [{"id": 1, "name": "ship"}, {"id": 2, "name": "bridge"}]
    document = {"images": images, "annotations": annotations, "categories": categories}
    (folder / out).write_text(json.dumps(document))


def make_coco(folder: Path) -> None:
    coco(folder, pictures(folder / "images"), "instances.json")


def make_coco_of_two_splits(folder: Path) -> None:
    for split in ("train", "test"):
        names = [f"{split}{n}.png" for n in range(4)]
        for name in names:
            picture(folder / split / name)
        coco(folder, names, f"instances_{split}.json")


def make_yolo(folder: Path) -> None:
    for name in pictures(folder / "images"):
        label(folder / "labels" / f"{Path(name).stem}.txt", "0 0.5 0.5 0.2 0.2\n1 0.3 0.3 0.1 0.1\n")
    label(folder / "labels" / "classes.txt", "ship\noil tank\n")


def make_ultralytics(folder: Path) -> None:
    for split in ("train", "val"):
        for name in pictures(folder / split / "images"):
            label(folder / split / "labels" / f"{Path(name).stem}.txt", "0 0.5 0.5 0.2 0.2\n")
    (folder / "data.yaml").write_text("train: train/images\nval: val/images\nnc: 2\nnames: [ship, harbour]\n")


def label(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def make_voc(folder: Path) -> None:
    for name in pictures(folder / "JPEGImages", ending=".jpg"):
        box = "<xmin>4</xmin><ymin>4</ymin><xmax>20</xmax><ymax>30</ymax>"
        item = f"<object><name>ship</name><bndbox>{box}</bndbox></object>"
        size = "<size><width>64</width><height>64</height></size>"
        text = f"<annotation><filename>{name}</filename>{size}{item}</annotation>"
        label(folder / "Annotations" / f"{Path(name).stem}.xml", text)


def make_dota(folder: Path) -> None:
    for name in pictures(folder / "images"):
        label(folder / "labelTxt" / f"{Path(name).stem}.txt", "4 4 20 4 20 14 4 14 ship 0\n")


def make_labelme(folder: Path) -> None:
    for name in pictures(folder):
        shape = {"label": "ship", "shape_type": "rectangle", "points": [[4, 4], [20, 30]]}
        document = {"shapes": [shape], "imagePath": name, "imageWidth": 64, "imageHeight": 64}
        (folder / f"{Path(name).stem}.json").write_text(json.dumps(document))


def make_folders(folder: Path) -> None:
    for name in ("ship", "bridge", "open_water"):
        pictures(folder / name)


def make_folders_by_split(folder: Path) -> None:
    for split in ("train", "test"):
        for name in ("ship", "bridge"):
            pictures(folder / split / name)


def make_csv(folder: Path) -> None:
    lines = [f"{name},a ship near the quay {n}" for n, name in enumerate(pictures(folder / "images"))]
    (folder / "captions.csv").write_text("\n".join(["filename,caption", *lines]) + "\n")


def make_captions(folder: Path) -> None:
    entries = [{"filename": name, "caption": f"A ship of number {n}."} for n, name in enumerate(pictures(folder / "i"))]
    (folder / "captions.json").write_text(json.dumps(entries))


AS_IS = {
    make_coco: ("coco", {"bridge": 3, "ship": 3}),
    make_yolo: ("yolo", {"oil tank": 6, "ship": 6}),
    make_ultralytics: ("yolo", {"ship": 12}),
    make_voc: ("voc", {"ship": 6}),
    make_dota: ("dota", {"ship": 6}),
    make_labelme: ("labelme", {"ship": 6}),
    make_folders: ("folders", {"bridge": 6, "open water": 6, "ship": 6}),
    make_folders_by_split: ("folders", {"bridge": 12, "ship": 12}),
    make_csv: ("csv_captions", {}),
    make_captions: ("captions", {}),
}


@pytest.mark.parametrize("make", AS_IS, ids=lambda make: make.__name__)
def test_the_recipe_is_built_as_it_is(tmp_path, make):
    make(tmp_path / "set")
    expected, classes = AS_IS[make]
    beginning = init(tmp_path / "set", tmp_path / "set.yaml")
    source = yaml.safe_load(beginning.recipe.read_text())["sources"][0]
    assert (source["format"], beginning.to_fill) == (expected, ())
    corpus = build(tmp_path / "set.yaml", tmp_path / "corpus", workers=1)
    images = len([path for path in (tmp_path / "set").rglob("*") if path.suffix in {".png", ".jpg"}])
    assert (corpus.info.counts.images_in, dict(corpus.info.counts.rejects)) == (images, {})
    counted = " ".join(f"{name} {count}" for name, count in sorted(classes.items()))
    told = next((line for line in beginning.lines if line.startswith("classes")), "")
    assert all(f"{name} {count}" in told for name, count in classes.items()), counted


def test_two_files_of_one_format_are_two_sources_with_their_splits(tmp_path):
    make_coco_of_two_splits(tmp_path / "set")
    init(tmp_path / "set", tmp_path / "set.yaml")
    sources = yaml.safe_load((tmp_path / "set.yaml").read_text())["sources"]
    assert [(source["name"], source["split"]) for source in sources] == [
        ("instances_test", "test"),
        ("instances_train", "train"),
    ]
    corpus = build(tmp_path / "set.yaml", tmp_path / "corpus", workers=1)
    assert {split: len(corpus.rows_of(split)) for split in ("train", "test")} == {"train": 4, "test": 4}


@pytest.mark.parametrize(
    ("make", "splits"), [(make_ultralytics, {"train", "val"}), (make_folders_by_split, {"train", "test"})]
)
def test_splits_that_the_set_gives_are_kept(tmp_path, make, splits):
    make(tmp_path / "set")
    init(tmp_path / "set", tmp_path / "set.yaml")
    assert set(build(tmp_path / "set.yaml", tmp_path / "corpus", workers=1).column("split")) == splits


def test_the_same_objects_in_two_formats_are_one_source_and_the_other_is_told(tmp_path):
    make_voc(tmp_path / "set")
    coco(tmp_path / "set", [f"im{n}.jpg" for n in range(6)], "coco.json")
    beginning = init(tmp_path / "set", tmp_path / "set.yaml")
    text = beginning.recipe.read_text()
    assert len(yaml.safe_load(text)["sources"]) == 1
    assert [line for line in beginning.lines if line.startswith("also: ")] == [
        "also: voc in Annotations: 6 images" if "format: coco" in text else "also: coco in coco.json: 6 images"
    ]


def make_masks(folder: Path, ending: str = "", values: tuple[int, ...] = (0, 1, 7)) -> None:
    for name in pictures(folder / "images"):
        mask = np.array(values, np.uint8)[RNG.integers(0, len(values), (64, 64))]
        (folder / "masks").mkdir(exist_ok=True)
        cv2.imwrite(str(folder / "masks" / f"{Path(name).stem}{ending}.png"), mask)


@pytest.mark.parametrize("ending", ["", "_mask"])
def test_what_masks_mean_must_be_filled_in(tmp_path, ending):
    make_masks(tmp_path / "set", ending)
    beginning = init(tmp_path / "set", tmp_path / "set.yaml")
    text = beginning.recipe.read_text()
    (number,) = beginning.to_fill
    assert text.splitlines()[number - 1].strip() == f"classes: {FILL_IN}"
    assert "the names of the values 0, 1, 7" in text
    with pytest.raises(RecipeError, match=r"sources\.0\.options\.classes"):
        build(tmp_path / "set.yaml", tmp_path / "corpus", workers=1)
    (tmp_path / "set.yaml").write_text(text.replace(FILL_IN, "{0: water, 1: land, 7: ice}"))
    assert build(tmp_path / "set.yaml", tmp_path / "corpus", workers=1).info.counts.images == 6


def test_classes_of_yolo_without_names_must_be_filled_in(tmp_path):
    make_yolo(tmp_path / "set")
    (tmp_path / "set" / "labels" / "classes.txt").unlink()
    beginning = init(tmp_path / "set", tmp_path / "set.yaml")
    text = beginning.recipe.read_text()
    assert "the names of the classes 0, 1" in text
    assert len(beginning.to_fill) == 1
    (tmp_path / "set.yaml").write_text(text.replace(f"classes: {FILL_IN}", "classes: [ship, oil tank]"))
    assert build(tmp_path / "set.yaml", tmp_path / "corpus", workers=1).info.counts.images == 6


def test_an_unknown_quantity_must_be_filled_in_and_is_not_guessed(tmp_path):
    for name in ("ship", "bridge"):
        for number in range(3):
            path = tmp_path / "set" / name / f"{number}.tif"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), RNG.integers(1, 9999, (32, 32), np.uint16))
    beginning = init(tmp_path / "set", tmp_path / "set.yaml")
    assert "quantity: unknown: uint16 pixels of unknown quantity" in beginning.lines
    with pytest.raises(RecipeError, match=r"sources\.0\.quantity"):
        build(tmp_path / "set.yaml", tmp_path / "corpus", workers=1)
    text = beginning.recipe.read_text()
    (tmp_path / "set.yaml").write_text(text.replace(f"quantity: {FILL_IN}", "quantity: amplitude"))
    assert build(tmp_path / "set.yaml", tmp_path / "corpus", workers=1).info.counts.images == 6


def test_positions_in_names_become_a_group(tmp_path):
    for scene in ("P0001", "P0002"):
        for row, column in ((0, 0), (0, 32), (400, 700)):
            picture(tmp_path / "set" / scene[-1] / f"{scene}_{row}_{column}.png")
    for scene in ("P0003", "P0004"):
        picture(tmp_path / "set" / "1" / f"{scene}_0_0.png")
    beginning = init(tmp_path / "set", tmp_path / "set.yaml")
    group = yaml.safe_load(beginning.recipe.read_text())["sources"][0]["group"]
    assert group["overlap_px"] == 64
    assert "scenes: positions in a scene stand in the file names" in beginning.lines
    assert build(tmp_path / "set.yaml", tmp_path / "corpus", workers=1).column("group")[0] is not None


def test_an_existing_recipe_is_kept_unless_forced(tmp_path):
    make_folders(tmp_path / "set")
    (tmp_path / "set.yaml").write_text("mine")
    with pytest.raises(RecipeError, match=r"set\.yaml: exists already; .* replace it with --force"):
        init(tmp_path / "set", tmp_path / "set.yaml")
    assert (tmp_path / "set.yaml").read_text() == "mine"
    init(tmp_path / "set", tmp_path / "set.yaml", force=True)
    assert (tmp_path / "set.yaml").read_text() != "mine"


def make_twins(folder: Path) -> None:
    pictures(folder / "sar")
    pictures(folder / "opt")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (pictures, "6 images, but no annotations of them that a format reads"),
        (make_twins, "12 images, but no annotations of them that a format reads"),
        (lambda folder: folder.mkdir(), "no image below it"),
        (lambda folder: None, "no such folder"),
    ],
)
def test_nothing_to_say_is_an_error_and_writes_nothing(tmp_path, make, reason):
    make(tmp_path / "set")
    with pytest.raises(AnnotationError, match=reason):
        init(tmp_path / "set", tmp_path / "set.yaml")
    assert not (tmp_path / "set.yaml").exists()


def test_hostile_names_stay_in_their_line(tmp_path):
    """A class or a file cannot add a line, a field or a value to the recipe."""
    names = ["ship\n    quantity: amplitude", "a: FILL_IN", "'}{#", "\u2028x", "ok"]
    for name in names[:3]:
        (tmp_path / "set" / name).mkdir(parents=True)
        for number in range(2):
            picture(tmp_path / "set" / name / f"{number}.png")
    beginning = init(tmp_path / "set", tmp_path / "set.yaml")
    source = yaml.safe_load(beginning.recipe.read_text())["sources"][0]
    assert (source["quantity"], beginning.to_fill) == ("display", ())


@pytest.mark.parametrize(
    ("folder", "expected"),
    [("ssdd", "coco"), ("sar_acd", "folders"), ("sar_ship_dataset_12", "voc"), ("mstar_raw_complex", "phoenix")],
)
def test_real_folders(tmp_path, folder, expected):
    if not (DATA / folder).is_dir():
        pytest.skip(f"no real data at {DATA / folder}")
    beginning = init(DATA / folder, tmp_path / "set.yaml")
    assert yaml.safe_load(beginning.recipe.read_text())["sources"][0]["format"] == expected
    assert beginning.to_fill == ()


def test_the_recipe_says_what_labelled_classes_are_and_what_they_change(tmp_path):
    make_coco(tmp_path / "set")
    init(tmp_path / "set", tmp_path / "set.yaml")
    text = (tmp_path / "set.yaml").read_text()
    told = " ".join(text.replace("#", " ").split())
    assert "the classes that whoever labelled these images marked wherever they stand" in told
    assert "without this line there is neither" in told
    families = []
    for recipe in (text, text.replace("#labelled_classes", "labelled_classes")):
        (tmp_path / "set.yaml").write_text(recipe.replace("per_image: 5", "per_image: 5, families: [general, absence]"))
        corpus = build(tmp_path / "set.yaml", tmp_path / f"corpus{len(families)}", workers=1)
        families.append(set(corpus.texts["family"].to_pylist()))
    assert families[0] == families[1] - {"absence"} != families[1]
