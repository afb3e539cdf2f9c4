"""What drawing a batch costs, for every task, as a share of a training step of a small GRU on it."""

from itertools import product

from hydra.utils import get_class

from lrbench.bench.case import Case
from lrbench.bench.contender import OURS
from lrbench.bench.process import WorkerError
from lrbench.bench.race import Bench
from lrbench.bench.rows import Row
from lrbench.data import GeneratedTask
from lrbench.plugins.choices import find_choices
from lrbench.plugins.discovery import first_line
from lrbench.runs.errors import ConfigurationError
from lrbench.runs.sweep import task_configs

SIZES = {"B": (64,), "H": (64,)}

FACT = "sampling time / step time"


def cases(bench: Bench) -> list[Case]:
    """Returns what is measured: every task that is drawn."""
    sizes = bench.sizes_of(SIZES)
    return [
        Case("sampling", dict(zip(sizes, values, strict=True)), task=task)
        for task in _generated_tasks(bench)
        for values in product(*sizes.values())
    ]


def measure(bench: Bench) -> list[Row]:
    """Measures every task in one process of ours; the peers have no tasks."""
    rows: list[Row] = []
    (contender,) = (one for one in bench.contenders if one.module == OURS)
    for case in cases(bench):
        bench.say(f"sampling: {case.task}")
        with bench.process(contender) as process:
            try:
                prepared = process.prepare(case)
            except WorkerError as error:
                bench.leave_out(contender, case, error)
                continue
        measured = prepared["measured"]
        rows.append(
            Row(
                part=bench.part,
                measurement=case.task,
                contestant=contender.name,
                sizes=dict(case.sizes) | {"T": int(measured["T"])},
                seconds=measured["sampling_seconds"],
                compile_seconds=prepared["compile_seconds"],
                fact=FACT,
                value=measured["ratio"],
                value_low=measured["ratio_low"],
                value_high=measured["ratio_high"],
                place=prepared["place"],
            )
        )
        bench.keep(rows)
    return rows


def _generated_tasks(bench: Bench) -> list[str]:
    """Returns the names of the tasks that are drawn, and not read from a data set; broken ones are left out by name."""
    choices = find_choices()
    names = sorted(name for group, name in (*choices.own, *choices.foreign) if group == "task")
    found = []
    for name, config in task_configs(names).items():
        try:
            if isinstance(config, ConfigurationError):
                raise config
            if issubclass(get_class(config._target_), GeneratedTask):
                found.append(name)
        except (Exception, SystemExit) as error:  # of a plugin's file or class, which may say anything
            bench.left_out.append(f"task {name} is left out of sampling: {first_line(error)}")
    return found
