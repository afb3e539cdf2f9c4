"""`lrbench run`: plan, check, launch, and show what came out."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from lrbench.runs import sweep as sweeps
from lrbench.runs.errors import ConfigurationError, Interrupted, NoSpace, RunError

if TYPE_CHECKING:
    from lrbench.commands.live import LiveWatch
    from lrbench.runs.configuration import Run
    from lrbench.runs.stop import StopRequest


@dataclass(frozen=True)
class Outcome:
    """What came of a command's runs.

    Attributes:
        runs: each run once, in the order of the command.
        errors: what went wrong; the other runs were done all the same.
    """

    runs: tuple["Run", ...]
    errors: tuple[RunError, ...]

    @property
    def complete(self) -> list[Path]:
        """The folders of the runs that are complete."""
        from lrbench.runs.folder import RunFolder

        return [one.folder for one in self.runs if RunFolder(one.folder).complete()]

    @property
    def folder(self) -> Path:
        """The folder that what is made of all of them belongs into."""
        if len(self.runs) == 1:
            return self.runs[0].folder
        experiments = {one.runs / one.experiment for one in self.runs}
        return experiments.pop() if len(experiments) == 1 else self.runs[0].runs


def run(words: Sequence[str]) -> int:
    """Does what the words after `lrbench run` ask for; returns the exit status."""
    if sweeps.asks_hydra(words):
        sweeps.let_hydra_print(words)
        return 0
    console = Console()
    outcome = complete(words, console)
    if outcome.complete:
        from lrbench.commands.report import present

        present(console, outcome.complete, outcome.folder / "report")
    if outcome.errors:
        return max(error.status for error in outcome.errors)
    return 0 if len(outcome.complete) == len(outcome.runs) else 1


def complete(words: Sequence[str], console: Console, check: Callable[[Sequence["Run"]], None] | None = None) -> Outcome:
    """Does the runs that some words ask for; those that are complete are left as they are.

    Args:
        words: what `lrbench run` takes.
        console: to watch them on.
        check: looks at the runs before the first one starts, and may raise ConfigurationError.

    Raises:
        ConfigurationError: nothing was run.
        Interrupted: the runs saved themselves.
        NoSpace: the disk is full.
    """
    sweep = sweeps.plan(words)

    # JAX comes in only now: a misspelt key is found without it.
    from lrbench.commands.live import LiveWatch
    from lrbench.runs.configuration import make_run
    from lrbench.runs.devices import prepare_jax
    from lrbench.runs.stop import StopRequest

    prepare_jax()
    planned = {
        _key(config): make_run(config, choices) for config, choices in zip(sweep.configs, sweep.choices, strict=True)
    }
    if check is not None:
        check(list(planned.values()))
    stop = StopRequest()
    errors: list[RunError] = []
    command = ["lrbench", "run", *words]
    listening = stop.listening() if sweep.local else nullcontext()  # other processes listen for themselves
    with listening, LiveWatch(console, len(sweep.configs)) as watch:
        job = (
            partial(_job_here, planned, watch, stop, errors, command)
            if sweep.local
            else partial(_job_elsewhere, command)
        )
        try:
            sweep.launch(job)
        except SystemExit:
            # A job leaves this way when the rest of the sweep must not start.
            raise errors[-1] from None
        except RunError as failure:
            if failure.status in (ConfigurationError.status, Interrupted.status):
                raise
            errors.append(failure)
    for error in errors:
        console.print(f"lrbench: {error}", style="yellow", highlight=False, markup=False, soft_wrap=True)
    return Outcome(tuple({one.name: one for one in planned.values()}.values()), tuple(errors))


def _key(config: DictConfig) -> str:
    return OmegaConf.to_yaml(config)


def _job_here(
    planned: Mapping[str, "Run"],
    watch: "LiveWatch",
    stop: "StopRequest",
    errors: list[RunError],
    command: Sequence[str],
    config: DictConfig,
) -> None:
    """One run, in the process of the command."""
    from lrbench.runs.configuration import make_run
    from lrbench.runs.execution import execute

    try:
        stop.check()
        execute(planned.get(_key(config)) or make_run(config, sweeps.current_choices()), watch, stop, command)
    except (Interrupted, NoSpace) as error:
        errors.append(error)
        raise SystemExit(error.status) from error
    except RunError as error:
        # The other runs of the sweep can still be done.
        errors.append(error)


def _job_elsewhere(command: Sequence[str], config: DictConfig) -> None:
    """One run, in a process that a launcher made."""
    from lrbench.commands.live import LiveWatch
    from lrbench.runs.configuration import make_run
    from lrbench.runs.devices import prepare_jax
    from lrbench.runs.execution import execute
    from lrbench.runs.stop import StopRequest

    prepare_jax()
    sweeps.admit_own_folder(command[2:])
    stop = StopRequest()
    with stop.listening(), LiveWatch(Console(), 1) as watch:
        execute(make_run(config, sweeps.current_choices()), watch, stop, command)
