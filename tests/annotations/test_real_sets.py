"""The real sets: their known counts and their known faults."""

import re
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path

import pytest

from sarvl.annotations import Source, read_source
from sarvl.corpus import BuildRecipe
from sarvl.files import sha256_of
from sarvl.recipes import load_recipe

RECIPES = Path(__file__).parents[2] / "recipes"


def test_ssdd_is_the_same_through_coco_and_voc(shared_data):
    folder = shared_data / "ssdd"
    common = {"name": "ssdd", "images": folder / "images", "split": "train"}
    coco = read_source(Source(format="coco", annotations=folder / "coco.json", **common))
    voc = read_source(Source(format="voc", annotations=folder / "voc", **common))
    assert len(coco.images) == len(voc.images) == 928
    assert sum(len(image.objects) for image in coco.images) == 2041
    assert [image.file for image in coco.images] == [image.file for image in voc.images]
    assert [len(image.objects) for image in coco.images] == [len(image.objects) for image in voc.images]


def test_sar_aircraft_says_which_images_are_missing(shared_data):
    folder = shared_data / "sar_aircraft"
    found = read_source(
        Source(
            name="air", format="voc", images=folder / "images", annotations=folder / "annotations.xml", split="train"
        )
    )
    assert len(found.images) == 5
    assert Counter(reject.reason for reject in found.rejects if reject.unit == "image") == {"image is missing": 4359}
    assert found.images_in == 4364


def test_sar_ship_dataset_files_are_found_despite_their_names(shared_data):
    folder = shared_data / "sar_ship_dataset_12"
    found = read_source(Source(name="ships", format="voc", images=folder, annotations=folder, split="train"))
    assert len(found.images) == 12
    assert not found.rejects
    assert all(image.objects for image in found.images)


def test_mstar_folders(shared_data):
    found = read_source(
        Source(name="mstar", format="folders", images=shared_data / "mstar_soc10" / "images", split="train")
    )
    assert len(found.images) == 3671
    assert len({image.label for image in found.images}) == 10
    assert not found.rejects


@pytest.mark.parametrize("recipe", ["sets/sar-acd.yaml", "real/sar.yaml", "real/all.yaml"])
def test_equal_files_of_an_aircraft_of_sar_acd_share_a_group(shared_data, recipe):
    sources = load_recipe(RECIPES / recipe, BuildRecipe).sources
    (source,) = [source for source in sources if source.name in {"sar_acd", "sar-acd"}]
    images = read_source(
        source.model_copy(update={"images": shared_data / "sar_acd", "include": "*/*.jpg"}),
    ).images
    groups = defaultdict(set)
    for image in images:
        groups[sha256_of(image.path.read_bytes()), image.label].add(image.group)
    assert len(images) == 2113
    assert len(images) - len(groups) == 1
    assert all(len(names) == 1 for names in groups.values())
    assert len({image.group for image in images}) == 470


@pytest.mark.parametrize("recipe", ["sets/opensarship.yaml", "real/sar.yaml", "real/all.yaml"])
def test_chips_of_opensarship_that_overlap_share_a_group(shared_data, recipe):
    sources = load_recipe(RECIPES / recipe, BuildRecipe).sources
    (source,) = [source for source in sources if source.name == "opensarship"]
    images = read_source(source.model_copy(update={"images": shared_data / "opensarship"})).images
    places = [re.search(r"(.*)/Patch_Uint8/.*_x(\d+)_y(\d+)_", image.file).groups() for image in images]
    overlapping = [
        (image.group, other.group)
        for (image, (product, x, y)), (other, (other_product, other_x, other_y)) in combinations(
            zip(images, places, strict=True), 2
        )
        if product == other_product
        and max(abs(int(x) - int(other_x)), abs(int(y) - int(other_y))) < max(image.width, other.width)
    ]
    assert len(images) == 342
    assert len(overlapping) > 171  # the two chips of each ship, and some of neighbours
    assert all(group == other for group, other in overlapping)
