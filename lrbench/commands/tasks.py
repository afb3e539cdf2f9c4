"""`lrbench tasks`: what can be trained on, a row a task, by family."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, get_args

import typer
from omegaconf import OmegaConf
from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lrbench.plugins.choices import find_choices
from lrbench.plugins.discovery import first_line
from lrbench.plugins.own_folder import admit
from lrbench.runs.errors import ConfigurationError
from lrbench.runs.sweep import task_configs

if TYPE_CHECKING:
    from lrbench.data import Task

Value = TypeVar("Value")

#: From so many columns on a task has one line; below it has its numbers in one and its sentence in the next.
WIDE = 140
#: How the table names the scores.
SCORES = {"token_accuracy": "tokens", "sequence_accuracy": "sequences", "fit": "fit"}
LEGEND = (
    "lag: most steps between a piece of information and its use; chance: the score without memory; both at the longest "
    "training length.",
    "train, test: lengths in steps; score: tokens that are right, sequences that are right throughout, or fit, 1 - "
    "mean squared error.",
)


@dataclass(frozen=True)
class Line:
    """What the table says about a task; a dash stands for what only its data would tell.

    Attributes:
        name: what follows `task=`.
        family: its chapter.
        sentence: what it asks.
        lag: at the longest training length.
        chance: there.
        train: shortest and longest training length.
        test: shortest and longest evaluation length.
        score: the headline.
        paper: who defined it.
    """

    name: str
    family: str
    sentence: str
    lag: str
    chance: str
    train: str
    test: str
    score: str
    paper: str


def tasks(config_dir: str | None) -> int:
    """Prints the table; names on stderr what is left out. Returns the exit status."""
    lines, left_out = gather(config_dir)
    for sentence in left_out:
        typer.echo(f"lrbench: {sentence}", err=True)
    console = Console(highlight=False)
    if not console.is_terminal:
        # Somebody reads it line by line with another program: a line a task, however long.
        console = Console(highlight=False, width=10_000)
    console.print(table(lines, console.width if console.is_terminal else None))
    return 0


def gather(config_dir: str | None) -> tuple[list[Line], list[str]]:
    """Returns a line for each task, by family and name, and sentences about what is left out."""
    folder = None if config_dir is None else admit(config_dir)
    choices = find_choices(folder)
    known = {choice.name: choice for choice in choices.of("task")}
    configs = task_configs(list(known), config_dir)

    # JAX comes in only now: a folder that does not exist is found without it.
    from lrbench.data.task import Family
    from lrbench.runs.construction import make_task

    lines, left_out = [], [str(flaw) for flaw in choices.flaws]
    for name, config in configs.items():
        choice = known[name]
        try:
            if isinstance(config, ConfigurationError):
                raise config
            lines.append(_line(name, choice.sentence, make_task(OmegaConf.to_container(config, resolve=True))))
        except (Exception, SystemExit) as error:  # a task that calls sys.exit() must not end the list in silence
            said = first_line(error)
            whose = "" if choice.origin in said else f" of {choice.origin}"
            left_out.append(f"task {name}{whose}, left out: {said}")
    families = get_args(Family)
    return sorted(lines, key=lambda line: (families.index(line.family), line.name)), left_out


def _line(name: str, sentence: str, task: "Task") -> Line:
    train, test = _told(lambda: task.lengths.train), _told(lambda: task.lengths.evaluation)
    longest = None if train is None else next((at for at in range(train[1], 0, -1) if task.problem(at) is None), None)
    lag = None if longest is None else _told(lambda: task.lag(longest))
    chance = None if longest is None else _told(lambda: task.chance(longest))
    return Line(
        name,
        task.family,
        sentence,
        _dash(lag, str),
        _dash(chance, _share),
        _dash(train, _span),
        _dash(test, _span),
        SCORES[task.score],
        task.paper,
    )


def _told(ask: Callable[[], Value]) -> Value | None:
    """What a task says; None where it needs data that is not there."""
    from lrbench.data import DataError

    try:
        return ask()
    except DataError:
        return None


def _dash(value: Value | None, write: Callable[[Value], str]) -> str:
    return "–" if value is None else write(value)


def _share(value: float) -> str:
    return f"{value:.3f}" if value >= 0.0005 else f"{value:.0e}" if value else "0"


def _span(lengths: Sequence[int]) -> str:
    return str(lengths[0]) if lengths[0] == lengths[-1] else f"{lengths[0]}–{lengths[-1]}"


def table(lines: Sequence[Line], width: int | None) -> RenderableType:
    """Returns the table for a terminal of so many columns, or for none: then no line is broken."""
    notes = [Text(note, style="dim") for note in LEGEND]
    body = _wide(lines, width) if width is None or width >= WIDE else _narrow(lines)
    return Group(body, Text(), *notes)


def _wide(lines: Sequence[Line], width: int | None) -> Table:
    """A line a task."""
    found = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    whole = width is None
    found.add_column("task", no_wrap=True)
    for column in ("lag", "chance", "train", "test"):
        found.add_column(column, justify="right", no_wrap=True)
    found.add_column("score", no_wrap=True)
    found.add_column("sentence", no_wrap=whole, ratio=None if whole else 5, overflow="fold")
    found.add_column("paper", no_wrap=whole, ratio=None if whole else 3, style="dim", overflow="fold")
    family = ""
    for line in lines:
        if line.family != family:
            if family:
                found.add_row()
            family = line.family
            found.add_row(Text(family, style="bold"))
        facts = (line.name, line.lag, line.chance, line.train, line.test, line.score, line.sentence, line.paper)
        found.add_row(*(Text(fact) for fact in facts))
    return found


def _narrow(lines: Sequence[Line]) -> RenderableType:
    """A line of numbers and a sentence below it, for each task."""
    head = Line("task", "", "", "lag", "chance", "train", "test", "score", "")
    facts = [(line.name, line.lag, line.chance, line.train, line.test, line.score) for line in [head, *lines]]
    widths = [max(len(row[column]) for row in facts) for column in range(6)]

    def row(cells: Sequence[str]) -> str:
        middle = "  ".join(cell.rjust(width) for cell, width in zip(cells[1:5], widths[1:5], strict=True))
        return f"{cells[0].ljust(widths[0])}  {middle}  {cells[5]}"

    parts: list[RenderableType] = [Text(row(facts[0]), style="dim")]
    family = ""
    for line, cells in zip(lines, facts[1:], strict=True):
        if line.family != family:
            family = line.family
            parts += [Text(), Text(family, style="bold")]
        parts += [
            Text(row(cells)),
            Padding(Text(line.sentence, style="italic"), (0, 0, 0, 2)),
            Padding(Text(line.paper, style="dim"), (0, 0, 0, 2)),
        ]
    return Group(*parts)
