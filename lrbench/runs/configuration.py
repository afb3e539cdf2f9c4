"""From a composed configuration to a Run: everything checked, every default resolved, nothing written."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast, get_args

import numpy as np
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from lrbench.data import DataError, RecordedTask, Split, Task, Tokens, TrainingLengths
from lrbench.data.training_lengths import LengthDistribution
from lrbench.evaluation.questions import RecordedExaminer
from lrbench.models import Architecture, Match, Matched, Model, Precision, solve_width
from lrbench.runs.construction import build, make_task
from lrbench.runs.errors import ConfigurationError
from lrbench.runs.values import HELD, is_number, read_count, read_learning_rates, read_seeds, read_whole_numbers
from lrbench.training import Lane, Optimizer, make_lanes

#: Keys that do not change the result, and so are no part of a run's identity.
OUTSIDE_IDENTITY = ("runs", "checkpoint_seconds", "data")

#: The keys of a run.
KEYS = frozenset(
    {
        *("task", "model", "optimizer", "match", "budget", "precision", "seeds", "learning_rates"),
        *("data", "train_length", "length_distribution", "curriculum", "train_examples"),
        *("eval_lengths", "steps", "batch_size"),
        *("eval_every", "eval_examples", "eval_piece", "early_stop"),
        *OUTSIDE_IDENTITY,
    }
)

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Run:
    """One task, one model, one budget, its lanes.

    Attributes:
        experiment: the sweep it belongs to; "adhoc" where there is none.
        task_name: choice of the config group.
        model_name: choice of the config group.
        task: where sequences come from.
        model: what is trained.
        width: of its blocks.
        match: how the width was solved, where it was.
        optimizer: how it is trained.
        lanes: seeds and learning rates.
        lengths: of training sequences.
        train_examples: of a finite training set; None for an endless stream, or a whole data set.
        eval_lengths: lengths to test at.
        steps: updates, at most.
        batch_size: sequences an update.
        eval_every: updates between two looks at validation.
        eval_examples: sequences of validation, and of the test at each length.
        eval_piece: steps read at once when testing.
        early_stop: whether to stop when every lane has solved the task.
        precision: of matrix products.
        resolved: the configuration with every default filled in.
        runs: folder of all runs.
        checkpoint_seconds: longest time between two checkpoints.
    """

    experiment: str
    task_name: str
    model_name: str
    task: Task
    model: Model
    width: int
    match: Match | None
    optimizer: Optimizer
    lanes: tuple[Lane, ...]
    lengths: TrainingLengths
    train_examples: int | None
    eval_lengths: tuple[int, ...]
    steps: int
    batch_size: int
    eval_every: int
    eval_examples: int
    eval_piece: int
    early_stop: bool
    precision: Precision
    resolved: Mapping[str, Any]
    runs: Path
    checkpoint_seconds: float

    @property
    def identity(self) -> str:
        """8 hex digits of the resolved configuration, less what does not change the result."""
        kept = {key: value for key, value in self.resolved.items() if key not in OUTSIDE_IDENTITY}
        if "digest" in kept["task"]:  # what the data is counts, and not where it lies
            kept["task"] = {key: value for key, value in kept["task"].items() if key != "data"}
        return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:8]

    @property
    def name(self) -> str:
        """The run's name: task, model, identity."""
        return f"{self.task_name}-{self.model_name}-{self.identity}"

    @property
    def folder(self) -> Path:
        """Where the run keeps everything."""
        return self.runs / self.experiment / self.name


def make_run(config: DictConfig, choices: Mapping[str, str | None]) -> Run:
    """Checks a composed configuration and builds the run that it describes.

    Args:
        config: what Hydra composed, without its own `hydra` node.
        choices: the choice of each config group.

    Raises:
        ConfigurationError: a sentence that names the value, the reason and the remedy.
    """
    plain = _plain(config)
    experiment = _name("experiment", choices.get("experiment") or "adhoc")
    task_name, model_name = _name("task", choices["task"]), _name("model", choices["model"])
    task = make_task(plain["task"])
    if plain["data"] is not None and "data" not in plain["task"]:
        raise ConfigurationError(f"data is {plain['data']!r}, but {task_name} reads no file; choose task=table")
    try:
        return _make_run(plain, experiment, task_name, model_name, task)
    except DataError as error:
        raise ConfigurationError(f"{task_name}: {error}") from error


def _make_run(plain: Mapping[str, Any], experiment: str, task_name: str, model_name: str, task: Task) -> Run:
    if isinstance(task, RecordedTask):
        task.prepare()
        task_name = "_".join(word for word in (task_name, task.label) if word)
    optimizer = build("optimizer", plain["optimizer"], Optimizer)
    _check_held(plain, task)
    lengths = _training_lengths(plain, task)
    train_examples = _train_examples(plain, task, lengths)
    eval_lengths = _eval_lengths(plain["eval_lengths"], task, task_name)
    for length in lengths.span:
        _check_length("train_length", length, task, task_name)
    eval_examples = _eval_examples(plain, task)
    if isinstance(task, RecordedTask):
        _check_asked(task, task_name, lengths, eval_lengths, eval_examples)
    model, match, width = _model(plain, task)
    steps = read_count(plain, "steps")
    # In order: runs that differ only in the order of their seeds or rates share an identity, and so must their lanes.
    lanes = make_lanes(sorted(read_seeds(plain["seeds"])), sorted(read_learning_rates(plain["learning_rates"])))
    piece = plain["eval_piece"]
    eval_piece = max(lengths.longest, 64) if piece is None else read_count(plain, "eval_piece")
    checkpoint_seconds = plain["checkpoint_seconds"]
    if not is_number(checkpoint_seconds) or checkpoint_seconds < 0:
        raise ConfigurationError(f"checkpoint_seconds is {checkpoint_seconds!r}; it must be 0 or above")
    if not isinstance(plain["early_stop"], bool):
        raise ConfigurationError(f"early_stop is {plain['early_stop']!r}; it must be true or false")
    described = {"name": task_name} | plain["task"]
    if isinstance(task, RecordedTask):
        described["digest"] = task.digest()
    resolved = dict(plain) | {
        "task": described,
        "model": {"name": model_name} | plain["model"] | {"width": width},
        "budget": None if match is None else match.budget,
        "train_length": list(lengths.span),
        "eval_lengths": list(eval_lengths),
        "eval_piece": eval_piece,
        "seeds": sorted({lane.seed for lane in lanes}),
        "learning_rates": sorted({lane.learning_rate for lane in lanes}),
    }
    return Run(
        experiment=experiment,
        task_name=task_name,
        model_name=model_name,
        task=task,
        model=model,
        width=width,
        match=match,
        optimizer=optimizer,
        lanes=lanes,
        lengths=lengths,
        train_examples=train_examples,
        eval_lengths=eval_lengths,
        steps=steps,
        batch_size=read_count(plain, "batch_size"),
        eval_every=min(read_count(plain, "eval_every"), steps),
        eval_examples=eval_examples,
        eval_piece=eval_piece,
        early_stop=plain["early_stop"],
        precision=plain["precision"],
        resolved=resolved,
        runs=Path(str(plain["runs"])),
        checkpoint_seconds=float(checkpoint_seconds),
    )


def _plain(config: DictConfig) -> dict[str, Any]:
    """Returns the configuration as plain values, references resolved, its keys checked."""
    try:
        plain = cast(dict[str, Any], OmegaConf.to_container(config, resolve=True))
    except OmegaConfBaseException as error:
        raise ConfigurationError(str(error).splitlines()[0]) from error
    unknown, missing = sorted(plain.keys() - KEYS), sorted(KEYS - plain.keys())
    if unknown:
        raise ConfigurationError(f"there is no key {unknown[0]!r}; a run has: {', '.join(sorted(KEYS))}")
    if missing:
        raise ConfigurationError(f"{missing[0]} is missing; a run needs: {', '.join(sorted(KEYS))}")
    if not isinstance(plain["runs"], str) or not plain["runs"]:
        raise ConfigurationError(f"runs is {plain['runs']!r}; it must be the path of a folder")
    return plain


def _name(group: str, name: str | None) -> str:
    if name is None or not _NAME.fullmatch(name):
        raise ConfigurationError(f"{group}={name} is no name: names match [a-z][a-z0-9_]*, without folders")
    return name


def _span(value: Any, task: Task) -> tuple[int, int]:
    if value is None:
        return task.lengths.train
    lengths = read_whole_numbers("train_length", value, 1)
    if len(lengths) > 2 or lengths[0] > lengths[-1]:
        raise ConfigurationError(f"train_length is {value}; it must be one length, or [shortest,longest]")
    return lengths[0], lengths[-1]


def _training_lengths(plain: Mapping[str, Any], task: Task) -> TrainingLengths:
    shortest, longest = _span(plain["train_length"], task)
    distribution, curriculum = plain["length_distribution"], plain["curriculum"]
    if distribution not in get_args(LengthDistribution):
        raise ConfigurationError(
            f"length_distribution is {distribution!r}; choose {', '.join(get_args(LengthDistribution))}"
        )
    if not isinstance(curriculum, int) or isinstance(curriculum, bool) or curriculum < 0:
        raise ConfigurationError(f"curriculum is {curriculum!r}; it must be a whole number of updates, or 0 for none")
    if isinstance(task, RecordedTask):
        for key, default in (("length_distribution", "uniform"), ("curriculum", 0)):
            if plain[key] != default:
                raise ConfigurationError(f"{key} is {plain[key]}; sequences of a data set have their own lengths")
        if shortest != longest:
            raise ConfigurationError(
                f"train_length is [{shortest},{longest}]; for a data set it is one number, the steps to read at most"
            )
    lengths = TrainingLengths(task, shortest, longest, distribution, curriculum)
    if (distribution != "uniform" or curriculum) and len(lengths.possible) < 2:
        key = "curriculum" if curriculum else "length_distribution"
        raise ConfigurationError(
            f"{key} is {plain[key]}, but there is one training length; write train_length=[shortest,longest]"
        )
    return lengths


def _check_held(plain: Mapping[str, Any], task: Task) -> None:
    """Raises ConfigurationError for batches that no memory holds, before anybody tries."""
    trained, tested = plain["train_length"], plain["eval_lengths"]
    longest = {
        "batch_size": max(task.lengths.train if trained is None else read_whole_numbers("train_length", trained, 1)),
        "eval_examples": max(
            task.lengths.evaluation if tested is None else read_whole_numbers("eval_lengths", tested, 1)
        ),
    }
    for key, length in longest.items():
        if plain[key] is not None and read_count(plain, key) * length > HELD:
            raise ConfigurationError(
                f"{key} is {plain[key]}; at length {length} that is more than {HELD:,} steps at once"
            )


def _train_examples(plain: Mapping[str, Any], task: Task, lengths: TrainingLengths) -> int | None:
    if plain["train_examples"] is None and not isinstance(task, RecordedTask):
        return None
    whole = task.examples(Split.TRAINING) if isinstance(task, RecordedTask) else 0
    count = whole if plain["train_examples"] is None else read_count(plain, "train_examples")
    if isinstance(task, RecordedTask) and count > whole:
        raise ConfigurationError(f"train_examples is {count}; the training split has {whole}; null takes all of them")
    if lengths.curriculum:
        raise ConfigurationError(
            f"curriculum is {lengths.curriculum} and train_examples is {count}; a finite training set has fixed "
            "lengths: set one of the two to its default"
        )
    taken = read_count(plain, "steps") * read_count(plain, "batch_size")
    if taken >= 2**32 or count >= 2**30:
        raise ConfigurationError(
            f"train_examples is {count} and steps * batch_size is {taken}; a finite training set has fewer than 2**30 "
            "examples, and fewer than 2**32 are taken from it"
        )
    return count


def _eval_examples(plain: Mapping[str, Any], task: Task) -> int:
    if plain["eval_examples"] is None and isinstance(task, RecordedTask):
        return max(task.examples(Split.VALIDATION), task.examples(Split.TEST))
    return read_count(plain, "eval_examples")


def _check_asked(
    task: RecordedTask, task_name: str, lengths: TrainingLengths, eval_lengths: Sequence[int], eval_examples: int
) -> None:
    """Raises ConfigurationError where sequences of a data set, cut to a length, are asked nothing."""
    examiner = RecordedExaminer(task, eval_examples, lengths.longest, eval_lengths)
    looks = [
        ("train_length", Split.TRAINING, np.arange(task.examples(Split.TRAINING)), lengths.longest),
        ("train_length", Split.VALIDATION, examiner.chosen(Split.VALIDATION), lengths.longest),
        *(("eval_lengths", Split.TEST, examiner.chosen(Split.TEST), length) for length in eval_lengths),
    ]
    for key, split, indices, length in looks:
        if not task.asked_of(split, indices, length):
            raise ConfigurationError(
                f"{key}: the first {length} steps of the {len(indices)} {split.value} sequences of {task_name} hold no "
                "answer; read more steps, or ask more examples with eval_examples"
            )


def _eval_lengths(value: Any, task: Task, task_name: str) -> tuple[int, ...]:
    if value is None:
        return task.lengths.evaluation
    lengths = sorted(set(read_whole_numbers("eval_lengths", value, 1)))
    for length in lengths:
        _check_length("eval_lengths", length, task, task_name)
    return tuple(lengths)


def _check_length(key: str, length: int, task: Task, task_name: str) -> None:
    problem = task.problem(length)
    if problem is not None:
        raise ConfigurationError(f"{key}: {task_name} cannot have length {length}: {problem}")


def _model(plain: Mapping[str, Any], task: Task) -> tuple[Model, Match | None, int]:
    """Returns the model, how its width was solved (or None), and the width."""
    precision = plain["precision"]
    if precision not in get_args(Precision):
        raise ConfigurationError(f"precision is {precision!r}; choose {', '.join(get_args(Precision))}")
    architecture = cast(Architecture, build("model", plain["model"], Architecture))
    encoder: Literal["embedding", "linear"] = "embedding" if isinstance(task.inputs, Tokens) else "linear"
    by = plain["match"]
    if by is not None and by not in get_args(Matched):
        raise ConfigurationError(f"match is {by!r}; choose {', '.join(get_args(Matched))}, or null to match nothing")
    if by is None and plain["budget"] is not None:
        raise ConfigurationError(
            f"budget is {plain['budget']!r}, but match says not of what; choose match={'|'.join(get_args(Matched))}"
        )
    budget = None if plain["budget"] is None else read_count(plain, "budget")
    try:
        match = None
        if by is not None:
            match = solve_width(
                architecture, by, budget, encoder=encoder, inputs=task.inputs.count, outputs=task.output.count
            )
            architecture = replace(architecture, width=match.width)
        model = architecture.build(
            encoder=encoder, inputs=task.inputs.count, outputs=task.output.count, precision=precision
        )
    except ValueError as error:
        raise ConfigurationError(f"model: {error}") from error
    assert architecture.width is not None
    return model, match, architecture.width
