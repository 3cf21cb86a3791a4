"""Command: one command of the command line, found among the modules of ``sarvl.cli.commands``."""

import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import Any

from sarvl.cli import commands


class Panel(StrEnum):
    """The parts of the help, in the order in which they are shown."""

    BEGINNING = "To begin with"
    DATA = "Data"
    MODELS = "Models"
    FIGURES = "Figures"


@dataclass(frozen=True)
class Command:
    """One command. run: what it does; its arguments are those of the command line. example: a whole call of it."""

    run: Callable[..., Any]
    panel: Panel
    example: str


def all_commands() -> Iterator[Command]:
    """Yield every command, those of a panel together, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(commands.__path__))
    every: list[Command] = [import_module(f"{commands.__name__}.{name}").COMMAND for name in names]
    yield from sorted(every, key=lambda command: list(Panel).index(command.panel))
