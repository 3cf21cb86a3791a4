"""Write exports that other frameworks are to load, of a made corpus: `python tests/interop/write_exports.py OUT`.

Beside the export for MTEB stands what sarvl makes of the same task with a random model, and the features of that model.
"""

import json
import sys
from pathlib import Path

import cv2
import numpy as np

from sarvl.corpus import BuildRecipe, Corpus, build
from sarvl.corpus.export import export
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.evaluator import evaluate
from sarvl.evaluation.outcomes import read_outcome
from sarvl.files import sha256_of
from sarvl.imagery import SarImage
from sarvl.measures.graded import Claimed, graded_retrieval
from sarvl.recipes import load_recipe

sys.path.insert(0, str(Path(__file__).parents[1]))
from micro import make_model

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


def write_retrieval(corpus: Corpus, folder: Path) -> dict[str, float]:
    """Write the export, the features of a random model, and its figures; return these.

    A caption asks once, however many images carry it, as in the export: `hit_rate_at_k` is the recall of
    `sarvl evaluate --task retrieval`, grouped, text to image, of the first row of each caption. `ndcg_at_10` is
    sarvl's graded measure where the only claim of a caption is that it is this caption.
    """
    export(corpus, folder / "export", "qrels")
    model = make_model(folder)
    rows = evaluate(model, corpus.folder, "test", ["retrieval"], folder / "rows.jsonl", workers=1)
    outcome = read_outcome(folder / "rows.jsonl", rows[0].outcome).where("direction", "text_to_image")
    texts, owners = outcome.column("text"), outcome.column("image")
    captions, first, of_pair = np.unique(texts, return_index=True, return_inverse=True)
    ranks = outcome.column("grouped_rank")[first]

    evaluated = EvaluatedModel.named(model, SplitImages.open(corpus.folder, "test"), 1)
    ids = evaluated.images.ids
    images, queries = evaluated.image_features, evaluated.text_features(captions.tolist())
    image_of_pair = np.array([ids.index(owner) for owner in owners])
    itself = Claimed.of([frozenset([caption]) for caption in captions.tolist()], of_pair, image_of_pair)
    figures = {f"hit_rate_at_{k}": float((ranks <= k).mean()) for k in (1, 5, 10)}
    figures["ndcg_at_10"] = float(graded_retrieval(images, queries, itself)[0].ndcg.mean())
    features = {
        "images": dict(
            zip(map(sha256_of_picture, map(corpus.read, evaluated.images.rows.tolist())), images.tolist(), strict=True)
        ),
        "texts": dict(zip(captions.tolist(), queries.tolist(), strict=True)),
    }
    (folder / "features.json").write_text(json.dumps(features))
    (folder / "figures.json").write_text(json.dumps(figures))
    return figures


def sha256_of_picture(image: SarImage) -> str:
    """Return the SHA-256 of the bytes of a grey picture, by which the other side finds its features."""
    return sha256_of(image.pixels[0].tobytes())


def main() -> None:
    folder = Path(sys.argv[1])
    corpus = made_corpus(folder)
    for form in ("vlmeval", "lmms-eval"):
        info = export(corpus, folder / form, form)
        print(form, info.splits["test"].more)
    print("qrels", write_retrieval(corpus, folder / "mteb"))


if __name__ == "__main__":
    main()
