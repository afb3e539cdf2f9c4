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
    from lrbench.runs.sweep import own_folder

    _name_flaws(own_folder(context.args))
    raise typer.Exit(command(context.args))


def _name_flaws(config_dir: Path | None = None) -> None:
    """Says on stderr what of the installed plugins, and of a folder of one's own, is left out, and why."""
    from lrbench.plugins.choices import find_choices

    for flaw in find_choices(None if config_dir is None else config_dir.resolve()).flaws:
        typer.echo(f"lrbench: {flaw}", err=True)


def _list(group: str) -> None:
    from lrbench.plugins.choices import find_choices

    _name_flaws()
    found = find_choices().of(group)
    width = max((len(choice.name) for choice in found), default=0)
    for choice in found:
        typer.echo(f"{choice.name:{width}}  {choice.sentence}")


ConfigDir = Annotated[
    Path | None,
    typer.Option(help="A folder of your own: task/NAME.yaml in it, and tasks/NAME.py, which is lrbench.tasks.NAME."),
]


@app.command()
def tasks(config_dir: ConfigDir = None) -> None:
    """List the tasks, by family: sentence, lag, chance, lengths, score, paper."""
    from lrbench.commands.tasks import tasks as command

    raise typer.Exit(command(None if config_dir is None else str(config_dir)))


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
    config_dir: ConfigDir = None,
) -> None:
    """Print worked examples of a task and its published numbers, and draw it with inputs, targets and mask."""
    from lrbench.commands.show import show as command

    _name_flaws(config_dir)
    raise typer.Exit(command(task, overrides or [], length, picture, None if config_dir is None else str(config_dir)))


@app.command()
def check(
    words: Annotated[
        list[str] | None,
        typer.Argument(help="Tasks, and keys of the one task as symbols=4.", metavar="[TASK]… [KEY=VALUE]…"),
    ] = None,
    all_tasks: Annotated[bool, typer.Option("--all", help="Every task; so does naming none.")] = False,
    config_dir: ConfigDir = None,
) -> None:
    """Check tasks against the contract, built-in or your own; status 1 when a point fails."""
    from lrbench.commands.check import check as command

    _name_flaws(config_dir)
    raise typer.Exit(command(words or [], all_tasks, None if config_dir is None else str(config_dir)))


new = typer.Typer(
    no_args_is_help=True,
    help="Write a working, tested example to start from.",
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(new, name="new")


@new.command("task")
def new_task(
    name: Annotated[str, typer.Argument(help="Of the task: small letters, digits and _.", metavar="NAME")],
    package: Annotated[
        bool, typer.Option("--package", help="A package of your own, to install; else files in a clone of lrbench.")
    ] = False,
    folder: Annotated[Path, typer.Option(help="The clone, or where the package's folder goes.")] = Path(),
) -> None:
    """Write a task with its YAML and its test: in a clone of lrbench, or as a package of your own."""
    from lrbench.commands.new import new_task as command

    raise typer.Exit(command(name, package, folder))


@app.command()
def export(
    task: Annotated[str | None, typer.Argument(help="A task of `lrbench tasks`.", metavar="TASK")] = None,
    overrides: Annotated[
        list[str] | None, typer.Argument(help="Keys of the task, as symbols=4.", metavar="[KEY=VALUE]…")
    ] = None,
    lengths: Annotated[
        str | None, typer.Option(help="Lengths of the tests, as 32,64,128; by default the task's own.")
    ] = None,
    format: Annotated[str, typer.Option(help="tfds, npz, jsonl or parquet.")] = "npz",
    train_length: Annotated[
        str | None, typer.Option(help="Lengths of training, as 64 or 16,64; by default the task's own.")
    ] = None,
    length_distribution: Annotated[
        str, typer.Option(help="Of training: uniform, u_shaped, left_tailed or right_tailed.")
    ] = "uniform",
    train: Annotated[int, typer.Option(help="Examples of the training set.")] = 10_000,
    validation: Annotated[int, typer.Option(help="Examples of validation.")] = 256,
    test: Annotated[int, typer.Option(help="Examples of the test at each length.")] = 256,
    seed: Annotated[int, typer.Option(help="Of the training set; validation and test are the same for all.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write; by default one under `exports`, after format and task.")
    ] = None,
    verify: Annotated[
        Path | None, typer.Option(help="Instead of all that: compare the files of this export with its card.")
    ] = None,
    config_dir: ConfigDir = None,
) -> None:
    """Write a task's splits as files with a card, so that others train and test on the same examples."""
    from lrbench.commands.export import Options, check
    from lrbench.commands.export import export as command
    from lrbench.runs.errors import ConfigurationError

    if verify is not None:
        if task is not None:
            raise ConfigurationError("--verify takes a folder and no task; give one of the two")
        raise typer.Exit(check(verify))
    if task is None:
        raise ConfigurationError("name a task, as `lrbench export parity`; or write `lrbench export --verify FOLDER`")
    _name_flaws(config_dir)
    options = Options(lengths, train_length, length_distribution, train, validation, test, seed, format, out)
    raise typer.Exit(command(task, overrides or [], options, None if config_dir is None else str(config_dir)))


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


@app.command(context_settings={"ignore_unknown_options": True})
def compare(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help="Run folders, or folders that hold some; or a sweep, in the words of `lrbench run -m`, which is run "
            "first where it is not yet.",
            metavar="RUNS… | KEY=VALUE…",
        ),
    ] = None,
    margin: Annotated[
        float, typer.Option(help="The smallest difference of mean scaled scores that matters to you.")
    ] = 0.05,
    level: Annotated[float, typer.Option(help="The chance of any false call, over all comparisons together.")] = 0.05,
    length: Annotated[
        list[str] | None,
        typer.Option(
            help="Lengths to decide at, as 40,80; by default the evaluated length nearest the training length, and the "
            "longest. The others are described."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of tables and figure; by default `compare`, in the first of RUNS."),
    ] = None,
) -> None:
    """Compare models over paired seeds: tests, effect sizes, costs, and a verdict; of runs, or of a sweep."""
    from lrbench.commands.compare import compare as command

    raise typer.Exit(command(words or [], margin, level, length or [], out))


@app.command()
def calibrate(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Runs over thousands of seeds, as of experiment=calibration; none: made-up outcomes.",
            metavar="[RUNS…]",
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(help="Of each of the two groups of a comparison of runs.")] = 6,
    comparisons: Annotated[int, typer.Option(help="How many.")] = 400,
    level: Annotated[float, typer.Option(help="Of each comparison.")] = 0.05,
    out: Annotated[Path | None, typer.Option(help="A CSV file of the rates to write.")] = None,
) -> None:
    """Compare a model with itself over fresh seeds: how often a difference is called where there is none."""
    from lrbench.commands.calibrate import calibrate as command

    raise typer.Exit(command(runs or [], seeds, comparisons, level, out))


@app.command()
def figures() -> None:
    """List the published figures that can be drawn again, with the question that each asks."""
    from lrbench.commands.figure import figures as command

    raise typer.Exit(command())


@app.command()
def figure(
    name: Annotated[str, typer.Argument(help="A figure of `lrbench figures`.", metavar="NAME")],
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help="How much is run (smoke: seconds; cpu: minutes on two cores, the default; paper: the full protocol, "
            "for GPU or TPU), and the folder of runs.",
            metavar="[scale=smoke|cpu|paper] [runs=FOLDER]",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the figure's files.")] = None,
    commands: Annotated[bool, typer.Option("--commands", help="Print its sweeps as commands, run nothing.")] = False,
) -> None:
    """Draw a published figure from runs of your own, with the published numbers beside yours; runs what is missing."""
    from lrbench.commands.figure import figure as command

    raise typer.Exit(command(name, words or [], out, commands))


claims = typer.Typer(
    invoke_without_command=True,
    help="List the claims of the folklore; `lrbench claims run` puts them to the test.",
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(claims, name="claims")


@claims.callback()
def _list_claims(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        from lrbench.commands.claims import claims as command

        raise typer.Exit(command())


@claims.command("run")
def run_claims(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help="Numbers of `lrbench claims`, by default all; how much is run, by default cpu; the folder of runs.",
            metavar="[NUMBER]… [scale=smoke|cpu|paper] [runs=FOLDER]",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the decisions and their page.")] = None,
) -> None:
    """Decide claims by rules that were written down before the runs; runs what is missing."""
    from lrbench.commands.claims import run as command

    raise typer.Exit(command(words or [], out))


@app.command()
def bench(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            help="cores (or lstm, gru, selective_scan), implementations, seeds, streaming, training, sampling, sweep, "
            "memory, by default all; and sizes, as H=64,128 T=256.",
            metavar="[PART]… [SIZE=VALUES]…",
        ),
    ] = None,
    repeats: Annotated[int, typer.Option(help="Rounds of every race.")] = 7,
    out: Annotated[Path, typer.Option(help="Folder of the tables and figures.")] = Path("runs/bench"),
    peers: Annotated[
        str | None, typer.Option(help="Only these peers, as torch,keras; by default all that are installed.")
    ] = None,
    longest: Annotated[
        float, typer.Option(help="Minutes that one of them may take over a case; who needs more is left out.")
    ] = 10.0,
) -> None:
    """Measure speed and memory side by side with other libraries, on this machine."""
    from lrbench.commands.bench import bench as command

    raise typer.Exit(command(words or [], repeats, out, peers, longest))


def main() -> None:
    """Runs the command line; a mistake of the user becomes a sentence and an exit status, not a traceback."""
    from lrbench.runs.environment import enter
    from lrbench.runs.errors import FULL, NoSpace, RunError

    if sys.argv[1:2] in (["run"], ["compare"], ["figure"]) or sys.argv[1:3] == ["claims", "run"]:
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
