"""`lrbench check`: the contract, point by point, for any task."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import typer
from omegaconf import DictConfig, OmegaConf
from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from lrbench.plugins.choices import find_choices
from lrbench.plugins.own_folder import admit
from lrbench.runs.environment import usable_cores
from lrbench.runs.errors import ConfigurationError, RunError
from lrbench.runs.sweep import task_config, task_configs

if TYPE_CHECKING:
    from lrbench.contract import Result
    from lrbench.data import Task

STYLES = {"passed": "green", "failed": "bold red", "not tried": "yellow"}
#: With more values than this, each has a line, and only what failed is told in full.
IN_FULL = 4
#: Characters that a line needs for the longest sentences not to be broken too often.
WIDEST = 120


def check(words: Sequence[str], everything: bool, config_dir: str | None) -> int:
    """Checks tasks against the contract and prints what came out; returns the exit status.

    Args:
        words: names of tasks, and keys of the one task as "symbols=4"; no name means every task.
        everything: every task, whatever the words.
        config_dir: a folder of one's own YAML files and tasks.
    """
    names = [word for word in words if "=" not in word]
    overrides = [word for word in words if "=" in word]
    if everything and words:
        raise ConfigurationError(f"--all is every task as it stands; leave out {words[0]}, or --all")
    if overrides and len(names) != 1:
        raise ConfigurationError(
            f"{overrides[0]} is a key of one task; name exactly one, as `lrbench check NAME KEY=VALUE`"
        )
    choices = {
        choice.name: choice for choice in find_choices(None if config_dir is None else admit(config_dir)).of("task")
    }
    configs: dict[str, DictConfig | ConfigurationError] = {}
    if names:
        configs.update({name: task_config(name, overrides, config_dir) for name in dict.fromkeys(names)})
    else:
        configs.update(task_configs(list(choices), config_dir))

    # JAX comes in only now: a misspelt name is found without it.
    from lrbench.contract import variants
    from lrbench.data import GeneratedTask
    from lrbench.runs.construction import make_task
    from lrbench.runs.devices import prepare_jax

    prepare_jax()
    subjects: dict[str, Task] = {}
    broken: list[str] = []
    for name, config in configs.items():
        try:
            if isinstance(config, ConfigurationError):
                raise config
            task = make_task(OmegaConf.to_container(config, resolve=True))
        except ConfigurationError as error:
            if names:
                raise
            broken.append(f"{name}: {error}")
            continue
        # A file that changes another task's fields is one choice of them; a data set's fields say how its file is read.
        names_class = "_target_" in choices[name].file.read_text(encoding="utf-8")
        whole = not overrides and names_class and isinstance(task, GeneratedTask)
        chosen = variants(task) if whole else {"": task}
        subjects |= {f"{name} {label}".strip(): variant for label, variant in chosen.items()}
    for sentence in broken:
        typer.echo(f"lrbench: task {sentence}", err=True)
    console = Console(highlight=False)
    console = Console(highlight=False, width=max(console.width, WIDEST))
    began = time.perf_counter()
    failed = _print(console, subjects, len(subjects) <= IN_FULL, began)
    return RunError.status if failed or broken else 0


def _print(console: Console, subjects: dict[str, "Task"], in_full: bool, began: float) -> int:
    """Prints each result when it is there, and a sum; returns how many points failed."""
    counts: Counter[str] = Counter()
    seconds: defaultdict[str, float] = defaultdict(float)
    width = max(len(label) for label in subjects) if subjects else 0
    if not in_full:
        console.print(Text(f"{'task'.ljust(width)}  points  seconds  a GRU after 200 steps", style="dim"))
    with console.status("checking", refresh_per_second=1):
        for label, results in _results(subjects):
            counts.update(result.state for result in results)
            for result in results:
                seconds[result.point.name] += result.seconds
            if in_full:
                console.print(_table(label, results))
                console.print()
            else:
                console.print(_line(label.ljust(width), results))
                for said in _not_passed(results):
                    console.print(Padding(said, (0, 0, 0, 2)))
    slowest = ", ".join(
        f"{name} {spent:.1f} s" for name, spent in sorted(seconds.items(), key=lambda pair: -pair[1])[:3]
    )
    console.print(
        Text.assemble(
            f"{len(subjects)} checked, {counts['passed']} points passed, ",
            (f"{counts['failed']} failed", STYLES["failed"] if counts["failed"] else ""),
            f", {counts['not tried']} not tried; {time.perf_counter() - began:.1f} s",
        )
    )
    console.print(Text(f"most seconds: {slowest}", style="dim"))
    return counts["failed"]


def _results(subjects: dict[str, "Task"]) -> Iterator[tuple[str, list["Result"]]]:
    """Checks the tasks side by side, and yields them in their order: most of the time is compilation."""
    from lrbench.contract import check as look_at

    cores = usable_cores()
    with ThreadPoolExecutor(min(cores, max(1, len(subjects)))) as pool:
        yield from zip(subjects, pool.map(look_at, subjects.values()), strict=True)


def _line(label: str, results: Sequence["Result"]) -> Text:
    """One line for a task."""
    passed = sum(result.state == "passed" for result in results)
    spent = sum(result.seconds for result in results)
    learned = next((one.detail for one in results if one.point.name == "learning" and one.state == "passed"), "")
    style = (
        STYLES["passed"] if passed == len(results) else STYLES["failed"] if _failed(results) else STYLES["not tried"]
    )
    return Text.assemble(
        f"{label}  ", (f"{passed:>2}/{len(results):<2}", style), f"   {spent:>6.1f}   ", (learned, "dim")
    )


def _not_passed(results: Sequence["Result"]) -> Iterator[Text]:
    """What did not pass, and why; what has one reason in common is said once."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for result in results:
        if result.state != "passed":
            reasons.setdefault((result.state, result.detail), []).append(result.point.name)
    for (state, detail), names in reasons.items():
        yield Text.assemble((f"{state}: ", STYLES[state]), f"{', '.join(names)}: {detail}")


def _failed(results: Sequence["Result"]) -> bool:
    return any(result.state == "failed" for result in results)


def _table(label: str, results: Sequence["Result"]) -> Table:
    """The points of one task, a row each."""
    table = Table(
        title=Text(label, style="bold"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 2, 0, 0),
        pad_edge=False,
        show_edge=False,
    )
    table.add_column("point", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("what is owed, and what was found", overflow="fold")
    table.add_column("seconds", justify="right", no_wrap=True)
    for result in results:
        found = Text(result.point.sentence)
        if result.detail:
            found = Text.assemble(
                found,
                ("; " if result.state == "passed" else ": "),
                (result.detail, "dim" if result.state == "passed" else ""),
            )
        table.add_row(
            Text(result.point.name), Text(result.state, style=STYLES[result.state]), found, f"{result.seconds:.1f}"
        )
    return table
