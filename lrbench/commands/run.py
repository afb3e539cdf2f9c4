"""`lrbench run`: plan, check, launch, and show what came out."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING

from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from lrbench.runs import sweep as sweeps
from lrbench.runs.errors import ConfigurationError, Interrupted, NoSpace, RunError

if TYPE_CHECKING:
    from lrbench.commands.live import LiveWatch
    from lrbench.runs.configuration import Run
    from lrbench.runs.stop import StopRequest


def run(words: Sequence[str]) -> int:
    """Does what the words after `lrbench run` ask for; returns the exit status."""
    if sweeps.asks_hydra(words):
        sweeps.let_hydra_print(words)
        return 0
    sweep = sweeps.plan(words)

    # JAX comes in only now: a misspelt key is found without it.
    from lrbench.commands.live import LiveWatch
    from lrbench.runs.configuration import make_run
    from lrbench.runs.devices import prepare_jax
    from lrbench.runs.folder import RunFolder
    from lrbench.runs.stop import StopRequest

    prepare_jax()
    planned = {
        _key(config): make_run(config, choices) for config, choices in zip(sweep.configs, sweep.choices, strict=True)
    }
    runs = {one.name: one for one in planned.values()}
    console = Console()
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
    complete = [one.folder for one in runs.values() if RunFolder(one.folder).complete()]
    for error in errors:
        console.print(f"lrbench: {error}", style="yellow", highlight=False, markup=False, soft_wrap=True)
    if complete:
        from lrbench.commands.report import present

        experiments = {one.runs / one.experiment for one in runs.values()}
        everything = next(iter(runs.values())).runs
        out = complete[0] if len(runs) == 1 else experiments.pop() if len(experiments) == 1 else everything
        present(console, complete, out / "report")
    if errors:
        return max(error.status for error in errors)
    return 0 if len(complete) == len(runs) else 1


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
