"""The command line: parses, calls one function of the same name, prints."""

import json
import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.table import Column, Table

from sarvl import __version__
from sarvl.corpus.export.form import EXPORTS
from sarvl.errors import SarvlError, Stopped
from sarvl.evaluation.task import TASKS
from sarvl.models.loader import names_told

if TYPE_CHECKING:
    from sarvl.corpus import Corpus
    from sarvl.evaluation.rows import ResultRow
    from sarvl.recipes import RecipeModel
    from sarvl.reporting.comparison import Comparison

app = typer.Typer(
    help="The open toolkit for SAR vision-language models.\n\nStart with: sarvl quickstart",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_err = Console(stderr=True, highlight=False)

Workers = Annotated[int | None, typer.Option(help="Processes that read images; all cores by default.", min=1)]
Overrides = Annotated[list[str] | None, typer.Option("--set", help="Recipe field to change, such as seed=1.")]
RecipeKind = Literal["build", "train"]


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"sarvl {__version__}")
        raise typer.Exit


class _State:
    debug = False


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    _State.debug = debug


@app.command(epilog="Example: sarvl build recipe.yaml --out corpora/ships --workers 8")
def build(
    recipe: Annotated[Path, typer.Argument(help="Build recipe (YAML).")],
    out: Annotated[Path, typer.Option(help="Folder for the corpus.")],
    workers: Workers = None,
    engine: Annotated[
        Literal["processes", "ray"], typer.Option(help="Where the workers run; ray: on Ray Data, over a cluster.")
    ] = "processes",
    overrides: Overrides = None,
) -> None:
    """Turn annotated sources into a corpus: images, captions with their evidence, and what was refused."""
    from sarvl.corpus import BuildRecipe
    from sarvl.corpus import build as build_corpus
    from sarvl.recipes import load_recipe

    corpus = build_corpus(load_recipe(recipe, BuildRecipe, overrides or ()), out, workers, engine)
    counts, audit = corpus.info.counts, corpus.info.audit
    refused = ", ".join(f"{count} {unit}" for unit, count in counts.rejects.items()) or "nothing"
    typer.echo(f"{counts.images} of {counts.images_in} images in {out}")
    typer.echo(f"texts: {counts.captions} captions, {counts.questions} questions")
    typer.echo(f"refused: {refused} (rejects.parquet); images with something noted: {counts.noted} (notes)")
    typer.echo(f"duplicates: {audit.copies} images of {audit.pictures} pictures (audit.duplicates: {audit.duplicates})")
    _tell_scenes(corpus)
    if corpus.info.not_held:
        typer.echo(f"sources not held: {', '.join(corpus.info.not_held)}")
    typer.echo(f"digest {corpus.digest}")


def _tell_scenes(corpus: "Corpus") -> None:
    from sarvl.corpus.scenes import UNKNOWN, WHERE_TO_LOOK, advice_on, overlapping_patches, sources_of_unknown_scenes

    unknown = sources_of_unknown_scenes(corpus.images)
    if unknown:
        typer.echo(f"{UNKNOWN}: {', '.join(unknown)}. {WHERE_TO_LOOK}")
    for patches in overlapping_patches(corpus.images):
        what = f"{patches.pairs} pairs of overlapping patches are in {' and '.join(patches.splits)}"
        typer.echo(f"{what}, such as {' and '.join(patches.example)}; give the source {advice_on(patches)}")


@app.command(epilog="Example: sarvl recipe --new build > recipe.yaml")
def recipe(
    new: Annotated[RecipeKind | None, typer.Option(help="Print a commented recipe to begin with.")] = None,
    schema: Annotated[RecipeKind | None, typer.Option(help="Print the JSON schema, which editors check by.")] = None,
) -> None:
    """Print a recipe with the meaning of every field, or the JSON schema of such recipes."""
    from sarvl.recipes import commented_recipe, recipe_schema

    kind = new or schema
    if kind is None or (new and schema):
        raise SarvlError("give one of --new and --schema, with build or train")
    model = _recipe_model(kind)
    typer.echo(commented_recipe(model) if new else json.dumps(recipe_schema(model), indent=2), nl=not new)


def _recipe_model(kind: RecipeKind) -> "type[RecipeModel]":
    if kind == "build":
        from sarvl.corpus import BuildRecipe

        return BuildRecipe
    from sarvl.training import TrainRecipe

    return TrainRecipe


@app.command(epilog="Example: sarvl merge corpora/ships corpora/chips --out corpora/all")
def merge(
    corpora: Annotated[list[Path], typer.Argument(help="Corpus folders, two or more.")],
    out: Annotated[Path, typer.Option(help="Folder for the merged corpus.")],
    prefix: Annotated[
        list[str] | None,
        typer.Option(help="Put before the names of a corpus's sources; one for each corpus, in their order."),
    ] = None,
    duplicates: Annotated[
        Literal["report", "drop", "move"], typer.Option(help="What becomes of pictures that stand in several.")
    ] = "report",
    workers: Workers = None,
) -> None:
    """Merge finished corpora into one, and look for the pictures that they share."""
    from sarvl.corpus import merge as merge_corpora

    merged = merge_corpora(corpora, out, prefix or (), duplicates, workers)
    counts, audit = merged.info.counts, merged.info.audit
    typer.echo(f"{counts.images} images and {counts.texts} texts in {out}")
    typer.echo(f"duplicates: {audit.copies} images show {audit.pictures} pictures ({duplicates})")
    typer.echo(f"digest {merged.digest}")


@app.command(epilog="Example: sarvl inspect corpora/ships --embedder runs/ships --card")
def inspect(
    corpus: Annotated[Path, typer.Argument(help="Corpus folder.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    statements: Annotated[
        int | None, typer.Option(help="Statements to verify, drawn from the corpus's seed; all by default.", min=1)
    ] = None,
    embedder: Annotated[
        str | None,
        typer.Option(help=f"Model for the similarity of captions: {names_told()}."),
    ] = None,
    card: Annotated[bool, typer.Option("--card", help="Write these figures into the corpus's data card.")] = False,
    workers: Workers = None,
) -> None:
    """Describe a corpus: counts, diversity, balance, duplicates, and whether its statements are true."""
    from sarvl.corpus import Corpus
    from sarvl.corpus import inspect as inspect_corpus
    from sarvl.corpus.inspecting.card import draw_card
    from sarvl.corpus.inspecting.sections import sections_of

    texts = None
    if embedder:
        from sarvl.models import load_text_embedder

        texts = load_text_embedder(embedder)
    opened = Corpus.open(corpus)
    inspection = inspect_corpus(opened, embedder=texts, statements=statements, workers=workers)
    if card:
        draw_card(opened, inspection, corpus)
    if as_json:
        typer.echo(json.dumps(inspection.as_json(), indent=2, ensure_ascii=False))
        return
    for section in sections_of(inspection):
        table = Table(*section.head, title=section.title, title_justify="left")
        for row in section.rows:
            table.add_row(*row)
        _print_wide(table)
        typer.echo(f"{section.remark}\n" if section.remark else "")
    typer.echo(f"digest {inspection.digest}")


@app.command(epilog="Example: sarvl export corpora/ships --to webdataset --out exports/ships --split train")
def export(
    corpus: Annotated[Path, typer.Argument(help="Corpus folder.")],
    to: Annotated[str, typer.Option(help=f"The form: {', '.join(EXPORTS.names())}.")],
    out: Annotated[Path, typer.Option(help="Folder for the export; an earlier export in it is replaced.")],
    split: Annotated[list[str] | None, typer.Option(help="Only these splits; may be given several times.")] = None,
    per_image: Annotated[
        str | None, typer.Option(help="Captions an image: a number or all; each form has its own default.")
    ] = None,
    image_format: Annotated[
        Literal["keep", "png"], typer.Option(help="keep: JPEG and PNG files stay as they are; png: all become PNG.")
    ] = "keep",
    shard_size: Annotated[int | None, typer.Option(help="Entries a shard, of a form in shards (1000).", min=1)] = None,
    conversation: Annotated[
        Literal["question", "image"] | None,
        typer.Option(help="Of a form of conversations: one a question (the default) or one an image."),
    ] = None,
    workers: Workers = None,
) -> None:
    """Write a corpus in the form that another library reads."""
    from sarvl.corpus import Corpus
    from sarvl.corpus.export import export as export_corpus

    info = export_corpus(
        Corpus.open(corpus),
        out,
        to,
        splits=split or (),
        per_image=_number_or_all(per_image),
        image_format=image_format,
        shard_size=shard_size,
        conversation=conversation,
        workers=workers,
    )
    for name, written in info.splits.items():
        typer.echo(f"{name}: {', '.join(f'{count} {what}' for what, count in written.figures().items())}")
    typer.echo(f"pictures: {', '.join(f'{count} {treatment}' for treatment, count in info.pictures.items())}")
    typer.echo(f"images left out, for want of a text: {info.images_left_out}")
    typer.echo(f"read {out / 'README.md'}")


def _number_or_all(text: str | None) -> int | Literal["all"] | None:
    if text is None:
        return None
    if text != "all" and not text.isdecimal():
        raise SarvlError(f"--per-image {text}: give a number, or all")
    return "all" if text == "all" else int(text)


@app.command(epilog="Example: sarvl train recipe.yaml --out runs/ships --set stages.0.epochs=2")
def train(
    recipe: Annotated[Path, typer.Argument(help="Training recipe (YAML).")],
    out: Annotated[Path, typer.Option(help="Folder for the run.")],
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the stopped run in OUT.")] = False,
    workers: Workers = None,
    threads: Annotated[int, typer.Option(help="Threads of computation; 0 lets PyTorch choose.", min=0)] = 0,
    overrides: Overrides = None,
) -> None:
    """Train a model through the stages of a recipe; a stopped run goes on with --resume."""
    import torch

    from sarvl.recipes import load_recipe
    from sarvl.training import TrainRecipe
    from sarvl.training import train as train_model

    if threads:
        torch.set_num_threads(threads)
    run = train_model(load_recipe(recipe, TrainRecipe, overrides or ()), out, resume, workers)
    typer.echo(f"checkpoints: {run / 'best'} and {run / 'last'}; curves: tensorboard --logdir {run / 'tensorboard'}")


@app.command(epilog="Example: sarvl convert ViT-B-32:epoch_10.pt --out models/mine --licence Apache-2.0")
def convert(
    model: Annotated[str, typer.Argument(help=f"The model: {names_told()}.")],
    out: Annotated[Path, typer.Option(help="New folder for the checkpoint.")],
    licence: Annotated[str | None, typer.Option(help="Licence of the weights, as their makers state it.")] = None,
) -> None:
    """Write other people's weights as a checkpoint: safetensors, with the contract of its images."""
    from sarvl.models import convert as convert_model

    made = convert_model(model, out, licence)
    frame = made.square
    typer.echo(f"{out}: {made.name}, weights {made.weights_hash[:12]}")
    typer.echo(f"images: {frame.size} x {frame.size} pixels, {frame.resize}, {frame.interpolation}")


@app.command(
    epilog="Example: sarvl evaluate --model runs/ships --corpus corpora/ships --task retrieval --out rows.jsonl"
)
def evaluate(
    model: Annotated[str, typer.Option(help=f"The model: {names_told()}.")],
    corpus: Annotated[Path, typer.Option(help="Corpus folder.")],
    task: Annotated[list[str], typer.Option(help=f"{', '.join(TASKS.names())}; may be given several times.")],
    out: Annotated[Path, typer.Option(help="File that the result rows are appended to (JSON lines).")],
    split: Annotated[str, typer.Option(help="Split to measure on.")] = "test",
    source: Annotated[list[str] | None, typer.Option(help="Only these sources of the corpus.")] = None,
    workers: Workers = None,
) -> None:
    """Measure a model on a split of a corpus; figures that OUT already holds are not measured again."""
    from sarvl.evaluation.evaluator import evaluate as evaluate_model

    _print_rows(evaluate_model(model, corpus, split, task, out, sources=source or (), workers=workers))
    typer.echo(f"rows: {out}")


@app.command(epilog="Example: sarvl report rows.jsonl --out report.html --model runs/ships --corpus corpora/ships")
def report(
    rows: Annotated[list[Path], typer.Argument(help="Files of result rows.")],
    out: Annotated[Path, typer.Option(help="The page to write.")] = Path("report.html"),
    model: Annotated[
        str | None, typer.Option(help="Model to show searches and training curves of, as for evaluate.")
    ] = None,
    corpus: Annotated[Path | None, typer.Option(help="Corpus to show images from, such as the errors.")] = None,
    split: Annotated[str, typer.Option(help="Split to show samples from.")] = "test",
    query: Annotated[list[str] | None, typer.Option(help="A sentence to show the nearest images for.")] = None,
    workers: Workers = None,
) -> None:
    """Write one self-contained HTML page of results and errors; with the corpus it has pictures."""
    from sarvl.reporting.composition import report as write_page

    page = write_page(rows, out, model=model, corpus=corpus, split=split, queries=query or (), workers=workers)
    typer.echo(f"report: {page}")


@app.command(epilog="Example: sarvl compare ships.jsonl tanks.jsonl --json")
def compare(
    first: Annotated[Path, typer.Argument(help="File of result rows.")],
    second: Annotated[Path, typer.Argument(help="Another one, or the same again where it holds several models.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    seed: Annotated[int, typer.Option(help="Seed of the resampling.")] = 0,
) -> None:
    """Test whether two models differ, item by item, from the outcomes beside their rows."""
    from dataclasses import asdict

    from sarvl.reporting.comparison import compare as compare_models

    comparisons = compare_models(first, second, seed=seed)
    if as_json:
        typer.echo(json.dumps([asdict(comparison) for comparison in comparisons], indent=2, ensure_ascii=False))
    else:
        _print_comparisons(comparisons)


@app.command(epilog="Example: sarvl simulate --out chips --chips 1000 --looks 4")
def simulate(
    out: Annotated[Path, typer.Option(help="New folder for images and COCO annotations.")],
    chips: Annotated[int, typer.Option(help="Scenes with objects.")] = 100,
    class_chips: Annotated[int, typer.Option(help="Chips of one class each, in class folders.")] = 0,
    size: Annotated[int, typer.Option(help="Side in pixels.")] = 256,
    looks: Annotated[int, typer.Option(help="Number of looks; 1 is full speckle.")] = 1,
    quantity: Annotated[Literal["display", "amplitude", "complex"], typer.Option(help="Pixels.")] = "display",
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 0,
    workers: Workers = None,
) -> None:
    """Simulate SAR chips from scattering physics, with boxes and masks."""
    from sarvl.simulation import simulate_dataset

    simulate_dataset(
        out, chips=chips, class_chips=class_chips, size=size, looks=looks, quantity=quantity, seed=seed, workers=workers
    )
    typer.echo(f"{chips + class_chips} chips in {out}")


@app.command(epilog="Example: sarvl quickstart --out runs/quickstart")
def quickstart(
    out: Annotated[Path, typer.Option(help="Folder for everything it makes.")] = Path("runs/quickstart"),
    seed: Annotated[int, typer.Option(help="Seed of simulation and training.")] = 0,
    workers: Workers = None,
) -> None:
    """Simulate, build, train, evaluate and report: the whole way in minutes, without a network."""
    from sarvl.quickstart import quickstart as run_quickstart

    for score in run_quickstart(out, seed, workers):
        times = score.value / score.chance
        typer.echo(f"{score.name}: {score.value:.3f}  (chance {score.chance:.3f}, {times:.1f} times chance)")
    typer.echo(f"open {out / 'report.html'}")


def _print_rows(rows: "Sequence[ResultRow]") -> None:
    table = Table(
        "source", Column("metric", no_wrap=True), "value", Column("95 % interval", no_wrap=True), "chance", "n"
    )
    for row in rows:
        interval = f"{row.low:.3f} to {row.high:.3f}" if row.low is not None else ""
        chance = f"{row.chance:.3f}" if row.chance is not None else ""
        table.add_row(row.source, row.metric, f"{row.value:.3f}", interval, chance, str(row.n))
    _print_wide(table)
    few = {row.source: row.n_groups for row in rows if row.has_few_groups and row.low is not None}
    for source, groups in few.items():
        _err.print(f"warning: {source}: intervals over {groups} scenes say little; measure on ten or more")


def _print_comparisons(lines: "Sequence[Comparison]") -> None:
    for models, comparisons in groupby(lines, lambda comparison: (comparison.first, comparison.second)):
        table = Table(
            *("task", "source", Column("metric", no_wrap=True), "first", "second", "difference"),
            *(Column("95 % interval", no_wrap=True), "p", "detectable", "scenes"),
            title="first: {}\nsecond: {}".format(*models),
            title_justify="left",
        )
        for row in comparisons:
            values = (f"{value:.3f}" for value in (row.first_value, row.second_value))
            interval = "" if row.low is None else f"{row.low:+.3f} to {row.high:+.3f}"
            p_value = "" if row.p_value is None else f"{row.p_value:.3f}" if row.p_value >= 0.001 else "<0.001"
            detectable = "" if row.detectable is None else f"{row.detectable:.3f}"
            cells = (*values, f"{row.difference:+.3f}", interval, p_value, detectable, str(row.groups))
            table.add_row(row.task, row.source, row.metric, *cells)
        _print_wide(table)


def _print_wide(table: Table) -> None:
    # A narrow terminal or a pipe must not cost digits or names.
    # No markup: cells quote captions and reasons, in which `[/INST]` is a word.
    plain = Console(highlight=False, markup=False)
    plain.width = max(plain.width, plain.measure(table, options=plain.options.update(max_width=1000)).maximum)
    plain.print(table)


def main() -> None:
    """Run the command line; an error that a user can mend is one line, --debug shows where it came from."""
    try:
        app()
    except SarvlError as problem:
        _fail(problem, 1)
    except OSError as problem:
        # With Python's own words for the file and the reason, and without its number.
        reason = problem.strerror or " ".join(str(problem).split())
        where = f"{problem.filename}: " if problem.filename else ""
        _fail(SarvlError(f"{where}{reason}; check the path, its permissions and the space on its disk"), 1)
    except Stopped as problem:
        _fail(problem, 130)


def _fail(problem: Exception, code: int) -> None:
    if _State.debug:
        _err.print_exception()
    _err.print(f"error: {problem}" if code == 1 else str(problem), soft_wrap=True, markup=False)
    sys.exit(code)
