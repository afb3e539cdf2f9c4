"""The verbs of the command line. Starts fast: JAX, Hydra and the rest are imported by the verb that needs them."""

import sys
from pathlib import Path
from typing import Annotated

import typer

import lrbench

app = typer.Typer(
    name="lrbench",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Which recurrent core remembers what you need, over the lengths you have, at which cost? Measured.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lrbench {lrbench.__version__}")
        raise typer.Exit


@app.callback()
def _verbs(
    version: Annotated[
        bool | None,
        typer.Option("--version", help="Print the version and leave.", callback=_print_version, is_eager=True),
    ] = None,
) -> None:
    del version


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    options_metavar="[-m] [--cfg job] [--help] …",
    add_help_option=False,
)
def run(context: typer.Context) -> None:
    """Train and test: one run, or with -m every combination. `lrbench run --help` lists all keys."""
    from lrbench.commands.run import run as command

    raise typer.Exit(command(context.args))


def _list(group: str) -> None:
    from lrbench.commands.catalogue import entries

    found = entries(group)
    width = max((len(entry.name) for entry in found), default=0)
    for entry in found:
        typer.echo(f"{entry.name:{width}}  {entry.sentence}")


@app.command()
def tasks() -> None:
    """List the tasks, with a sentence each."""
    _list("task")


@app.command()
def models() -> None:
    """List the models, with a sentence each."""
    _list("model")


@app.command()
def experiments() -> None:
    """List the experiments: sweeps that are written down."""
    _list("experiment")


@app.command()
def show(
    task: Annotated[str, typer.Argument(help="A task of `lrbench tasks`.", metavar="TASK")],
    overrides: Annotated[
        list[str] | None, typer.Argument(help="Keys of the task, as symbols=4.", metavar="[KEY=VALUE]…")
    ] = None,
    length: Annotated[int | None, typer.Option(help="Steps of the examples; by default a small number.")] = None,
    picture: Annotated[Path | None, typer.Option(help="Where to draw them; by default TASK.png here.")] = None,
) -> None:
    """Print worked examples of a task, and draw them with inputs, targets and mask."""
    from lrbench.commands.show import show as command

    raise typer.Exit(command(task, overrides or [], length, picture))


@app.command()
def report(
    runs: Annotated[list[Path], typer.Argument(help="Run folders, or folders that hold some.", metavar="RUNS…")],
    out: Annotated[
        Path | None, typer.Option(help="Folder of the report; by default `report` in the first of RUNS.")
    ] = None,
) -> None:
    """Print the table of any runs, and write their report and figures."""
    from lrbench.commands.report import report as command

    raise typer.Exit(command(runs, out))


@app.command()
def bench(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help="cores (or lstm, gru, selective_scan), streaming, training, sweep, memory, by default all; and sizes, "
            "as H=64,128 T=256.",
            metavar="[PART]… [SIZE=VALUES]…",
        ),
    ] = None,
    repeats: Annotated[int, typer.Option(help="Rounds of every race.")] = 7,
    out: Annotated[Path, typer.Option(help="Folder of the tables and figures.")] = Path("runs/bench"),
    peers: Annotated[
        str | None, typer.Option(help="Only these peers, as torch,keras; by default all that are installed.")
    ] = None,
) -> None:
    """Measure speed and memory side by side with other libraries, on this machine."""
    from lrbench.commands.bench import bench as command

    raise typer.Exit(command(words or [], repeats, out, peers))


def main() -> None:
    """Runs the command line; a mistake of the user becomes a sentence and an exit status, not a traceback."""
    from lrbench.runs.environment import enter
    from lrbench.runs.errors import FULL, NoSpace, RunError

    if sys.argv[1:2] == ["run"]:
        enter()
    try:
        app()
    except RunError as error:
        typer.echo(f"lrbench: {error}", err=True)
        sys.exit(error.status)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        typer.echo(f"lrbench: {place}{error.strerror or error}", err=True)
        sys.exit(NoSpace.status if error.errno in FULL else RunError.status)


if __name__ == "__main__":
    main()
