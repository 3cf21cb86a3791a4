"""Options that several commands have, said once, alone and in sets; and how the shell completes names."""

from collections.abc import Callable, Iterator
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any, Literal, NamedTuple, get_type_hints

import typer

from sarvl.models.loader import names_told
from sarvl.registry import Registry


def names_in(registry: Registry[Any]) -> Callable[[str], list[str]]:
    """Return what completes the names of a registry in a shell."""

    def complete(incomplete: str) -> list[str]:
        return [name for name in registry.names() if name.startswith(incomplete)]

    return complete


Workers = Annotated[int | None, typer.Option(help="Processes that read images; all cores by default.", min=1)]
Overrides = Annotated[list[str] | None, typer.Option("--set", help="Recipe field to change, such as seed=1.")]
Model = Annotated[str | None, typer.Option(help=f"The model: {names_told()}. By default one that is packaged.")]
Device = Annotated[str | None, typer.Option(help="Where the model computes, such as cpu, cuda or cuda:1.")]
BatchSize = Annotated[int | None, typer.Option(help="Images that the model sees at once.", min=1)]
Images = Annotated[list[str], typer.Argument(help="Image files, folders of them, or globs in quotes.")]
PixelQuantity = Annotated[
    Literal["complex", "amplitude", "intensity", "decibel", "display"] | None,
    typer.Option(help="What a pixel is, where the files do not say it."),
]
Bands = Annotated[
    list[str] | None, typer.Option(help='Band to read, by name or by number from "1"; may be given several times.')
]
Nodata = Annotated[
    list[float] | None, typer.Option(help="Value of pixels without a measurement; may be given several times.")
]


class ImageOptions(NamedTuple):
    """What every command has that asks a model about image files: the options of ``sarvl.inference``, by its names."""

    quantity: PixelQuantity = None
    bands: Bands = None
    nodata: Nodata = None
    device: Device = None
    batch_size: BatchSize = None
    workers: Workers = None


def names_of(given: list[str] | None) -> list[str]:
    """Return the names of an option that may be given several times, each time with several names."""
    return [name.strip() for names in given or () for name in names.split(",")]


def with_options_spread(run: Callable[..., Any]) -> Callable[..., Any]:
    """Return a command with the fields of its sets of options as options, behind its own: typer knows no sets.

    A set is an argument whose type is a NamedTuple.
    """
    arguments = signature(run, eval_str=True).parameters.values()
    sets = {argument.name: argument.annotation for argument in arguments if hasattr(argument.annotation, "_fields")}
    if not sets:
        return run

    @wraps(run)
    def spread(**given: Any) -> None:
        filled = {name: kind(**{field: given.pop(field) for field in kind._fields}) for name, kind in sets.items()}
        run(**given, **filled)

    own = [argument.replace(kind=Parameter.KEYWORD_ONLY) for argument in arguments if argument.name not in sets]
    fields = [parameter for kind in sets.values() for parameter in _parameters_of(kind)]
    spread.__signature__ = signature(run).replace(parameters=[*own, *fields])  # type: ignore[attr-defined]
    return spread


def _parameters_of(kind: Any) -> Iterator[Parameter]:
    types = get_type_hints(kind, include_extras=True)
    for name, default in kind._field_defaults.items():
        yield Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=types[name])
