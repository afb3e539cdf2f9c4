"""From a file to a data set: read, gather, encode, answer, cut, split, standardise."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from jaxtyping import Int

from lrbench.data.limits import MOST_STEPS
from lrbench.data.recorded import DataError, Split
from lrbench.data.table.answers import Answers, choose_kind, next_steps, read_answers
from lrbench.data.table.dataset import Dataset
from lrbench.data.table.encoding import Encoded, encode
from lrbench.data.table.formats import read_source
from lrbench.data.table.profile import Profile, class_counts, count_copies
from lrbench.data.table.reading import Kind, Reading
from lrbench.data.table.roles import Roles, find_roles
from lrbench.data.table.scale import scale_of
from lrbench.data.table.sequences import Sequences, gather
from lrbench.data.table.source import listed, signature
from lrbench.data.table.split import split_examples


@dataclass(frozen=True)
class Opened:
    """A file that has been read.

    Attributes:
        dataset: its examples.
        kind: of answers; never "auto".
        profile: what stands in it.
        digest: 16 hex digits of the file's bytes and of how they are read.
    """

    dataset: Dataset
    kind: Kind
    profile: Profile
    digest: str


def open_table(reading: Reading) -> Opened:
    """Reads the file that a reading names.

    The runs of a sweep over one file share it in memory.

    Raises:
        DataError: what is wrong, where, and what to do.
    """
    if reading.data is None:
        raise DataError("no file is named; say which: data=FILE (CSV, Parquet, JSON lines or NPZ)")
    path = _expanded(reading.data)
    return _open(reading, path, signature(path))


def _expanded(data: str) -> Path:
    """The path, with a home folder in place of `~`."""
    try:
        return Path(data).expanduser()
    except RuntimeError as error:
        raise DataError(
            f"{data} begins in the home folder of somebody who has none here; write the whole path: data=/PATH/FILE"
        ) from error


@lru_cache(maxsize=2)
def _open(reading: Reading, path: Path, changed: tuple[int, int]) -> Opened:
    del changed  # a part of the key: a file that has changed is read again
    source, sha256 = read_source(path, reading.delimiter)
    roles = find_roles(source, reading)
    sequences = gather(source, roles, reading)
    kind = choose_kind(sequences, roles, reading)
    sequences, inputs = encode(sequences, reading)
    if not sequences.count:
        raise source.error("no sequence is left once what is missing is left out; say task.missing=forward")
    answers = next_steps(sequences, inputs) if kind == "next_step" else read_answers(sequences, roles, kind, reading)
    lengths, notes = _answerable(sequences, answers, kind, reading)
    dataset = _dataset(sequences, inputs, answers, lengths, reading)
    _require_something_to_learn(sequences, dataset, answers)
    missing = dict(inputs.missing)
    if kind != "next_step" and not answers.known.all():
        missing["the target"] = int(np.sum(~answers.known))
    duplicates, repeated = count_copies(dataset)
    profile = Profile(
        path=str(path),
        layout=_layout(roles),
        reads=_reads(inputs, reading),
        answers=_answers(roles, kind, answers),
        lengths=lengths[lengths > 0],
        longest=reading.longest,
        splits={split: len(members) for split, members in dataset.splits.items()},
        seed=reading.seed,
        classes=class_counts(dataset),
        missing=missing,
        duplicates=duplicates,
        repeated=repeated,
        notes=(*sequences.notes, *notes),
    )
    digest = hashlib.sha256(f"{sha256}\n{reading.options()}".encode()).hexdigest()[:16]
    return Opened(dataset, kind, profile, digest)


def _answerable(
    sequences: Sequences, answers: Answers, kind: Kind, reading: Reading
) -> tuple[Int[np.ndarray, " sequences"], list[str]]:
    """The steps of each sequence that the model could see, 0 for one that is left out, and what is left out."""
    lengths, notes = sequences.lengths.copy(), []
    if kind == "next_step":
        lengths -= 1  # the last step has no next one
        short = np.flatnonzero(lengths == 0)
        if len(short) and reading.missing == "error":
            raise sequences.error(
                "the sequence has one step, and so no next one; remove it, or say task.missing=drop to leave it out",
                _first_column(sequences),
                sequence=int(short[0]),
            )
    asked = answers.known
    if answers.by_step:
        seen = _places(sequences) < np.repeat(_cut(lengths, reading), sequences.lengths)
        asked = np.logical_or.reduceat(answers.known & seen, sequences.offsets[:-1])
    if not asked.all():
        notes.append(f"sequences without any answer, left out: {np.sum(~asked):,}")
        lengths[~asked] = 0
    if lengths.max() > MOST_STEPS and reading.longest is None:
        place = int(np.argmax(lengths))
        raise sequences.error(
            f"the sequence has {lengths[place]:,} steps, more than {MOST_STEPS:,}; cut the sequences with "
            "task.longest=STEPS, or divide them",
            _first_column(sequences),
            sequence=place,
        )
    if np.sum(lengths > 0) < 3:
        raise sequences.source.error(
            f"{np.sum(lengths > 0)} sequences can be asked; training, validation and test need at least one each, so 3"
        )
    return lengths, notes


def _cut(lengths: np.ndarray, reading: Reading) -> np.ndarray:
    return lengths if reading.longest is None else np.minimum(lengths, reading.longest)


def _places(sequences: Sequences) -> np.ndarray:
    """The place of every step in its sequence."""
    return np.arange(sequences.offsets[-1]) - np.repeat(sequences.offsets[:-1], sequences.lengths)


def _first_column(sequences: Sequences) -> str:
    return sequences.file_column(next(iter(sequences.inputs)))


def _dataset(sequences: Sequences, inputs: Encoded, answers: Answers, lengths: np.ndarray, reading: Reading) -> Dataset:
    """Cuts, splits and standardises."""
    cut = _cut(lengths, reading)
    steps, kept = _places(sequences) < np.repeat(cut, sequences.lengths), cut > 0
    cut = cut[kept]
    chosen = steps if answers.by_step else kept
    targets, known = answers.values[chosen], answers.known[chosen]
    splits = split_examples(len(cut), reading.validation, reading.test, reading.seed)
    training = np.zeros(len(cut), bool)
    training[splits[Split.TRAINING]] = True
    training_steps = np.repeat(training, cut)
    if not answers.classes:
        counted = known & (training_steps if answers.by_step else training)
        scale = scale_of(targets, counted)
        targets = _finite(sequences, answers.names, np.where(known[:, None], scale.apply(targets), 0.0))
    values = inputs.values[steps]
    if not inputs.symbols:
        scale = scale_of(values, training_steps)
        filled = np.where(np.isnan(values), scale.mean, values)
        standardised = filled if not reading.standardise else np.where(inputs.flags, filled, scale.apply(filled))
        values = _finite(sequences, inputs.names, standardised)
    return Dataset(
        inputs=values,
        starts=np.cumsum(cut) - cut,
        lengths=cut,
        targets=targets,
        known=known,
        by_step=answers.by_step,
        last=answers.last,
        splits=splits,
        input_names=inputs.names,
        output_names=answers.names,
    )


def _finite(sequences: Sequences, names: tuple[str, ...], values: np.ndarray) -> np.ndarray:
    """The values in float32, into which they must fit."""
    with np.errstate(over="ignore"):
        small = values.astype(np.float32)
    wrong = np.flatnonzero(~np.isfinite(small).all(axis=0))
    if len(wrong):
        raise sequences.source.error(
            "some numbers are too large for 32 bits beside those of the training split; mend them, or choose another "
            "task.seed",
            column=sequences.file_column(names[wrong[0]]),
        )
    return small


def _require_something_to_learn(sequences: Sequences, dataset: Dataset, answers: Answers) -> None:
    """Refuses answers that are always the same, and a test split that cannot tell knowing from guessing."""
    column = _first_column(sequences) if not sequences.targets else next(iter(sequences.targets))
    if len(np.unique(dataset.targets[dataset.known], axis=0)) < 2:
        only = repr(answers.names[int(dataset.targets[dataset.known][0])]) if answers.classes else "the same number"
        raise sequences.source.error(
            f"every answer is {only}, so there is nothing to learn; choose another task.target", column=column
        )
    guessed = dataset.guessed(dataset.longest)
    if guessed is None or guessed >= 1:
        reason = "holds no answer" if guessed is None else "has one answer only, the most frequent of training"
        raise sequences.source.error(
            f"the test split ({len(dataset.splits[Split.TEST])} of {len(dataset.lengths)} sequences) {reason}; choose "
            "another task.seed or a larger share task.test",
            column=column,
        )


def _layout(roles: Roles) -> str:
    if not roles.by_step:
        return "a row a sequence"
    return f"a row a step, sequences told apart by {roles.id!r}, in the order of " + (
        repr(roles.time) if roles.time else "the file"
    )


def _reads(inputs: Encoded, reading: Reading) -> str:
    if inputs.symbols:
        return f"{len(inputs.names):,} symbols: {listed(inputs.names)}"
    scaled = "standardised by the training split" if reading.standardise else "as they are (task.standardise=false)"
    count = "1 number" if len(inputs.names) == 1 else f"{len(inputs.names)} numbers"
    return f"{count} a step, {scaled}: {listed(inputs.names)}"


def _answers(roles: Roles, kind: Kind, answers: Answers) -> str:
    where = "at the last step" if answers.last else "at every step"
    if kind == "next_step":
        return "the next symbol, at every step" if answers.classes else "the next numbers, standardised, at every step"
    what = f"one of {len(answers.names):,} classes" if answers.classes else "standardised values"
    return f"{', '.join(roles.target)} {where}: {what} ({kind})"
