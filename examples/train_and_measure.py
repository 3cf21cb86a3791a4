"""From a folder of images and boxes to a model and its figures, in Python.

Run: ``python examples/train_and_measure.py [FOLDER]``. It takes about a minute on two cores and needs no data:
simulated chips stand for a set of your own. FOLDER (``runs/example``) gets the set, the corpus, the run and the page.
"""

import sys
from pathlib import Path

import sarvl
from sarvl.simulation import simulate_dataset

CORPUS = """
seed: 0
sources:
  - name: myset
    format: coco
    images: myset/images
    annotations: myset/annotations.json
    quantity: display
    labelled_classes: [aircraft, bridge, harbor, ship, tank, vehicle]
    splits: {train: 0.7, val: 0.1, test: 0.2}
"""
TRAINING = """
seed: 0
model: {architecture: sarvl-tiny}
stages:
  - {name: sar, corpus: corpus, validation: val, epochs: 5, batch_size: 16, learning_rate: 1.0e-3, warmup_steps: 10}
"""


def main(folder: Path) -> None:
    """Go the whole way in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "corpus.yaml").write_text(CORPUS, encoding="utf-8")
    (folder / "train.yaml").write_text(TRAINING, encoding="utf-8")
    simulate_dataset(folder / "myset", chips=240, size=128)

    corpus = sarvl.build(folder / "corpus.yaml", out=folder / "corpus")
    print(f"{len(corpus.images)} images, {len(corpus.texts)} captions; the first: {corpus.sentences[0]}")

    run = sarvl.train(folder / "train.yaml", out=folder / "run")
    rows = sarvl.evaluate(run, corpus.folder, "test", ["retrieval"], folder / "rows.jsonl")
    for row in rows:
        if row.metric.endswith("mean_recall"):
            print(f"{row.metric}: {row.value:.3f} ({row.low:.3f} to {row.high:.3f}), chance {row.chance:.3f}")

    page = sarvl.report(folder / "rows.jsonl", folder / "report.html", model=run, corpus=corpus.folder)
    print(f"open {page}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "runs/example"))
