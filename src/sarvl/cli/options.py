"""Options that several commands have, said once; and how the shell completes names."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from sarvl.registry import Registry


def names_in(registry: Registry[Any]) -> Callable[[str], list[str]]:
    """Return what completes the names of a registry in a shell."""

    def complete(incomplete: str) -> list[str]:
        return [name for name in registry.names() if name.startswith(incomplete)]

    return complete


Workers = Annotated[int | None, typer.Option(help="Processes that read images; all cores by default.", min=1)]
Overrides = Annotated[list[str] | None, typer.Option("--set", help="Recipe field to change, such as seed=1.")]
