"""The ready recipes: each reads the layout that its comment tells; the composed ones build from all sets or some."""

import re
import shlex
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest
import yaml
from fake_sets import FAKES, make_sets

from sarvl.annotations import AnnotatedImage, Source, read_source
from sarvl.corpus import build
from sarvl.corpus.recipe import BuildRecipe
from sarvl.recipes import load_recipe

SETS = Path(__file__).resolve().parents[2] / "recipes" / "sets"
COMPOSED = ("mmsar", "sarvlm-1m", "sar-text", "sarlang-1m")
SARDET_CLASSES = {"ship", "aircraft", "car", "tank", "bridge", "harbor"}


class Expected(NamedTuple):
    """What is read of a fake set. splits: images by official or stated split; shares of a draw count as ""."""

    splits: dict[str, int]
    classes: set[str]
    refused: int = 0


EXPECTED = {
    "sardet-100k": Expected({"train": 2, "val": 1, "test": 1}, SARDET_CLASSES),
    "ssdd": Expected({"train": 2, "test": 1}, {"ship"}),
    "hrsid": Expected({"train": 2, "test": 1}, {"ship"}),
    "sar-acd": Expected({"": 3}, {"A220 aircraft", "A320 or A321 aircraft", "Boeing 787 aircraft"}),
    "sar-aircraft-1.0": Expected(
        {"train": 1, "val": 1, "test": 1}, {"A320 or A321 aircraft", "Boeing 787 aircraft", "other-type aircraft"}
    ),
    "fair-csar": Expected({"train": 2, "test": 2}, {"container ship", "other-type ship", "bridge"}),
    "rsar": Expected({"train": 2, "val": 1, "test": 1}, {"ship", "car", "tank", "harbor"}),
    "ogsod": Expected({"train": 2, "test": 1}, {"bridge", "harbor"}),
    "mstar": Expected({"train": 2, "test": 1}, {"2S1 howitzer", "T72 tank"}, refused=1),
    "sample": Expected({"": 8}, {"2S1 howitzer", "T72 tank"}),
    "opensarship": Expected({"": 4}, {"bulk carrier", "tug"}),
    "atrnet-star": Expected({"train": 2, "test": 1}, {"Buick GL8", "Chery QQ3"}),
    "fusar-ship": Expected({"": 2}, {"cargo ship", "fishing vessel"}),
    "spacenet6": Expected({"": 3}, {"building"}),
    "dfc2023": Expected({"": 3}, {"building"}),
    "openearthmap-sar": Expected({"": 3}, {"building", "tree", "water"}),
    "osdataset": Expected({"train": 2, "val": 1, "test": 1}, set()),
    "rsicd": Expected({"train": 1, "val": 1, "test": 1}, set()),
    "rsitmd": Expected({"train": 1, "test": 1}, set()),
    "ucm": Expected({"train": 1, "val": 1, "test": 1}, set()),
    "sydney": Expected({"train": 1, "test": 1}, set()),
    "nwpu-captions": Expected({"train": 1, "val": 1, "test": 1}, {"airport", "bridge"}),
    "sarsim": Expected({"train": 2}, {"tank", "truck"}),
    "sarlang-1m-captions": Expected({"train": 1, "test": 1}, set()),
}


@pytest.fixture(scope="module")
def fakes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fakes")
    make_sets(folder)
    return folder


@pytest.fixture
def quick_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """Build without the pictures of the card, which take most of the time of a tiny corpus."""
    monkeypatch.setattr(import_module("sarvl.corpus.building.builder"), "write_card", lambda *_: None)


def ready(name: str, *overrides: str) -> BuildRecipe:
    return load_recipe(SETS / f"{name}.yaml", BuildRecipe, overrides)


def classes_of(image: AnnotatedImage) -> set[str]:
    named = {item.class_name for item in (*image.objects, *image.land_cover)}
    return named | ({image.label} if image.label else set())


def commands_in(name: str) -> list[list[str]]:
    """Return the words of each command that the comment of a recipe shows."""
    lines = (SETS / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    return [shlex.split(line.removeprefix("#")) for line in lines if line.startswith("#   sarvl build")]


def settings_in(name: str) -> Iterator[str]:
    """Yield what the comment of a recipe gives to ``--set``, but for the root."""
    comment = " ".join(line[1:].strip() for line in (SETS / f"{name}.yaml").read_text().splitlines() if line[:1] == "#")
    for quoted, plain in re.findall(r"--set (?:'([^']+)'|([^\s'`]+(?:'[^']*')?))", comment):
        setting = quoted or plain.replace("'", "")
        if not setting.startswith("root=") and "..." not in setting:
            yield setting


def test_every_ready_recipe_has_a_fake_and_an_expectation() -> None:
    singles = {path.stem for path in SETS.glob("*.yaml")} - {*COMPOSED}
    assert singles == {*FAKES} == {*EXPECTED}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_ready_recipe_reads_its_set(fakes: Path, name: str) -> None:
    recipe, expected = ready(name, f"root={fakes / name}"), EXPECTED[name]
    found = [(source, read_source(source)) for source in recipe.sources]
    splits = Counter(source.split or image.official_split or "" for source, read in found for image in read.images)
    assert dict(splits) == expected.splits
    assert set().union(*(classes_of(image) for _, read in found for image in read.images)) == expected.classes
    assert sum(len(read.rejects) for _, read in found) == expected.refused
    assert sum(read.images_in for _, read in found) == splits.total() + expected.refused
    assert all(source.split or source.splits or source.official_splits for source in recipe.sources)


@pytest.mark.parametrize("name", [*EXPECTED, *COMPOSED])
def test_the_comment_shows_the_command_and_what_it_says_to_set_exists(name: str) -> None:
    (command,) = commands_in(name)
    assert command[:3] == ["sarvl", "build", f"recipes/sets/{name}.yaml"]
    assert command[-2:] == ["--out", f"corpora/{name}"]
    assert command[3] == "--set"
    assert command[4].startswith("root=/data")
    for setting in settings_in(name):
        path, _, value = setting.partition("=")
        first, *rest = path.split(".")
        assert (rest[1] in Source.model_fields) if first == "sources" else (first in BuildRecipe.model_fields), setting
        yaml.safe_load(value)


def test_an_absence_is_only_said_where_a_set_labels_what_is_there() -> None:
    said = {name: {item for source in ready(name).sources for item in source.labelled_classes} for name in EXPECTED}
    assert not any(said[name] for name in ("sardet-100k", "rsar", "fair-csar"))
    assert said["ssdd"] == said["hrsid"] == {"ship"}
    assert said["ogsod"] == {"bridge", "harbor", "storage tank"}
    (aircraft,) = ready("sar-aircraft-1.0").sources
    (chips,) = ready("sar-acd").sources
    assert {name for names in chips.class_names.values() for name in names} < {*aircraft.labelled_classes}
    assert {*aircraft.labelled_classes} == {name for names in aircraft.class_names.values() for name in names}


def test_poses_ships_tiles_and_cities_stay_together(fakes: Path) -> None:
    groups = {
        name: Counter(image.group for image in read_source(ready(name, f"root={fakes / name}").sources[0]).images)
        for name in ("sample", "opensarship", "spacenet6", "dfc2023")
    }
    assert sorted(groups["sample"].values()) == [4, 4]
    assert sorted(groups["opensarship"].values()) == [2, 2]
    assert groups["spacenet6"] == {"1": 2, "2": 1}
    assert groups["dfc2023"] == {"NewYork": 2, "Brasilia": 1}


def test_a_copy_of_mstar_in_jpeg_reads_as_its_comment_says(tmp_path: Path) -> None:
    for name in ("2S1/HB14931.000.jpeg", "T72/HB03333.015.jpeg"):
        (tmp_path / "images" / name).parent.mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "images" / name), np.arange(900, dtype=np.uint8).reshape(30, 30))
    found = read_source(ready("mstar", f"root={tmp_path}", *settings_in("mstar")).sources[0])
    assert [(image.label, image.group) for image in found.images] == [("2S1 howitzer", "1493"), ("T72 tank", "0333")]


@pytest.mark.usefixtures("quick_build")
@pytest.mark.parametrize("name", COMPOSED)
def test_a_composed_corpus_builds_from_all_sets(fakes: Path, tmp_path: Path, name: str) -> None:
    recipe = ready(name, f"root={fakes}")
    info = build(recipe, tmp_path / "corpus").info
    assert info.not_held == ()
    assert all(source.images_kept for source in info.sources)
    counts = info.counts
    assert counts.images_in == counts.images + counts.rejects.get("image", 0)
    assert (counts.questions > 0) == (name in {"sar-text", "sarlang-1m"})
    if name == "mmsar":
        assert counts.captions == 3 * counts.images
    if name == "sarvlm-1m":
        splits = {source.name: {*source.splits} for source in info.sources}
        assert splits["sample"] == splits["opensarship"] == {"train"}
    if name == "sarlang-1m":
        splits = {source.name: {*source.splits} for source in info.sources}
        assert splits["sardet-100k-val"] == {"test"}
        assert "test" not in splits["sardet-100k-test"]


@pytest.mark.usefixtures("quick_build")
@pytest.mark.parametrize(
    ("name", "held"), [("sarvlm-1m", "mstar sample sardet-100k"), ("sarlang-1m", "spacenet6 dfc2023")]
)
def test_sets_that_are_not_there_are_left_out_and_recorded(tmp_path: Path, name: str, held: str) -> None:
    make_sets(tmp_path, held.split())
    recipe = ready(name, f"root={tmp_path}")
    info = build(recipe, tmp_path / "corpus").info
    there = {source.name for source in recipe.sources if source.images.is_dir()}
    assert {*info.not_held} == {source.name for source in recipe.sources} - there
    assert {source.name for source in info.sources if source.images_kept} == there


def test_the_published_test_sources_can_be_left_out_of_training() -> None:
    variants = [setting for setting in settings_in("sarvlm-1m") if setting.startswith("leave_source_out=")]
    assert [ready("sarvlm-1m", variant).leave_source_out["test"] for variant in variants] == [
        ("mstar",),
        ("opensarship",),
    ]
    assert ready("sarlang-1m").leave_source_out["test"] == ("sardet-100k-val",)
    assert [ready("sarlang-1m", setting).leave_source_out for setting in settings_in("sarlang-1m")] == [{}]


def test_the_fakes_are_the_same_each_time(fakes: Path, tmp_path: Path) -> None:
    make_sets(tmp_path)
    files = [path.relative_to(fakes) for path in sorted(fakes.rglob("*")) if path.is_file()]
    assert len(files) > 60
    assert all((fakes / file).read_bytes() == (tmp_path / file).read_bytes() for file in files)
