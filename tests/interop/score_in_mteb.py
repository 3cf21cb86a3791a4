"""Score what ``write_exports.py`` wrote as MTEB does, and hold it against sarvl's figures; run where MTEB is installed.

python tests/interop/score_in_mteb.py OUT

The encoder looks the features of the random model up by what MTEB hands to it: the words of a caption, or the pixels
of a picture. So the same model is scored by both, and every picture of the export is opened on the way.
"""

import csv
import hashlib
import json
import sys
from pathlib import Path

import mteb
import numpy as np
from datasets import Dataset, Image
from mteb.abstasks.retrieval import AbsTaskRetrieval
from mteb.abstasks.task_metadata import TaskMetadata
from mteb.models.abs_encoder import AbsEncoder
from mteb.models.model_meta import ModelMeta, ScoringFunction


def lines_of(path: Path) -> list[dict]:
    """Return the JSON lines of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def task_of(folder: Path, split: str) -> AbsTaskRetrieval:
    """Return one split of the export as a task of MTEB."""

    class SarvlRetrieval(AbsTaskRetrieval):
        metadata = TaskMetadata(
            name="SarvlRetrieval",
            description="Find the SAR image that a caption describes.",
            reference=None,
            dataset={"path": str(folder), "revision": "1"},
            type="Any2AnyRetrieval",
            category="t2i",
            modalities=["text", "image"],
            eval_splits=["test"],
            eval_langs=["eng-Latn"],
            main_score="ndcg_at_10",
        )

        def load_data(self, **_: object) -> None:
            documents = lines_of(folder / split / "corpus.jsonl")
            pictures = [str(folder / split / one["image"]) for one in documents]
            corpus = Dataset.from_dict({"id": [one["_id"] for one in documents], "image": pictures})
            queries = lines_of(folder / split / "queries.jsonl")
            relevant: dict[str, dict[str, int]] = {}
            with (folder / split / "qrels" / f"{split}.tsv").open(encoding="utf-8") as stream:
                for row in csv.DictReader(stream, delimiter="\t"):
                    relevant.setdefault(row["query-id"], {})[row["corpus-id"]] = int(row["score"])
            asked = {"id": [one["_id"] for one in queries], "text": [one["text"] for one in queries]}
            parts = {"queries": Dataset.from_dict(asked), "relevant_docs": relevant, "top_ranked": None}
            self.dataset = {"default": {"test": {"corpus": corpus.cast_column("image", Image()), **parts}}}
            self.data_loaded = True

    return SarvlRetrieval()


class LookedUp(AbsEncoder):
    """The features that sarvl wrote, by caption and by the bytes of a picture."""

    def __init__(self, path: Path) -> None:
        self.features = json.loads(path.read_text(encoding="utf-8"))
        self.mteb_model_meta = ModelMeta.create_empty(
            overwrites={
                "name": "sarvl/random",
                "revision": "1",
                "modalities": ["text", "image"],
                "similarity_fn_name": ScoringFunction.COSINE,
            }
        )

    def encode(self, inputs, **_: object) -> np.ndarray:
        """Return the features of captions, or of pictures, in the order of the loader."""
        found = [row for batch in inputs for row in self._of(batch)]
        return np.array(found, np.float32)

    def _of(self, batch: dict) -> list[list[float]]:
        if "image" not in batch:
            return [self.features["texts"][text] for text in batch["text"]]
        pixels = [np.asarray(picture.convert("L")).tobytes() for picture in batch["image"]]
        return [self.features["images"][hashlib.sha256(each).hexdigest()] for each in pixels]


def main() -> None:
    folder = Path(sys.argv[1]).absolute() / "mteb"
    ours = json.loads((folder / "figures.json").read_text())
    task, model = task_of(folder / "export", "test"), LookedUp(folder / "features.json")
    result = mteb.evaluate(model, task, cache=None, co2_tracker=False)
    (theirs,) = result.task_results[0].scores["test"]
    for name, value in ours.items():
        print(f"mteb: {name}: {theirs[name]:.5f}, sarvl: {value:.5f}")
        assert abs(theirs[name] - value) <= 1e-5, name  # MTEB rounds to five digits


if __name__ == "__main__":
    main()
