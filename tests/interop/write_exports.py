"""Write exports that other frameworks are to load, of a made corpus: `python tests/interop/write_exports.py OUT`."""

import json
import sys
from pathlib import Path

import cv2
import numpy as np

from sarvl.corpus import BuildRecipe, Corpus, build
from sarvl.corpus.export import export
from sarvl.recipes import load_recipe

RECIPE = """
sources:
  - {name: port, format: coco, images: images, annotations: coco.json, quantity: display, split: test}
questions: {multiple_choice: 0.5, balance: published, shares: {others: 1}}
"""


def made_corpus(folder: Path) -> Corpus:
    """Build a corpus of twelve scenes of ships and bridges."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    images, boxes = [], []
    for number in range(12):
        pixels = np.random.default_rng(number).integers(0, 255, (96, 128), np.uint8)
        cv2.imwrite(str(folder / "images" / f"{number}.png"), pixels)
        images.append({"id": number, "file_name": f"{number}.png", "width": 128, "height": 96})
        for place in range(1 + number % 4):
            box = [10 + 28 * place, 10 + 7 * number % 60, 20, 12]
            boxes.append({"image_id": number, "category_id": (number + place) % 2, "bbox": box})
    categories = [{"id": 0, "name": "ship"}, {"id": 1, "name": "bridge"}]
    (folder / "coco.json").write_text(json.dumps({"images": images, "annotations": boxes, "categories": categories}))
    (folder / "build.yaml").write_text(RECIPE)
    return build(load_recipe(folder / "build.yaml", BuildRecipe), folder / "corpus")


def main() -> None:
    folder = Path(sys.argv[1])
    corpus = made_corpus(folder)
    for form in ("vlmeval", "lmms-eval"):
        info = export(corpus, folder / form, form)
        print(form, info.splits["test"].more)


if __name__ == "__main__":
    main()
