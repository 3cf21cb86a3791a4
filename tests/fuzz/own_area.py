"""A folder with one of each file that sarvl writes, and the commands that read each of them."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from chat_server import FakeClock
from gpts import micro_gpt
from micro import make_build_recipe, make_corpus, make_model, make_train_recipe, micro_model

from sarvl.corpus import BuildRecipe, Corpus, inspect, merge
from sarvl.corpus.export import export
from sarvl.corpus.export.form import EXPORTS
from sarvl.corpus.inspecting import card
from sarvl.corpus.inspecting.sections import sections_of
from sarvl.endpoint.answers import Answer, AnswerCache
from sarvl.evaluation.evaluated import EvaluatedModel, SplitImages
from sarvl.evaluation.evaluator import evaluate
from sarvl.evaluation.task import TASKS
from sarvl.language.rewrite.by_model import ModelRewriter
from sarvl.language.rewrite.prompt import Prompt
from sarvl.language.rewrite.rewrite_settings import Endpoint
from sarvl.models import load_model, save_model, with_fresh_decoder
from sarvl.models.answering.calibration import Calibration, write_calibration
from sarvl.models.clips.caption_decoder import DecoderShape
from sarvl.models.packaging.packing import packed
from sarvl.recipes import load_recipe
from sarvl.reporting.comparison import compare
from sarvl.reporting.composition import report
from sarvl.reporting.training_curves import training_curves
from sarvl.training import TrainRecipe, train
from sarvl.training.data.tokens import token_cache

CAPTION = "Two white ships in a port."
MEASURED = ("retrieval", "zeroshot")  # the corpus has no question, and the model writes no captions
STAGES = ["stages.0.epochs=1", "stages.1.epochs=1"]
Reader = Callable[[], object]


class Area:
    """A folder of our own files. readers: of each file, relative to it, what reads it."""

    def __init__(self, folder: Path, kept: Path) -> None:
        self.folder, self._kept = folder, kept
        self._model = load_model(str(folder / "model"))
        self._forms = 0
        self._endpoint = Endpoint(base_url="http://127.0.0.1:9/v1", model="m", retries=0, max_requests_per_minute=1e9)
        tables = [self.inspect, self.draw_card, self.export, self.merge, self.measure] * 5 + [self.retrain]
        outcomes, rows = [self.report, self.compare], [self.report, self.compare, self.evaluate]
        self.readers: dict[str, list[Reader]] = {
            "corpus/corpus.json": tables,
            "corpus/images.parquet": tables,
            "corpus/texts.parquet": tables,
            "corpus/rejects.parquet": [self.inspect, self.merge],
            "run/metrics.jsonl": [self.curves, self.resume],
            "run/state.safetensors": [self.resume],
            "run/recipe.json": [self.resume],
            "run/best/sarvl.json": [self.load_best],
            "export/export.json": [self.export_again],
            "rows.jsonl": rows,
            "build.yaml": [self.build_recipe],
            "train.yaml": [self.train_recipe],
        }
        for folder_of, read in (("packed", self.load_packed), ("gpt", self.load_gpt)):
            self.readers |= {self._name(path): [read] for path in sorted((folder / folder_of).glob("*.json"))}
        self.readers |= {self._name(path): outcomes for path in sorted((folder / "rows.outcomes").iterdir())[:2]}
        self.readers |= {self._name(path): [self.rewrite] for path in (folder / "cache").rglob("*.json")}
        self.readers |= {self._name(path): [self.measure] for path in sorted((folder / "corpus/pixels").rglob("*.npy"))}
        self.readers |= {self._name(path): [self.tokens] for path in (folder / "corpus/tokens").rglob("*.npy")}

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    @classmethod
    def make(cls, place: Path) -> "Area":
        """Write one of each file below ``place``."""
        folder = place / "area"
        corpus = make_corpus(folder, chips=4)
        make_corpus(place / "other", seed=1, chips=2)
        make_build_recipe(place / "recipes").rename(folder / "build.yaml")
        model = make_model(folder)
        recipe = make_train_recipe(folder, corpus.folder, model, save_every=100)
        train(load_recipe(recipe, TrainRecipe, STAGES), folder / "run", workers=1)
        for name in ("run", "model"):
            evaluate(str(folder / name), corpus.folder, "test", MEASURED, folder / "rows.jsonl", workers=1)
        export(corpus, folder / "export", "llava", workers=1)
        _answered(folder / "cache")
        shape = DecoderShape(width=16, heads=2, layers=1, context=24)
        small = packed(with_fresh_decoder(micro_model(place), shape), [CAPTION])
        save_model(small, folder / "packed", {}, "none")
        save_model(micro_gpt(place), folder / "gpt", {}, "none")
        hashed = load_model(str(folder / "gpt")).weights_hash
        write_calibration(
            folder / "gpt",
            Calibration(temperature=1.5, answers=20, corpus_digest=corpus.digest, split="val", weights_hash=hashed),
        )
        shutil.copytree(folder, place / "kept")
        return cls(folder, place / "kept")

    @contextmanager
    def restoring(self, path: Path, reader: Reader) -> Iterator[None]:
        """Put ``path`` and all that the reader may have written back when the block ends, and what it has made away."""
        written = {
            "resume": {self.folder / "run"},
            "evaluate": {self.folder / "rows.outcomes"},
            "export_again": {self.folder / "export"},
        }
        try:
            yield
        finally:
            for touched in {path} | written.get(reader.__name__, set()):
                _remove(touched)
                kept = self._kept / touched.relative_to(self.folder)
                (shutil.copytree if kept.is_dir() else shutil.copy2)(kept, touched)
            for made in (self.folder.parent / "out", self.folder / ".rows.jsonl.lock"):
                _remove(made)

    @property
    def _out(self) -> Path:
        return self.folder.parent / "out"

    def inspect(self) -> None:
        """Count and verify."""
        sections_of(inspect(Corpus.open(self.folder / "corpus"), workers=1))

    def draw_card(self) -> None:
        """Draw the card but for its pictures, which take a second; the samples are read."""
        corpus = Corpus.open(self.folder / "corpus")
        for row in card.sample_rows(corpus, 4):
            corpus.read(row)
            corpus.statements(row)

    def export(self) -> None:
        """Export in the next of the forms."""
        self._forms += 1
        form = EXPORTS.names()[self._forms % len(EXPORTS.names())]
        export(Corpus.open(self.folder / "corpus"), self._out / "export", form, workers=1)

    def export_again(self) -> None:
        """Export over an earlier export."""
        export(Corpus.open(self.folder / "corpus"), self.folder / "export", "coco-captions", workers=1)

    def merge(self) -> None:
        """Merge with another corpus."""
        corpora = [self.folder / "corpus", self.folder.parent / "other" / "corpus"]
        merge(corpora, self._out / "merged", prefixes=["a-", "b-"], workers=1)

    def measure(self) -> None:
        """Measure a model that is loaded already."""
        images = SplitImages.open(self.folder / "corpus", "test")
        evaluated = EvaluatedModel("model", images, workers=1)
        vars(evaluated)["model"] = self._model
        for name in MEASURED:
            task = TASKS.get(name)
            for run in task.runs(evaluated, task.settings() if task.settings else None):
                task.measures(run.outcome())

    def retrain(self) -> None:
        """Train one epoch of the second stage."""
        overrides = [*STAGES, "stages.1.validation=null"]
        train(load_recipe(self.folder / "train.yaml", TrainRecipe, overrides), self._out / "run", workers=1)

    def resume(self) -> None:
        """Resume a finished run."""
        train(load_recipe(self.folder / "train.yaml", TrainRecipe, STAGES), self.folder / "run", True, workers=1)

    def load_best(self) -> None:
        """Load the model of a run."""
        load_model(str(self.folder / "run"))

    def load_packed(self) -> None:
        """Load a packed model, and read a text with its own part of the vocabulary."""
        load_model(str(self.folder / "packed")).encode_texts([CAPTION])

    def load_gpt(self) -> None:
        """Load a model that answers."""
        load_model(str(self.folder / "gpt"))

    def curves(self) -> None:
        """Draw the curves of a run."""
        training_curves(self.folder / "run")

    def report(self) -> None:
        """Write the page, its errors by name."""
        report(self.folder / "rows.jsonl", self._out / "page.html")

    def compare(self) -> None:
        """Compare the two models."""
        compare(self.folder / "rows.jsonl", self.folder / "rows.jsonl")

    def evaluate(self) -> None:
        """Evaluate again, and append what is missing."""
        model = str(self.folder / "model")
        evaluate(model, self.folder / "corpus", "test", ["zeroshot"], self.folder / "rows.jsonl", workers=1)

    def rewrite(self) -> None:
        """Rewrite a caption whose answer is in the cache; nobody answers otherwise."""
        ModelRewriter(self._endpoint, self.folder / "cache", FakeClock().clock()).rewrite_all([CAPTION])

    def tokens(self) -> None:
        """Read the token cache."""
        token_cache(Corpus.open(self.folder / "corpus"), self._model, ("caption",))

    def build_recipe(self) -> None:
        """Read a recipe of a build."""
        load_recipe(self.folder / "build.yaml", BuildRecipe)

    def train_recipe(self) -> None:
        """Read a recipe of a training."""
        load_recipe(self.folder / "train.yaml", TrainRecipe)


def _answered(cache: Path) -> None:
    body = {"model": "m", "messages": Prompt(None).messages(CAPTION), "max_tokens": 200, "temperature": 0.0, "seed": 0}
    answer = Answer(text="Two ships in a port.", finish_reason="stop", input_tokens=9, output_tokens=9)
    AnswerCache(cache).put(body, answer)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
