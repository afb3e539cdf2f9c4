"""`lrbench export`: a task's splits as files, and whether such files are still what was exported."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

from omegaconf import OmegaConf
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from lrbench.runs.errors import ConfigurationError, Interrupted
from lrbench.runs.sweep import task_config

if TYPE_CHECKING:
    from lrbench.export import Outcome, Request

#: With fewer steps than this an export is done before a progress bar can be read.
LARGE_STEPS = 2**21


@dataclass(frozen=True)
class Options:
    """The options of the command, as they were written.

    Attributes:
        lengths: to test at, as "32,64"; None for the task's own.
        train_length: as "64" or "16,64"; None for the task's own.
        length_distribution: of training and validation.
        train: examples of the training set.
        validation: examples of validation.
        test: examples of the test at each length.
        seed: of the training set.
        format: tfds, npz, jsonl or parquet.
        out: folder to write; None for one named after format and task.
    """

    lengths: str | None
    train_length: str | None
    length_distribution: str
    train: int
    validation: int
    test: int
    seed: int
    format: str
    out: Path | None


def export(name: str, overrides: Sequence[str], options: Options, config_dir: str | None = None) -> int:
    """Writes a task's splits; returns the exit status."""
    config = task_config(name, overrides, config_dir)
    # An accelerator may round otherwise: without one the same files come out on every machine.
    os.environ.setdefault("JAX_PLATFORMS", "cpu")

    # JAX comes in only now: a misspelt key is found without it.
    from lrbench.export.write import export as write
    from lrbench.runs.construction import make_task
    from lrbench.runs.devices import prepare_jax
    from lrbench.runs.stop import StopRequest

    prepare_jax()
    request = _request(name, make_task(OmegaConf.to_container(config, resolve=True)), options)
    stop = StopRequest()
    steps = request.train * request.training.longest + request.test * sum(request.lengths)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    progress = Progress(*columns, console=Console(stderr=True), transient=True, disable=steps < LARGE_STEPS)
    bars: dict[str, Any] = {}

    def watch(split: str, done: int, total: int) -> None:
        if stop.requested:
            raise Interrupted("interrupted; nothing was written, and the same command starts anew")
        if split not in bars:
            bars[split] = progress.add_task(split, total=total)
        progress.update(bars[split], completed=done)

    with stop.listening(), progress:
        outcome = write(request, options.out or _default_folder(request), watch)
    _say(request, outcome)
    return 0


def check(folder: Path) -> int:
    """Compares the files of an export with its card; returns the exit status."""
    from lrbench.export.digests import verify

    files, digest = verify(folder)
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"{folder}: {files} files, all as they were exported\nSHA-256 of the whole: {digest}", markup=False)
    return 0


def _request(name: str, task: object, options: Options) -> "Request":
    """Checks what was asked for.

    Raises:
        ConfigurationError: a sentence that names the value, the reason and the remedy.
    """
    from lrbench.data import GeneratedTask, TrainingLengths
    from lrbench.data.training_lengths import LengthDistribution
    from lrbench.export import FORMATS, Request
    from lrbench.export.limits import require_counts, require_lengths

    if not isinstance(task, GeneratedTask):
        raise ConfigurationError(
            f"{name} reads a data set, which has a source and a licence of its own; only tasks whose examples lrbench "
            "draws are exported"
        )
    if options.format not in FORMATS:
        raise ConfigurationError(f"--format is {options.format!r}; choose {', '.join(FORMATS)}")
    distributions = get_args(LengthDistribution)
    if options.length_distribution not in distributions:
        raise ConfigurationError(
            f"--length-distribution is {options.length_distribution!r}; choose {', '.join(distributions)}"
        )
    if not 0 <= options.seed < 2**32:
        raise ConfigurationError(f"--seed is {options.seed}; it must be between 0 and 2**32 - 1")
    span = task.lengths.train
    if options.train_length is not None:
        ends = _lengths("--train-length", options.train_length)
        if len(ends) > 2 or ends[0] > ends[-1]:
            raise ConfigurationError(
                f"--train-length is {options.train_length}; write one length, as 64, or shortest and longest, as 16,64"
            )
        span = ends[0], ends[-1]
    require_lengths("--train-length", name, task, span)
    lengths = task.lengths.evaluation
    if options.lengths is not None:
        lengths = tuple(sorted(set(_lengths("--lengths", options.lengths))))
    require_lengths("--lengths", name, task, lengths)
    require_counts(options.train, options.validation, options.test, 1 if task.deterministic else len(lengths))
    return Request(
        name=name,
        task=task,
        training=TrainingLengths(task, *span, cast(LengthDistribution, options.length_distribution)),
        lengths=lengths,
        train=options.train,
        validation=options.validation,
        test=options.test,
        seed=options.seed,
        format=options.format,
    )


def _lengths(option: str, text: str) -> list[int]:
    try:
        return [int(word) for word in text.split(",")]
    except ValueError:
        raise ConfigurationError(f"{option} is {text!r}; write whole numbers with commas, as 32,64,128") from None


def _default_folder(request: "Request") -> Path:
    """Names a folder after format and task; for TFDS as `tfds.load` looks for it: name, then version."""
    from lrbench.export.write import dataset_name, dataset_version

    folder = Path("exports") / request.format
    return folder / dataset_name(request) / dataset_version() if request.format == "tfds" else folder / request.name


def _say(request: "Request", outcome: "Outcome") -> None:
    console = Console(soft_wrap=True, highlight=False)
    splits = outcome.card["splits"]
    for name, split in splits.items():
        shortest, longest = split["lengths"]
        lengths = f"length {longest}" if shortest == longest else f"lengths {shortest} to {longest}"
        console.print(
            f"{name:10}  {split['examples']:>9,} examples  {split['steps']:>13,} steps  {lengths}", markup=False
        )
    longest = request.training.longest
    if request.test and "test-short" not in splits:
        console.print(f"no test-short: every one of --lengths is beyond {longest}, the longest training length")
    if request.test and "test-long" not in splits:
        console.print(f"no test-long: none of --lengths is beyond {longest}, the longest training length")
    there = "it stood there already, the same to the byte" if outcome.was_there else "written"
    console.print(f"{outcome.folder}: {there}\nSHA-256 of the whole: {outcome.card['digest']}", markup=False)
