"""The application: all commands together, the options before them, and errors as one line."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from sarvl import __version__
from sarvl.cli.command import all_commands
from sarvl.cli.options import with_options_spread
from sarvl.cli.printing import errors
from sarvl.errors import SarvlError, Stopped
from sarvl.progress import Loudness, log, tell

_ANYWHERE = {"--debug": 0, "--quiet": 0, "--verbose": 0, "--log-json": 1}  # how many values each takes


class _Commands(TyperGroup):
    """Commands behind which the options of all of them may stand too."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        first, rest, values = list[str](), list[str](), 0
        for number, argument in enumerate(args):
            if argument == "--":
                rest += args[number:]
                break
            is_ours = values > 0 or argument.partition("=")[0] in _ANYWHERE
            values = values - 1 if values else 0 if "=" in argument else _ANYWHERE.get(argument, 0)
            (first if is_ours else rest).append(argument)
        if values:
            raise SarvlError(f"{first[-1]}: give a file behind it")
        return super().parse_args(ctx, [*first, *rest])


app = typer.Typer(
    cls=_Commands,
    help="The open toolkit for SAR vision-language models.\n\nStart with: sarvl quickstart",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
"""All commands, as typer runs them."""
for command in all_commands():
    app.command(epilog=f"Example: {command.example}", rich_help_panel=command.panel)(with_options_spread(command.run))


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"sarvl {__version__}")
        raise typer.Exit


class _State:
    debug = False


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print results and errors alone.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Print more of what is done.")] = False,
    log_json: Annotated[
        Path | None, typer.Option("--log-json", help="File that what happens is appended to, as JSON lines.")
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    _State.debug = debug
    if quiet and verbose:
        raise SarvlError("give one of --quiet and --verbose")
    tell(Loudness.QUIET if quiet else Loudness.VERBOSE if verbose else Loudness.USUAL, log_json)
    log("command", arguments=sys.argv[1:], sarvl_version=__version__)


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
    log("error" if code == 1 else "stopped", text=str(problem))
    errors.print(f"error: {problem}" if code == 1 else str(problem), soft_wrap=True, markup=False)
    sys.exit(code)
