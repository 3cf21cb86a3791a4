"""What comes next is one new file: the examples of docs/architecture.md, installed and used by the command line."""

import json
import re
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
from micro import make_model
from plugins import PAGE, documented, install_documented, run_sarvl

from sarvl.annotations.format import FORMATS
from sarvl.corpus.export.form import EXPORTS
from sarvl.evaluation.predictions.prediction_format import PREDICTION_FORMATS
from sarvl.evaluation.rows import read_rows
from sarvl.evaluation.task import TASKS
from sarvl.language import CAPTION_FAMILIES, CLAIM_KINDS, QUESTION_KINDS
from sarvl.models import LOADERS, load_model
from sarvl.models.model import hash_of_weights
from sarvl.training import read_metrics
from sarvl.training.objective import OBJECTIVES
from sarvl.training.run.metrics import StepMetrics

REGISTRIES = (
    *(FORMATS, EXPORTS, CAPTION_FAMILIES, QUESTION_KINDS, CLAIM_KINDS),
    *(OBJECTIVES, TASKS, LOADERS, PREDICTION_FORMATS),
)
MOST_LINES = 40
BUILD = """
sources:
  - {name: port, format: box_lines, images: images, annotations: boxes.txt, quantity: display, spacing_m: 2.5,
     splits: {train: 0.6, test: 0.4}, options: {comment: "%"}}
captions: {families: [several, resolution], per_image: 6}
questions: {shares: {others: 1}, balance: published}
"""
TRAIN = """
model: {start: "local-dir:model"}
stages: [{name: port, corpus: corpus, epochs: 2, batch_size: 4, learning_rate: 1.0e-3, objective: margin}]
"""
# Of each image the objects: three ships, or three tanks, or two of each; ships are bright.
OBJECTS = (("ship",) * 3, ("tank",) * 3, ("ship", "ship", "tank", "tank"))
CORPUS = ["--corpus", "corpus", "--workers", "1"]
COMMANDS = {
    "build": ["build", "build.yaml", "--out", "corpus", "--workers", "1"],
    "wrong format": ["build", "build.yaml", "--out", "c", "--set", "sources.0.format=boxlines"],
    "wrong option of a format": ["build", "build.yaml", "--out", "c", "--set", "sources.0.options={comments: '%'}"],
    "wrong family": ["build", "build.yaml", "--out", "c", "--set", "captions.families=[severel]"],
    "inspect": ["inspect", "corpus", "--workers", "1"],
    "export": ["export", "corpus", "--to", "caption-lines", "--out", "lines", "--workers", "1"],
    "help of export": ["export", "--help"],
    "wrong export": ["export", "corpus", "--to", "caption-line", "--out", "lines"],
    "train": ["train", "train.yaml", "--out", "low", "--workers", "1", "--set", "stages.0.options={margin: 0}"],
    "train again": ["train", "train.yaml", "--out", "high", "--workers", "1", "--set", "stages.0.options={margin: 9}"],
    "wrong option of an objective": ["train", "train.yaml", "--out", "x", "--set", "stages.0.options={margins: 5}"],
    "wrong objective": ["train", "train.yaml", "--out", "x", "--set", "stages.0.objective=margins"],
    "evaluate": ["evaluate", "--model", "low", *CORPUS, "--task", "neighbours", "--out", "rows.jsonl"],
    "help of evaluate": ["evaluate", "--help"],
    "wrong task": ["evaluate", "--model", "low", *CORPUS, "--task", "neighbour", "--out", "rows.jsonl"],
    "evaluate a soup": ["evaluate", "--model", "soup:low+high", *CORPUS, "--task", "neighbours", "--out", "soup.jsonl"],
    "soup of one": ["evaluate", "--model", "soup:low+none", *CORPUS, "--task", "neighbours", "--out", "soup.jsonl"],
    "wrong loader": ["evaluate", "--model", "soop:low+high", *CORPUS, "--task", "neighbours", "--out", "soup.jsonl"],
    "score": ["score", "vqa", "said.txt", "--format", "said-lines", "--out", "said.jsonl"],
    "wrong format of predictions": ["score", "vqa", "said.txt", "--format", "said-line", "--out", "said.jsonl"],
    "report": ["report", "rows.jsonl", "--out", "page.html"],
    "compare": ["compare", "rows.jsonl", "rows.jsonl"],
    "recipe": ["recipe", "--new", "build"],
    "schema of build": ["recipe", "--schema", "build"],
    "schema of train": ["recipe", "--schema", "train"],
}


class Use(NamedTuple):
    """The folder in which all commands were run, and what each of them printed, without the breaks of lines."""

    folder: Path
    printed: dict[str, str]

    def texts(self, **columns: str) -> list[str]:
        rows = pq.read_table(self.folder / "corpus" / "texts.parquet").to_pylist()
        return [row["text"] for row in rows if all(row[name] == value for name, value in columns.items())]


@pytest.fixture(scope="module")
def use(tmp_path_factory: pytest.TempPathFactory) -> Use:
    """Install every example, and use them all: one corpus, one model, one page."""
    folder = tmp_path_factory.mktemp("port")
    for section in documented():
        install_documented(folder / "site", section)
    (folder / "images").mkdir()
    lines = ["% a port", "000.png tug"]
    for number in range(24):
        name, objects = f"{number:03}.png", OBJECTS[number % 3]
        pixels = np.random.default_rng(number).integers(0, 100, (48, 60)) + 150 * (objects[0] == "ship")
        cv2.imwrite(str(folder / "images" / name), pixels.astype(np.uint8))
        lines += [f"{name} {kind} {12 * place} 5 {12 * place + 9} 19" for place, kind in enumerate(objects)]
    (folder / "boxes.txt").write_text("\n".join(lines))
    (folder / "build.yaml").write_text(BUILD)
    (folder / "said.txt").write_text(
        "000.png | How many tanks are there? | 3 | three\n001.png | Is there a ship? | no | north"
    )
    (folder / "train.yaml").write_text(TRAIN)
    make_model(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        printed = run_sarvl(folder / "site", *COMMANDS.values())
    return Use(folder, dict(zip(COMMANDS, (" ".join(text.split()) for text in printed), strict=True)))


def test_a_format_of_your_own(use: Use) -> None:
    assert "24 of 24 images in corpus" in use.printed["build"]
    assert "refused: 1 box" in use.printed["build"]  # `000.png tug` is no line of this format
    told = use.printed["wrong format"]
    assert "did you mean box_lines? there are box_lines, captions, coco" in told
    assert "sources.0.options.comments: no such field" in use.printed["wrong option of a format"]


def test_an_export_of_your_own(use: Use) -> None:
    lines = [json.loads(line) for line in (use.folder / "lines" / "train.jsonl").read_text().splitlines()]
    assert f"train: 14 images, {len(lines)} captions" in use.printed["export"]
    assert {line["caption"] for line in lines} <= set(use.texts(kind="caption"))
    assert (use.folder / "lines" / lines[0]["image"]).is_file()
    assert "# caption-lines export of corpus" in (use.folder / "lines" / "README.md").read_text()
    assert "did you mean caption-lines?" in use.printed["wrong export"]


def test_a_caption_family_of_your_own(use: Use) -> None:
    told = use.texts(family="several", producer="rule:several")
    assert len(told) >= 24
    assert all("several" in text for text in told)
    assert "did you mean several?" in use.printed["wrong family"]


def test_a_question_kind_of_your_own(use: Use) -> None:
    asked = {f"Are there as many {pair} in the image?" for pair in ("ships as tanks", "tanks as ships")}
    assert asked >= set(use.texts(family="as_many", answer="yes")) != set()


def test_a_claim_of_your_own(use: Use) -> None:
    claim = '[{"kind":"resolution","group":{"class":""},"amount":"fine"}]'
    told = use.texts(family="resolution")
    assert told
    assert use.texts(family="resolution", claims=claim) == told
    assert all("fine resolution" in text for text in told)
    count = len(use.texts())
    assert f"100.0 % ({count} of {count}, all)" in use.printed["inspect"]
    count = len(use.texts(claims=claim))
    assert re.search(rf"resolution │ {count} ", use.printed["inspect"].partition("Claims of all texts")[2])


def test_an_objective_of_your_own(use: Use) -> None:
    runs = (read_metrics(use.folder / run) for run in ("low", "high"))
    low, high = ([row.loss for row in rows if isinstance(row, StepMetrics)] for rows in runs)
    assert len(low) == len(high) == 6
    assert high[0] > low[0] + 5  # each of 4 images has up to 3 other texts, and lacks some 9 of the margin to each
    assert "stages.0.options.margins: no such field" in use.printed["wrong option of an objective"]
    assert "did you mean margin? there are answers, coca, infonce, margin, siglip" in use.printed["wrong objective"]


def test_a_task_of_your_own(use: Use) -> None:
    (row,) = read_rows(use.folder / "rows.jsonl")
    assert (row.source, row.protocol, row.model) == ("port", "neighbours-1", "low")
    assert row.value > 0.7  # classes differ in brightness
    assert f"{row.value:.3f}" in use.printed["evaluate"]
    assert "neighbours, accuracy" in (use.folder / "page.html").read_text()
    assert "given twice, and holds one model alone" in use.printed["compare"]
    names = ", ".join(sorted([*TASKS.names(), "neighbours"]))
    told = f"error: no task 'neighbour'; did you mean neighbours? there are {names}"
    assert use.printed["wrong task"] == told


def test_a_model_loader_of_your_own(use: Use) -> None:
    (row,) = read_rows(use.folder / "soup.jsonl")
    assert row.model == "soup:low+high"
    assert f"{row.value:.3f}" in use.printed["evaluate a soup"]
    soup, *weights = [load_model(use.folder / name).network.state_dict() for name in ("low", "low", "high")]
    soup |= {name: ((low + weights[1][name]) / 2).to(low.dtype) for name, low in weights[0].items()}
    assert row.weights_hash == hash_of_weights(soup) != hash_of_weights(weights[0])
    assert use.printed["soup of one"].startswith("error: none: no such folder; give a run")
    assert "sarvlm:, sentence-transformers:, soup:" in use.printed["wrong loader"]


def test_a_format_of_predictions_of_your_own(use: Use) -> None:
    strict = {row.metric: row.value for row in read_rows(use.folder / "said.jsonl")}
    assert (strict["strict"], strict["legacy"]) == (0.5, 0.5)
    assert "did you mean said-lines?" in use.printed["wrong format of predictions"]


def test_help_schema_and_recipe_name_them_all(use: Use) -> None:
    for shown, name in [
        ("help of export", "caption-lines"),
        ("help of evaluate", "neighbours"),
        ("help of evaluate", "soup:"),
        ("recipe", "box_lines"),
        ("schema of build", '"box_lines"'),
        ("schema of train", '"margin"'),
        ("schema of train", "soup:"),
    ]:
        assert name in use.printed[shown]


@pytest.mark.parametrize("section", documented())
def test_an_example_is_short(section: str) -> None:
    module, _ = documented()[section]
    assert len(module.splitlines()) <= MOST_LINES


def test_every_registry_has_its_example() -> None:
    groups = re.findall(r'^\[project\.entry-points\."(.*)"\]$', PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert {registry.entry_points for registry in REGISTRIES} == set(groups)
    assert len(documented()) == len(REGISTRIES)


def test_the_table_names_the_modules_the_values_and_the_entry_points() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for registry in REGISTRIES:
        folder = registry.package.removeprefix("sarvl.").replace(".", "/")
        assert f"| `{folder}/` | `{registry.export}` | `{registry.entry_points}` |" in page
