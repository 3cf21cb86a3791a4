"""The build of a corpus: texts a second, a set of SARDet-100K's size, memory, and the share of the decode limit.

Run: ``python benchmarks/corpus.py [--workers N] [--images N] [--data FOLDER]``. Three parts:

1. Texts a second of CPU time on one core, from annotations in memory to rows with digest: no files are read.
2. A whole build of 118,000 made images with COCO boxes, up to five captions and five questions each, in a process of
   its own. The images are PNGs of 64 px, so that
   decoding them takes next to nothing: what is measured is all else, from the JSON file to the data card. Memory is the
   peak of the resident set, of the parent and of the largest worker (Linux only).
3. What checks and hashes, and then the whole build, cost on top of decoding the same images: ratios of the time in one
   run, on the same workers. ``decode`` is OpenCV's alone. Sets that FOLDER has, and simulated chips of 800 px.
"""

import argparse
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any

import cv2
import numpy as np

from sarvl.annotations import AnnotatedImage, AnnotatedObject, Box, read_source
from sarvl.corpus import BuildRecipe, build
from sarvl.corpus.building.describing import PlannedImage, describe_images
from sarvl.corpus.building.facts import ImageFacts, ImageFile, find_facts
from sarvl.imagery import read_image
from sarvl.parallel import Pool, map_chunks, open_pool
from sarvl.recipes import check_recipe
from sarvl.simulation import simulate_dataset

CLASSES = ("ship", "aircraft", "car", "tank", "bridge", "harbor")  # of SARDet-100K
SARDET_IMAGES, SARDET_OBJECTS = 118_000, 246_000  # rounded
SIDE_PX = 64
ROUNDS = 3


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--workers", type=int, default=2)
    arguments.add_argument("--images", type=int, default=SARDET_IMAGES, help="made images of part 2; 0 leaves it out")
    arguments.add_argument("--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data")
    arguments.add_argument("--build", type=Path, help=argparse.SUPPRESS)  # a recipe to build and measure
    options = arguments.parse_args()
    if options.build:
        print(json.dumps(measured_build(options.build, options.workers)))
        return
    print_texts_a_second()
    with tempfile.TemporaryDirectory() as name:
        if options.images:
            print_whole_build(Path(name), options.images, options.workers)
        for set_name, fields in [*real_sets(options.data), simulated_set(Path(name) / "simulated")]:
            print_share_of_decoding(set_name, fields, Path(name), options.workers)


def print_texts_a_second() -> None:
    rng = Random(0)
    planned = [PlannedImage(made_image(number, rng), 0, made_facts(), "train") for number in range(4000)]
    for label, questions in (("captions", None), ("captions and questions", {})):
        recipe = check_recipe(
            {"sources": [source("made", Path())], "questions": questions}, BuildRecipe, Path("x.yaml")
        )
        start = time.process_time()
        chunks = [describe_images(planned[at : at + 32], recipe, {}) for at in range(0, len(planned), 32)]
        seconds = time.process_time() - start
        texts = sum(len(chunk.texts.batch) for chunk in chunks)
        print(f"{label}: {texts / seconds:.0f} texts a second of one core ({texts / len(planned):.1f} an image)")


def print_whole_build(folder: Path, images: int, workers: int) -> None:
    recipe = make_set(folder / "set", images)
    command = [sys.executable, __file__, "--build", recipe, "--workers", str(workers)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    print(
        f"{images} images of {SIDE_PX} px, {found['texts']} texts, {workers} workers: {found['seconds']:.0f} s, "
        f"CPU time {found['cpu_parent']:.0f} s in the parent and {found['cpu_workers']:.0f} s in the workers, "
        f"peak {found['peak_parent']:.2f} GiB in the parent and {found['peak_worker']:.2f} GiB in a worker"
    )


def measured_build(recipe: Path, workers: int) -> dict[str, float]:
    value = json.loads(recipe.read_text())
    peaks: dict[int, int] = {}
    Thread(target=watch_workers, args=(peaks,), daemon=True).start()
    start = time.perf_counter()
    corpus = build(check_recipe(value, BuildRecipe, recipe), recipe.parent / "corpus", workers)
    seconds = time.perf_counter() - start
    parent, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {
        "seconds": seconds,
        "texts": len(corpus.texts),
        "cpu_parent": parent.ru_utime + parent.ru_stime,
        "cpu_workers": children.ru_utime + children.ru_stime,
        "peak_parent": parent.ru_maxrss / 2**20,
        "peak_worker": max(peaks.values(), default=0) / 2**20,
    }


def watch_workers(peaks: dict[int, int]) -> None:
    """Note the peak of each child's memory in KiB. What getrusage says of children counts a moment as their parent."""
    while True:
        for children in Path("/proc/self/task").glob("*/children"):
            for child in children.read_text().split():
                with suppress(OSError):
                    found = re.search(r"VmHWM:\s*(\d+)", Path("/proc", child, "status").read_text())
                    peaks[int(child)] = int(found[1]) if found else 0
        time.sleep(0.5)


def print_share_of_decoding(name: str, fields: dict[str, Any], folder: Path, workers: int) -> None:
    recipe = check_recipe({"sources": [source(name, **fields)]}, BuildRecipe, folder / "recipe.yaml")
    found = read_source(recipe.sources[0]).images
    files = [ImageFile(str(image.path), (image.width, image.height), 0) for image in found]
    with open_pool(workers) as pool:
        run_over(pool, decode_files, files)  # starts the workers and fills the page cache
        works = {
            "decode": lambda: run_over(pool, decode_files, files),
            "read_image": lambda: run_over(pool, read_files, files),
            "checks and hashes": lambda: run_over(pool, partial(find_facts, sources=recipe.sources), files),
            "whole build": lambda: build(recipe, folder / "corpus", workers),
        }
        seconds = best_of_turns(works)
    ratios = ", ".join(f"{label} {found / seconds['decode']:.2f}x" for label, found in seconds.items())
    print(f"{name}: {len(files)} images, {1000 * seconds['decode'] / len(files):.2f} ms to decode one: {ratios}")


def best_of_turns(works: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Return the shortest time of each; they take turns, so that a slow spell hits all of them."""
    seconds: dict[str, list[float]] = {label: [] for label in works}
    for _ in range(ROUNDS):
        for label, work in works.items():
            start = time.perf_counter()
            work()
            seconds[label].append(time.perf_counter() - start)
    return {label: min(found) for label, found in seconds.items()}


def run_over(pool: Pool, function: Callable[[Sequence[ImageFile]], Any], files: list[ImageFile]) -> None:
    for _ in map_chunks(pool, function, files, "benchmark", "images"):
        pass


def decode_files(files: Sequence[ImageFile]) -> None:
    for file in files:
        cv2.imread(file.path, cv2.IMREAD_UNCHANGED)


def read_files(files: Sequence[ImageFile]) -> None:
    for file in files:
        read_image(file.path, quantity="display")


def real_sets(data: Path) -> list[tuple[str, dict[str, Any]]]:
    ssdd, mstar, rsicd = data / "ssdd", data / "mstar_soc10", data / "rsicd"
    sets = {
        "ssdd": {"images": ssdd / "images", "format": "coco", "annotations": str(ssdd / "coco.json")},
        "mstar": {"images": mstar / "images", "format": "folders"},
        "rsicd": {"images": rsicd / "images", "format": "captions", "annotations": str(rsicd / "captions.json")},
    }
    return [(name, fields) for name, fields in sets.items() if fields["images"].is_dir()]


def simulated_set(folder: Path) -> tuple[str, dict[str, Any]]:
    simulate_dataset(folder, chips=300, size=800)
    return "simulated", {"images": folder / "images", "format": "coco", "annotations": str(folder / "annotations.json")}


def source(name: str, images: Path, **fields: Any) -> dict[str, Any]:
    return {"name": name, "images": str(images), "split": "train", "quantity": "display", "format": "folders"} | fields


def made_image(number: int, rng: Random) -> AnnotatedImage:
    """Return an image of 512 px with 1 to 10 objects of up to three of six classes, all six labelled."""
    present = rng.sample(CLASSES, rng.choice((1, 1, 2, 3)))
    objects = [AnnotatedObject(rng.choice(present), made_box(rng, 512)) for _ in range(rng.randint(1, 10))]
    file = f"{number:06d}.png"
    return AnnotatedImage(file, Path(file), 512, 512, tuple(sorted(objects)), labelled_classes=CLASSES)


def made_box(rng: Random, side: int) -> Box:
    x, y, width, height = (rng.random() * 0.8 * side, rng.random() * 0.8 * side, 5 + rng.random(), 5 + rng.random())
    return Box(x, y, x + width, y + height)


def made_facts() -> ImageFacts:
    return ImageFacts("0" * 64, 0, "display", ("gray",), None, None, ())


def make_set(folder: Path, images: int) -> Path:
    """Write noise of 64 px and one COCO file with as many objects an image as SARDet-100K; return its recipe."""
    rng, noise = Random(0), np.random.default_rng(0)
    (folder / "images").mkdir(parents=True)
    entries, annotations = [], []
    for number in range(images):
        name = f"{number:06d}.png"
        data = cv2.imencode(".png", noise.integers(0, 256, (SIDE_PX, SIDE_PX), np.uint8))[1]
        (folder / "images" / name).write_bytes(data.tobytes())
        entries.append({"id": number, "file_name": name, "width": SIDE_PX, "height": SIDE_PX})
    for number in range(images * SARDET_OBJECTS // SARDET_IMAGES):
        # Every image has one object; the others fall anywhere.
        image = number if number < images else rng.randrange(images)
        xmin, ymin, xmax, ymax = made_box(rng, SIDE_PX)
        box = [xmin, ymin, xmax - xmin, ymax - ymin]
        annotations.append({"id": number, "image_id": image, "category_id": rng.randrange(6), "bbox": box})
    categories = [{"id": number, "name": name} for number, name in enumerate(CLASSES)]
    document = {"images": entries, "annotations": annotations, "categories": categories}
    (folder / "coco.json").write_text(json.dumps(document))
    fields = source("made", folder / "images", format="coco", annotations=str(folder / "coco.json"))
    recipe = folder / "recipe.json"
    recipe.write_text(json.dumps({"sources": [fields | {"labelled_classes": CLASSES}], "questions": {"per_image": 5}}))
    return recipe


if __name__ == "__main__":
    main()
