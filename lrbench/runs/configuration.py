"""From a composed configuration to a Run: everything checked, every default resolved, nothing written."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, is_dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast, get_args

import numpy as np
from hydra._internal.utils import _locate  # get_class and get_object are this with a log of every failure
from hydra.errors import InstantiationException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from lrbench.data import DataError, GeneratedTask, RecordedTask, Split, Task, Tokens, TrainingLengths
from lrbench.data.training_lengths import LengthDistribution
from lrbench.evaluation.questions import RecordedExaminer
from lrbench.models import Architecture, Match, Matched, Model, Precision, solve_width
from lrbench.plugins.choices import is_built_in, plugin_of
from lrbench.plugins.discovery import described, first_line
from lrbench.runs.errors import ConfigurationError
from lrbench.runs.fields import check_fields
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

#: The only code that a configuration may name, besides that of installed plugins.
TRUSTED = "lrbench."

#: The greatest count: JAX counts in 32 bits.
_MOST = 2**31 - 1
#: The greatest length, and the most steps of all sequences that are held at once.
_LONGEST, _HELD = 2**24, 2**31

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
    optimizer = _build("optimizer", plain["optimizer"], Optimizer)
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
    steps = _count(plain, "steps")
    # In order: runs that differ only in the order of their seeds or rates share an identity, and so must their lanes.
    lanes = make_lanes(sorted(_seeds(plain["seeds"])), sorted(_learning_rates(plain["learning_rates"])))
    piece = plain["eval_piece"]
    eval_piece = max(lengths.longest, 64) if piece is None else _count(plain, "eval_piece")
    checkpoint_seconds = plain["checkpoint_seconds"]
    if not _is_number(checkpoint_seconds) or checkpoint_seconds < 0:
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
        batch_size=_count(plain, "batch_size"),
        eval_every=min(_count(plain, "eval_every"), steps),
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


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _count(plain: Mapping[str, Any], key: str) -> int:
    value = plain[key]
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _MOST:
        raise ConfigurationError(f"{key} is {value!r}; it must be a whole number from 1 to {_MOST:,}")
    return value


def _whole_numbers(key: str, value: Any, least: int, most: int = _LONGEST) -> list[int]:
    values = value if isinstance(value, list) else [value]
    if not values or not all(isinstance(one, int) and not isinstance(one, bool) and one >= least for one in values):
        raise ConfigurationError(f"{key} is {value!r}; it must be whole numbers of at least {least}, as 64 or [64,128]")
    if max(values) > most:
        raise ConfigurationError(f"{key} is {value!r}; it must be at most {most:,}")
    return values


def _span(value: Any, task: Task) -> tuple[int, int]:
    if value is None:
        return task.lengths.train
    lengths = _whole_numbers("train_length", value, 1)
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
        "batch_size": max(task.lengths.train if trained is None else _whole_numbers("train_length", trained, 1)),
        "eval_examples": max(task.lengths.evaluation if tested is None else _whole_numbers("eval_lengths", tested, 1)),
    }
    for key, length in longest.items():
        if plain[key] is not None and _count(plain, key) * length > _HELD:
            raise ConfigurationError(
                f"{key} is {plain[key]}; at length {length} that is more than {_HELD:,} steps at once"
            )


def _train_examples(plain: Mapping[str, Any], task: Task, lengths: TrainingLengths) -> int | None:
    if plain["train_examples"] is None and not isinstance(task, RecordedTask):
        return None
    whole = task.examples(Split.TRAINING) if isinstance(task, RecordedTask) else 0
    count = whole if plain["train_examples"] is None else _count(plain, "train_examples")
    if isinstance(task, RecordedTask) and count > whole:
        raise ConfigurationError(f"train_examples is {count}; the training split has {whole}; null takes all of them")
    if lengths.curriculum:
        raise ConfigurationError(
            f"curriculum is {lengths.curriculum} and train_examples is {count}; a finite training set has fixed "
            "lengths: set one of the two to its default"
        )
    taken = _count(plain, "steps") * _count(plain, "batch_size")
    if taken >= 2**32 or count >= 2**30:
        raise ConfigurationError(
            f"train_examples is {count} and steps * batch_size is {taken}; a finite training set has fewer than 2**30 "
            "examples, and fewer than 2**32 are taken from it"
        )
    return count


def _eval_examples(plain: Mapping[str, Any], task: Task) -> int:
    if plain["eval_examples"] is None and isinstance(task, RecordedTask):
        return max(task.examples(Split.VALIDATION), task.examples(Split.TEST))
    return _count(plain, "eval_examples")


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
    lengths = sorted(set(_whole_numbers("eval_lengths", value, 1)))
    for length in lengths:
        _check_length("eval_lengths", length, task, task_name)
    return tuple(lengths)


def _check_length(key: str, length: int, task: Task, task_name: str) -> None:
    problem = task.problem(length)
    if problem is not None:
        raise ConfigurationError(f"{key}: {task_name} cannot have length {length}: {problem}")


def _seeds(value: Any) -> Sequence[int]:
    if isinstance(value, list):
        seeds = _whole_numbers("seeds", value, 0, most=2**64)
        if len(set(seeds)) < len(seeds):
            raise ConfigurationError(f"seeds is {value}; a seed stands there twice, and would count twice")
        if max(seeds) >= 2**32:
            raise ConfigurationError(f"seeds is {value}; a seed is below 2**32")
        return seeds
    return range(_whole_numbers("seeds", value, 1)[0])


def _learning_rates(value: Any) -> Sequence[float]:
    rates = value if isinstance(value, list) else [value]
    if not rates or not all(_is_number(rate) and rate > 0 for rate in rates) or len(set(rates)) < len(rates):
        raise ConfigurationError(f"learning_rates is {value!r}; it must be different numbers above 0, as [0.001,0.003]")
    return [float(rate) for rate in rates]


def _targets(node: Any) -> list[str]:
    """Returns everything that instantiating a node would call."""
    if isinstance(node, Mapping):
        own = [str(node["_target_"])] if "_target_" in node else []
        return own + [target for value in node.values() for target in _targets(value)]
    if isinstance(node, list):
        return [target for value in node for target in _targets(value)]
    return []


def make_task(node: Any) -> Task:
    """Builds a task from its configuration.

    Raises:
        ConfigurationError: a value that does not fit, or code that may not be called.
    """
    task = _build("task", node, Task)
    if not isinstance(task, GeneratedTask | RecordedTask):
        raise ConfigurationError(
            f"task._target_ is {node['_target_']!r}, which is neither a GeneratedTask nor a RecordedTask"
        )
    if not is_built_in(type(task).__module__):
        _require_usable(task, node)
    return task


def _require_usable(task: Task, node: Mapping[str, Any]) -> None:
    """Raises ConfigurationError for a task from outside that could not even be trained on."""
    from lrbench.contract import basic_failure

    failure = basic_failure(task)
    if failure is not None:
        raise ConfigurationError(f"task._target_ is {node['_target_']!r}{_brought_by(node)}; it is broken: {failure}")


def _build(group: str, node: Any, kind: type) -> Any:
    """Calls the constructor that a config group names, after checking that it may be called and that its values fit."""
    if not isinstance(node, Mapping) or "_target_" not in node:
        raise ConfigurationError(f"{group} has no _target_; choose a {group} with {group}=NAME")
    for target in _targets(node):
        if not _is_trusted(target):
            raise ConfigurationError(
                f"{group}._target_ is {target!r}; only classes of lrbench and of installed plugins may be called, "
                "for safety"
            )
    try:
        constructor = _locate(str(node["_target_"]))
    except Exception as error:
        raise ConfigurationError(
            f"{group}._target_ is {node['_target_']!r}{_brought_by(node)}, which is no class: {_root(error)}"
        ) from error
    named = f"{group}._target_ is {node['_target_']!r}{_brought_by(node)}"
    if not isinstance(constructor, type):
        raise ConfigurationError(f"{named}, which is no class")
    if not issubclass(constructor, kind):
        raise ConfigurationError(f"{named}, which is no {kind.__name__}")
    if not is_dataclass(constructor):
        raise ConfigurationError(f"{named}, which is no dataclass; write @dataclass(frozen=True) above it")
    try:
        check_fields(group, constructor, node)
    except ConfigurationError as error:
        plugin = plugin_of(str(node["_target_"]))
        if plugin is None:
            raise
        raise ConfigurationError(f"{described(plugin.package, plugin.distribution)}: {error}") from error
    except NameError as error:
        raise ConfigurationError(f"{named}, whose fields have a type that does not exist: {error}") from error
    try:
        built = instantiate(node)
    except InstantiationException as error:
        reason = error.__cause__ or error
        raise ConfigurationError(f"{group}{_brought_by(node)}: {first_line(reason)}") from error
    if not isinstance(built, kind):
        raise ConfigurationError(f"{group} is a {type(built).__name__} and no {kind.__name__}; leave out _partial_")
    return built


def _is_trusted(target: str) -> bool:
    """Whether a target is a class that lrbench or a plugin itself defines: their modules also hold what they import."""
    if not _is_known(target):
        return False
    try:
        found = _locate(target)
    except Exception:
        # Nothing that could be called; what is wrong with it is said where it is looked up.
        return True
    return isinstance(found, type) and _is_known(found.__module__)


def _is_known(dotted: str) -> bool:
    return dotted.startswith(TRUSTED) or plugin_of(dotted) is not None


def _brought_by(node: Mapping[str, Any]) -> str:
    plugin = plugin_of(str(node["_target_"]))
    return "" if plugin is None else f" of {described(plugin.package, plugin.distribution)}"


def _root(error: BaseException) -> str:
    """What an import failed with in the first place."""
    while error.__cause__ is not None:
        error = error.__cause__
    return f"{type(error).__name__}: {first_line(error)}"


def _model(plain: Mapping[str, Any], task: Task) -> tuple[Model, Match | None, int]:
    """Returns the model, how its width was solved (or None), and the width."""
    precision = plain["precision"]
    if precision not in get_args(Precision):
        raise ConfigurationError(f"precision is {precision!r}; choose {', '.join(get_args(Precision))}")
    architecture = cast(Architecture, _build("model", plain["model"], Architecture))
    encoder: Literal["embedding", "linear"] = "embedding" if isinstance(task.inputs, Tokens) else "linear"
    by = plain["match"]
    if by is not None and by not in get_args(Matched):
        raise ConfigurationError(f"match is {by!r}; choose {', '.join(get_args(Matched))}, or null to match nothing")
    if by is None and plain["budget"] is not None:
        raise ConfigurationError(
            f"budget is {plain['budget']!r}, but match says not of what; choose match={'|'.join(get_args(Matched))}"
        )
    budget = None if plain["budget"] is None else _count(plain, "budget")
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
