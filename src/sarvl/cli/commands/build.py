"""``sarvl build``: sources to a corpus."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sarvl.cli.command import Command, Panel
from sarvl.cli.options import Overrides, Workers

if TYPE_CHECKING:
    from sarvl.corpus import Corpus


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
    refused = ", ".join(_told_number(count, unit) for unit, count in counts.rejects.items()) or "nothing"
    typer.echo(f"{counts.images} of {counts.images_in} images in {out}")
    typer.echo(f"texts: {counts.captions} captions, {counts.questions} questions")
    typer.echo(f"refused: {refused} (rejects.parquet); images with something noted: {counts.noted} (notes)")
    _tell_refusals(corpus)
    typer.echo(f"duplicates: {audit.copies} images of {audit.pictures} pictures (audit.duplicates: {audit.duplicates})")
    _tell_scenes(corpus)
    if corpus.info.not_held:
        typer.echo(f"sources not held: {', '.join(corpus.info.not_held)}")
    typer.echo(f"digest {corpus.digest}")


def _told_number(count: int, unit: str) -> str:
    ending = "" if count == 1 else "es" if unit.endswith("x") else "s"
    return f"{count} {unit}{ending}"


def _tell_refusals(corpus: "Corpus") -> None:
    """Say the commonest reason of what was refused, and where to read the others."""
    from sarvl.corpus.inspecting.refusals import commonest_refusal
    from sarvl.corpus.tables import read_table

    if reason := commonest_refusal(read_table(corpus.folder, "rejects")):
        of_all = f"{reason.times} of {sum(corpus.info.counts.rejects.values())}"
        told = f"{reason.unit} {reason.example}: {reason.reason}; {reason.advice}"
        typer.echo(f"commonest reason ({of_all}): {' '.join(told.split())}")
        typer.echo(f"all reasons: sarvl inspect {corpus.folder}; each item, on a page: sarvl show {corpus.folder}")


def _tell_scenes(corpus: "Corpus") -> None:
    from sarvl.corpus.scenes import UNKNOWN, WHERE_TO_LOOK, advice_on, overlapping_patches, sources_of_unknown_scenes

    unknown = sources_of_unknown_scenes(corpus.images)
    if unknown:
        typer.echo(f"{UNKNOWN}: {', '.join(unknown)}. {WHERE_TO_LOOK}")
    for patches in overlapping_patches(corpus.images):
        what = f"{patches.pairs} pairs of overlapping patches are in {' and '.join(patches.splits)}"
        typer.echo(f"{what}, such as {' and '.join(patches.example)}; give the source {advice_on(patches)}")


COMMAND = Command(build, Panel.DATA, "sarvl build recipe.yaml --out corpora/ships --workers 8")
