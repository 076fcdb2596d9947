"""The command ``journey``: verbs, shared options, and errors as sentences with an exit code.

0 published (warnings allowed) · 1 a check failed, nothing published · 2 usage, configuration or unexpected failure ·
3 locked, full or unavailable, worth a retry · 130 interrupted.
"""

import sys
import traceback
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Protocol, runtime_checkable

import typer
from typer import Context, Option

from journey_analytics.cli.compare import compare
from journey_analytics.cli.demo import demo
from journey_analytics.cli.diff import diff
from journey_analytics.cli.doctor import doctor
from journey_analytics.cli.explain import explain
from journey_analytics.cli.fields import fields
from journey_analytics.cli.findings import findings
from journey_analytics.cli.fit import fit
from journey_analytics.cli.funnel import funnel
from journey_analytics.cli.init import init
from journey_analytics.cli.lapse import lapse
from journey_analytics.cli.options import AnywhereGroup, Shared
from journey_analytics.cli.plan import plan
from journey_analytics.cli.query import query
from journey_analytics.cli.rejected import rejected
from journey_analytics.cli.replay import replay
from journey_analytics.cli.report import report
from journey_analytics.cli.rules import rules
from journey_analytics.cli.run import run
from journey_analytics.cli.status import status
from journey_analytics.errors import JourneyError, UsageError, storage_failure
from journey_analytics.version import __version__

_INTERRUPTED = 130
_UNEXPECTED = 2

app = typer.Typer(
    name="journey",
    cls=AnywhereGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Customer journeys from touchpoint logs: who moves on, who is undecided, where customers drop out.",
)
_VERBS = (
    init, plan, run, findings, status, diff, demo, doctor, query, funnel, compare, rejected, replay, fields, fit, report
)  # fmt: skip
for verb in _VERBS:
    app.command()(verb)
app.add_typer(explain, name="explain")
app.add_typer(rules, name="rules")
app.add_typer(lapse, name="lapse")


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"journey {__version__}")
        raise typer.Exit


@app.callback()
def _shared(
    context: Context,
    project: Annotated[Path, Option("-C", "--project", help="Project folder, with journey.toml.")] = Path(),
    as_json: Annotated[bool, Option("--json", help="One JSON document on standard output.")] = False,
    quiet: Annotated[bool, Option("-q", "--quiet", help="Only warnings and errors.")] = False,
    verbose: Annotated[bool, Option("-v", "--verbose", help="Also tracebacks of unexpected failures.")] = False,
    no_color: Annotated[bool, Option("--no-color", help="No colours.")] = False,
    _version: Annotated[bool, Option("--version", callback=_show_version, is_eager=True, help="Version.")] = False,
) -> None:
    """Shared options; they may also stand behind the verb."""
    context.obj = Shared(project, as_json=as_json, quiet=quiet, verbose=verbose, no_color=no_color)


def main() -> None:
    """Run the command line and exit with the code of what happened."""
    sys.exit(call(sys.argv[1:]))


def call(arguments: list[str]) -> int:
    """Run the command line; returns the exit code."""
    shared = Shared(as_json="--json" in arguments, verbose="-v" in arguments or "--verbose" in arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a screen that lacks a letter is no reason to stop
    try:
        _check_text(arguments)
        return int(app(arguments, prog_name="journey", standalone_mode=False) or 0)
    except JourneyError as error:
        return _tell(shared, error)
    except typer.Exit as stop:
        return stop.exit_code
    except (KeyboardInterrupt, typer.Abort):
        shared.err.print("interrupted")
        return _INTERRUPTED
    except (SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 - the last resort: a sentence, not a traceback; Polars panics in Rust
        return _tell(shared, _explained(shared, error))


@runtime_checkable
class _CommandLineError(Protocol):
    """What Typer raises of a command line; it keeps the class to itself."""

    def format_message(self) -> str: ...


def _check_text(arguments: list[str]) -> None:
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise UsageError(
                f"{argument!a} is not UTF-8 text.", hint="Set the terminal to UTF-8, or rename the file."
            ) from None


def _explained(shared: Shared, error: BaseException) -> JourneyError:
    """What to say of anything that is not a ``JourneyError``."""
    if isinstance(error, _CommandLineError):
        return JourneyError(error.format_message(), hint="See: journey --help")
    if isinstance(error, OSError) and (told := storage_failure(error)):
        return told
    if shared.verbose:
        traceback.print_exception(error)
    told = f"unexpected failure: {type(error).__name__}: {error}"
    return JourneyError(told, hint="This is a bug. Run it again with -v and report what it prints.")


def _tell(shared: Shared, error: JourneyError) -> int:
    shared.document(
        {
            "status": "failed",
            "exit_code": error.exit_code,
            "error": {"code": error.code, "message": error.message, "hint": error.hint},
        }
    )
    shared.err.print(f"error[{error.code}]: {error.message}", style="red", markup=False)
    if error.hint:
        shared.err.print(f"hint: {error.hint}", markup=False)
    return error.exit_code


if __name__ == "__main__":
    main()
