"""The application: all commands together, the options before them, and errors as one line."""

import sys
from typing import Annotated

import typer

from sarvl import __version__
from sarvl.cli.command import all_commands
from sarvl.cli.printing import errors
from sarvl.errors import SarvlError, Stopped

app = typer.Typer(
    help="The open toolkit for SAR vision-language models.\n\nStart with: sarvl quickstart",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
"""All commands, as typer runs them."""
for command in all_commands():
    app.command(epilog=f"Example: {command.example}", rich_help_panel=command.panel)(command.run)


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
        errors.print_exception()
    errors.print(f"error: {problem}" if code == 1 else str(problem), soft_wrap=True, markup=False)
    sys.exit(code)
