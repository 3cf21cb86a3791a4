"""Options that several commands have, said once; and how the shell completes names."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

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
Model = Annotated[str, typer.Option(help=f"The model: {names_told()}.")]
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
