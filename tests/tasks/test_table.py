"""One's own sequences: whatever the format and the layout, what was written is what is fetched."""

import inspect
import json
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import hypothesis.strategies as st
import numpy as np
import polars as pl
import pytest
import yaml
from hypothesis import given, settings
from lrbench.tasks.table import Table
from omegaconf import OmegaConf

from lrbench.contract import POINTS, look
from lrbench.data import Classes, DataError, Features, Split, Tokens, Values
from lrbench.data.table import visible
from lrbench.runs.construction import make_task
from lrbench.runs.sweep import task_config


@dataclass(frozen=True)
class Written:
    """What a test wrote: sequences of steps, each a symbol or a tuple of numbers, and their targets."""

    steps: Sequence[Sequence[Any]]
    targets: Sequence[Any] | None = None

    @property
    def wide(self) -> bool:
        return isinstance(self.steps[0][0], tuple)

    @property
    def every(self) -> bool:
        return self.targets is not None and isinstance(self.targets[0], list)


def write_steps(path: Path, data: Written) -> None:
    """A row a step, the rows shuffled: the column `step` puts them in order."""
    rows = []
    for number, steps in enumerate(data.steps):
        for place, step in enumerate(steps):
            row = {"id": f"s{number}", "step": place}
            row |= {f"x{i}": one for i, one in enumerate(step)} if data.wide else {"x": step}
            if data.targets is not None:
                row["label"] = data.targets[number][place] if data.every else data.targets[number]
            rows.append(row)
    order = np.random.default_rng(1).permutation(len(rows))
    frame = pl.DataFrame([rows[place] for place in order], infer_schema_length=None)
    match path.suffix:
        case ".csv":
            frame.write_csv(path)
        case ".parquet":
            frame.write_parquet(path)
        case ".jsonl":
            frame.write_ndjson(path)
        case ".npz":
            np.savez(path, **{name: frame[name].to_numpy().astype(_plain(frame[name])) for name in frame.columns})


def _plain(cells: pl.Series) -> Any:
    return str if cells.dtype == pl.String else cells.to_numpy().dtype


def write_sequences(path: Path, data: Written) -> None:
    """A row a sequence."""
    if path.suffix == ".csv":
        columns: dict[str, list[Any]] = {}
        if data.wide:
            for i in range(len(data.steps[0][0])):
                columns[f"x{i}"] = [" ".join(str(step[i]) for step in steps) for steps in data.steps]
        else:
            columns["sequence"] = [",".join(str(step) for step in steps) for steps in data.steps]
        if data.targets is not None:
            columns["label"] = [
                " ".join(str(one) for one in target) if data.every else target for target in data.targets
            ]
        pl.DataFrame(columns).write_csv(path)
        return
    steps = [[list(step) if data.wide else step for step in steps] for steps in data.steps]
    rows = {"sequence": steps} | ({} if data.targets is None else {"label": list(data.targets)})
    if path.suffix == ".jsonl":
        lines = [json.dumps(dict(zip(rows, row, strict=True))) for row in zip(*rows.values(), strict=True)]
        path.write_text("\n".join(lines) + "\n")
    elif path.suffix == ".parquet":
        pl.DataFrame(rows).write_parquet(path)
    else:
        lengths = np.asarray([len(one) for one in steps])
        arrays = {"sequence": _padded(steps), "lengths": lengths}
        if data.targets is not None:
            arrays["label"] = _padded(list(data.targets)) if data.every else np.asarray(data.targets)
        np.savez(path, **arrays)


def _padded(rows: list[Any]) -> np.ndarray:
    longest = max(len(row) for row in rows)
    return np.asarray([list(row) + [row[-1]] * (longest - len(row)) for row in rows])


def read_back(task: Table, length: int | None = None) -> list[tuple[list[Any], list[Any], list[bool]]]:
    """Every sequence of every part, in names and numbers: inputs, targets, mask, without padding."""
    length = task.lengths.train[1] if length is None else length
    size = length + 2
    found = []
    for split in Split:
        count = task.examples(split)
        example, lengths = task.fetch(split, np.arange(count), length, size)
        assert example.mask.shape == (count, size)
        assert not example.mask[np.arange(size) >= lengths[:, None]].any()
        assert not example.inputs[np.arange(size) >= lengths[:, None]].any()
        for inputs, targets, mask, steps in zip(*example, lengths.tolist(), strict=True):
            named = [task.input_name(one) for one in inputs.tolist()] if inputs.ndim == 1 else inputs.tolist()
            told = [task.output_name(one) for one in targets.tolist()] if targets.ndim == 1 else targets.tolist()
            found.append((named[:steps], told[:steps], mask[:steps].tolist()))
    return found


def expected(data: Written) -> list[tuple[list[Any], list[Any], list[bool]]]:
    """What the definition says of classes and of symbols that come next, in plain Python."""
    answers = []
    for number, steps in enumerate(data.steps):
        seen = [[float(np.float32(one)) for one in step] if data.wide else str(step) for step in steps]
        if data.targets is None:
            answers.append((seen[:-1], seen[1:], [True] * (len(seen) - 1)))
        elif data.every:
            answers.append((seen, [str(one) for one in data.targets[number]], [True] * len(seen)))
        else:
            answers.append((seen, [str(data.targets[number])] * len(seen), [False] * (len(seen) - 1) + [True]))
    return answers


def told(found: list[tuple[list[Any], list[Any], list[bool]]]) -> list[str]:
    """Comparable, whatever the order: where a step does not count, its target may be anything."""
    return sorted(
        str((inputs, [one if here else None for one, here in zip(targets, mask, strict=True)]))
        for inputs, targets, mask in found
    )


RANDOM = np.random.default_rng(0)
LENGTHS = RANDOM.integers(2, 9, 40).tolist()
WORDS = Written([RANDOM.choice(["ab", "c", "Ünï"], length).tolist() for length in LENGTHS])
LABELLED = Written(WORDS.steps, RANDOM.choice(["no", "yes"], len(LENGTHS)).tolist())
TAGGED = Written(WORDS.steps, [RANDOM.choice(["N", "V"], length).tolist() for length in LENGTHS])
PAIRS = Written(
    [[tuple(pair) for pair in RANDOM.normal(size=(length, 2)).round(3).tolist()] for length in LENGTHS],
    LABELLED.targets,
)
TAGGED_PAIRS = Written(PAIRS.steps, TAGGED.targets)
WHOLE = Written([RANDOM.integers(0, 12, length).tolist() for length in LENGTHS], RANDOM.integers(3, 6, 40).tolist())


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl", "npz"])
@pytest.mark.parametrize("write", [write_steps, write_sequences])
@pytest.mark.parametrize(
    "data",
    [WORDS, LABELLED, TAGGED, PAIRS, TAGGED_PAIRS, WHOLE],
    ids=["words", "labelled", "tagged", "pairs", "tagged_pairs", "whole"],
)
def test_what_is_written_is_fetched(tmp_path: Path, ending: str, write: Any, data: Written) -> None:
    path = tmp_path / f"data.{ending}"
    write(path, data)
    fields: dict[str, Any] = {"encoding": "symbols"} if data is WHOLE else {"standardise": False}
    if write is write_sequences and data.wide and ending == "csv":
        fields |= {"columns": ["x0", "x1"], "layout": "sequences"}
    task = Table(data=str(path), **fields)
    assert told(read_back(task)) == told(expected(data))
    assert isinstance(task.output, Classes)
    assert task.inputs == (Features(2) if data.wide else Tokens(len({one for steps in data.steps for one in steps})))
    assert sum(task.examples(split) for split in Split) == len(data.steps)
    longest = max(LENGTHS) - (data.targets is None)
    assert task.lengths.train == (longest, longest)
    assert task.lengths.evaluation[-1] == longest


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl", "npz"])
@pytest.mark.parametrize("every", [False, True])
def test_regression_is_standardised_by_the_training_split(tmp_path: Path, ending: str, every: bool) -> None:
    random = np.random.default_rng(2)
    targets = [(3 + 50 * random.normal(size=n if every else 1)).tolist() for n in LENGTHS]
    data = Written(PAIRS.steps, targets if every else [one[0] for one in targets])
    path = tmp_path / f"data.{ending}"
    write_steps(path, data)
    task = Table(data=str(path), kind="regression")
    assert task.output == Values(1, 0.1)
    assert task.score == "fit"
    whole = task.lengths.train[1]
    example, lengths = task.fetch(Split.TRAINING, np.arange(task.examples(Split.TRAINING)), whole, whole)
    inside = np.arange(whole) < lengths[:, None]
    assert np.array_equal(example.mask, inside if every else np.arange(whole) == lengths[:, None] - 1)
    asked = example.targets[example.mask]
    np.testing.assert_allclose([asked.mean(), asked.std()], [0, 1], atol=1e-5)
    np.testing.assert_allclose(example.inputs[inside].mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(example.inputs[inside].std(axis=0), 1, atol=1e-5)
    # The scale is that of the whole file: every pair of sequences keeps its ratio of differences.
    everything = np.concatenate([np.ravel(one) for one in (targets if every else [[one[0]] for one in targets])])
    fetched = np.concatenate(
        [
            part.targets[part.mask].ravel()
            for part in (task.fetch(split, np.arange(task.examples(split)), whole, whole).example for split in Split)
        ]
    )
    line = np.polyfit(np.sort(everything), np.sort(fetched), 1)
    np.testing.assert_allclose(np.polyval(line, np.sort(everything)), np.sort(fetched), atol=1e-4)
    assert 0 <= task.chance(whole) < 0.9


def test_next_values(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    write_sequences(path, Written(PAIRS.steps))
    task = Table(data=str(path))
    assert task.output == Values(2, 0.1)
    assert [task.output_name(place) for place in range(2)] == ["next_sequence[0]", "next_sequence[1]"]
    for inputs, targets, mask in read_back(task):
        assert all(mask)
        line = np.asarray(inputs[1:])
        np.testing.assert_array_less(np.abs(line - np.asarray(targets[:-1])), 0.2)  # the two scales differ a little


def read_unless_refused(task: Table, *reasons: str) -> list[tuple[list[Any], list[Any], list[bool]]] | None:
    """Every sequence, or None where the data holds too little, for one of these reasons."""
    try:
        task.prepare()
    except DataError as error:
        if not any(reason in str(error) for reason in reasons):
            raise
        return None
    return read_back(task)


@settings(max_examples=40, deadline=None)
@given(
    words=st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=3),
            min_size=2,
            max_size=6,
        ),
        min_size=8,
        max_size=20,
    ),
    ending=st.sampled_from(["jsonl", "parquet", "csv"]),
    seed=st.integers(0, 2**32 - 1),
    shares=st.tuples(st.floats(0.01, 0.49), st.floats(0.01, 0.49)),
)
def test_any_words_round_trip(words: list[list[str]], ending: str, seed: int, shares: tuple[float, float]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"data.{ending}"
        frame = [
            {"id": number, "order": place, "symbol": word}
            for number, steps in enumerate(words)
            for place, word in enumerate(steps)
        ]
        table = pl.DataFrame(frame)
        {"csv": table.write_csv, "parquet": table.write_parquet, "jsonl": table.write_ndjson}[ending](path)
        fields: dict[str, Any] = {"columns": "symbol", "time": "order", "encoding": "symbols", "seed": seed}
        task = Table(data=str(path), validation=shares[0], test=shares[1], **fields)
        found = read_unless_refused(task, "nothing to learn", "the test split")
        if found is None:
            return
        assert told(found) == told(expected(Written(words)))
        counts = {split: task.examples(split) for split in Split}
        assert min(counts.values()) >= 1
        assert abs(counts[Split.TEST] - shares[1] * len(words)) <= 1
        again = Table(data=str(path), validation=shares[0], test=shares[1], **fields)
        assert again.digest() == task.digest()
        np.testing.assert_array_equal(
            again.fetch(Split.TEST, np.zeros(1, int), 3, 3).example.inputs,
            task.fetch(Split.TEST, np.zeros(1, int), 3, 3).example.inputs,
        )


@settings(max_examples=30, deadline=None)
@given(
    numbers=st.lists(
        st.lists(st.tuples(*[st.none() | st.floats(-1e6, 1e6, width=32)] * 2), min_size=1, max_size=5),
        min_size=6,
        max_size=12,
    ),
    policy=st.sampled_from(["drop", "forward", "indicator"]),
    ending=st.sampled_from(["csv", "parquet", "jsonl"]),
)
def test_missing_values_are_handled_as_said(
    numbers: list[list[tuple[float | None, float | None]]], policy: Any, ending: str
) -> None:
    labels = [place % 2 for place in range(len(numbers))]
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"data.{ending}"
        rows = [
            {"id": number, "step": place, "n": number, "x": pair[0], "y": pair[1], "label": labels[number]}
            for number, steps in enumerate(numbers)
            for place, pair in enumerate(steps)
        ]
        table = pl.DataFrame(rows, schema={"id": int, "step": int, "n": int, "x": float, "y": float, "label": int})
        {"csv": table.write_csv, "parquet": table.write_parquet, "jsonl": table.write_ndjson}[ending](path)
        task = Table(data=str(path), missing=policy, standardise=False, columns=("n", "x", "y"), test=0.4)
        reasons = ("can be asked", "no sequence is left", "nothing to learn", "the test split", "no value")
        found = read_unless_refused(task, *reasons)
        if found is None:
            return
    lacking = [sum(pair[place] is None for steps in numbers for pair in steps) for place in (0, 1)]
    wanted = []
    for number, steps in enumerate(numbers):
        kept: list[list[Any]] = []
        for pair in steps:
            if policy == "drop" and None in pair:
                continue
            before = kept[-1] if kept else [number, None, None]
            values: list[Any] = [
                one if one is not None else before[place] if policy == "forward" else None
                for place, one in enumerate((number, *pair))
            ]
            if policy == "indicator":
                values += [float(pair[place] is None) for place in (0, 1) if lacking[place]]
            kept.append(values)
        if kept:
            wanted.append(kept)
    by_number = {int(inputs[0][0]): (inputs, targets[-1]) for inputs, targets, _ in found}
    assert len(by_number) == len(found) == len(wanted)
    # What stays unknown is the training split's mean, one number a column; every other number is as it was written.
    means: dict[int, set[float]] = {1: set(), 2: set()}
    for kept in wanted:
        inputs, label = by_number[kept[0][0]]
        assert label == str(labels[kept[0][0]])
        assert len(inputs) == len(kept)
        for step, values in zip(inputs, kept, strict=True):
            for place, (one, other) in enumerate(zip(step, values, strict=True)):
                if other is None:
                    means[place].add(one)
                else:
                    assert one == np.float32(other)
    assert all(len(some) <= 1 for some in means.values())


def test_no_sequence_stands_in_two_parts(tmp_path: Path) -> None:
    """Every sequence has a symbol of its own."""
    path = tmp_path / "data.csv"
    path.write_text("sequence,label\n" + "".join(f"s{n} s{n},{n % 2}\n" for n in range(200)))
    parts = {}
    for seed in (0, 1):
        task = Table(data=str(path), seed=seed)
        parts[seed] = {
            split: frozenset(task.fetch(split, np.arange(task.examples(split)), 2, 2).example.inputs[:, 0].tolist())
            for split in Split
        }
        assert sum(len(part) for part in parts[seed].values()) == 200
        assert len(frozenset.union(*parts[seed].values())) == 200
        assert [len(part) for part in parts[seed].values()] == [140, 20, 40]
    assert parts[0] != parts[1]
    assert Table(data=str(path), seed=0).digest() != Table(data=str(path), seed=1).digest()


def small(tmp_path: Path) -> Path:
    path = tmp_path / "data.jsonl"
    write_sequences(path, LABELLED)
    return path


def test_a_length_reads_the_first_steps_and_asks_at_the_last_of_them(tmp_path: Path) -> None:
    task = Table(data=str(small(tmp_path)))
    whole = task.lengths.train[1]
    everything = task.fetch(Split.TRAINING, np.arange(28), whole, whole)
    for length in (1, 3, whole + 5):
        cut = task.fetch(Split.TRAINING, np.arange(28), length, whole + 5)
        assert np.array_equal(cut.lengths, np.minimum(everything.lengths, length))
        for place, steps in enumerate(cut.lengths.tolist()):
            assert np.array_equal(cut.example.inputs[place, :steps], everything.example.inputs[place, :steps])
            assert np.flatnonzero(cut.example.mask[place]).tolist() == [steps - 1]
            last = everything.lengths[place] - 1
            assert cut.example.targets[place, steps - 1] == everything.example.targets[place, last]


def test_examples_come_in_the_order_asked_for_and_twice_if_asked_for_twice(tmp_path: Path) -> None:
    task = Table(data=str(small(tmp_path)))
    one = task.fetch(Split.TRAINING, np.arange(28), 8, 8).example
    indices = np.asarray([5, 0, 5, 27])
    other = task.fetch(Split.TRAINING, indices, 8, 8).example
    for leaf, again in zip(one, other, strict=True):
        assert np.array_equal(leaf[indices], again)
    nothing = task.fetch(Split.TRAINING, np.zeros(0, int), 8, 8)
    assert nothing.example.inputs.shape == (0, 8)
    for wrong in (-1, 28):
        with pytest.raises(ValueError, match="has the examples 0 to 27"):
            task.fetch(Split.TRAINING, np.asarray([wrong]), 8, 8)
    with pytest.raises(ValueError, match="fits into the size"):
        task.fetch(Split.TRAINING, indices, 8, 7)


def test_longest_keeps_the_first_steps_and_the_target_of_the_whole(tmp_path: Path) -> None:
    path = small(tmp_path)
    whole, cut = Table(data=str(path)), Table(data=str(path), longest=3)
    assert cut.lengths.train == (3, 3)
    indices = np.arange(28)
    one, other = whole.fetch(Split.TRAINING, indices, 3, 3), cut.fetch(Split.TRAINING, indices, 8, 8)
    for leaf, again in zip(one.example, other.example, strict=True):
        assert np.array_equal(leaf, again[:, :3])
    assert any("cut at 3 steps" in line for line in cut.describe())
    following = tmp_path / "next.jsonl"
    write_sequences(following, WORDS)
    task = Table(data=str(following), longest=3)
    assert told(read_back(task)) == told([tuple(part[:3] for part in one) for one in expected(WORDS)])  # type: ignore[misc]


@pytest.mark.parametrize(
    ("data", "fields"),
    [(LABELLED, {}), (TAGGED, {}), (LABELLED, {"asked": "every"}), (WORDS, {}), (WORDS, {"longest": 4})],
)
def test_chance_is_the_score_of_the_most_frequent_answer(tmp_path: Path, data: Written, fields: dict[str, Any]) -> None:
    path = tmp_path / "data.jsonl"
    write_sequences(path, data)
    task = Table(data=str(path), test=0.4, **fields)
    whole = task.lengths.train[1]
    training = task.fetch(Split.TRAINING, np.arange(task.examples(Split.TRAINING)), whole, whole).example
    guess = int(np.argmax(np.bincount(training.targets[training.mask])))
    for length in (1, 2, whole):
        example = task.fetch(Split.TEST, np.arange(task.examples(Split.TEST)), length, length).example
        assert task.chance(length) == pytest.approx(np.mean(example.targets[example.mask] == guess))


def test_fit_of_the_mean_is_chance(tmp_path: Path) -> None:
    path = tmp_path / "data.parquet"
    write_sequences(path, Written(PAIRS.steps))
    task = Table(data=str(path), test=0.4)
    example, _ = task.fetch(Split.TEST, np.arange(task.examples(Split.TEST)), 8, 8)
    assert task.chance(8) == pytest.approx(max(0.0, 1 - np.mean(np.square(example.targets[example.mask]))), abs=1e-6)


def test_lengths_at_which_nothing_can_be_told_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("sequence\n" + "".join(f"aaaa{'bc'[n % 2]}\n" for n in range(30)))
    task = Table(data=str(path))
    assert task.problem(1) is not None
    assert "at least 4 steps" in str(task.problem(1))
    assert [task.problem(length) is None for length in (3, 4, 5)] == [False, True, False]
    assert task.lengths.evaluation == (4,)
    for length in (0, -1):
        assert "at least 1 step" in str(task.problem(length))
    assert [task.lag(length) for length in (2, 4, 100)] == [1, 3, 3]


@pytest.mark.parametrize("longest", [None, 4])
def test_lengths_behind_the_longest_sequence_are_refused(tmp_path: Path, longest: int | None) -> None:
    task = Table(data=str(small(tmp_path)), longest=longest)
    most = longest or max(LENGTHS)
    assert task.problem(most) is None
    for length in (most + 1, 3_000_000_000):
        assert task.problem(length) == f"the longest sequence has {most} steps; choose at most that many"


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        (LABELLED, {}),
        (TAGGED, {}),
        (LABELLED, {"asked": "every"}),
        (WORDS, {}),
        (PAIRS, {}),
        (Written(PAIRS.steps), {}),
        (Written(WORDS.steps, [None if n % 5 == 0 else "no yes"[3 * (n % 2) :][:3] for n in range(40)]), {}),
        (
            Written(WORDS.steps, [[None if t % 3 else "NV"[t % 2] for t in range(length)] for length in LENGTHS]),
            {"asked": "every"},
        ),
    ],
)
def test_every_split_is_asked_and_has_its_own_chance(tmp_path: Path, data: Written, fields: dict[str, Any]) -> None:
    path = tmp_path / "data.jsonl"
    write_sequences(path, data)
    task = Table(data=str(path), test=0.4, validation=0.3, missing="drop", **fields)
    whole = task.lengths.train[1]
    classes = isinstance(task.output, Classes)
    training = task.fetch(Split.TRAINING, np.arange(task.examples(Split.TRAINING)), whole, whole).example
    answers = training.targets[training.mask]
    guess = np.argmax(np.bincount(answers)) if classes else answers.astype(np.float64).mean(axis=0)
    for split in Split:
        for length in (1, 2, whole):
            example = task.fetch(split, np.arange(task.examples(split)), length, length + 1).example
            for chosen in (np.arange(task.examples(split)), np.asarray([2, 0, 2]), np.zeros(0, int)):
                assert task.asked_of(split, chosen, length) == int(np.sum(example.mask[chosen]))
            right = example.targets[example.mask]
            scores = right == guess if classes else 1 - np.square(right.astype(np.float64) - guess)
            assert task.chance_of(split, length) == pytest.approx(max(0.0, float(np.mean(scores))), abs=1e-6)
    assert task.chance_of(Split.TEST, whole) == task.chance(whole)
    with pytest.raises(ValueError, match="has the examples 0 to"):
        task.asked_of(Split.TEST, np.asarray([-1]), whole)
    with pytest.raises(ValueError, match="length=0"):
        task.asked_of(Split.TEST, np.asarray([0]), 0)


def test_what_is_asked_is_counted_without_padding(tmp_path: Path) -> None:
    task = Table(data=str(small(tmp_path)), asked="every")
    count = task.examples(Split.TRAINING)
    assert task.asked_of(Split.TRAINING, np.arange(count), 2**60) == task.asked_of(Split.TRAINING, np.arange(count), 99)


@pytest.mark.parametrize(
    ("data", "label"),
    [
        ("My Data.csv", "my_data"),
        ("folder/walks-2.final.parquet", "walks_2_final"),
        ("Größe_É.jsonl", "grosse_e"),
        ("__a__.npz", "a"),
        ("数据.csv", ""),
        (None, ""),
    ],
)
def test_label_is_the_name_of_the_file(data: str | None, label: str) -> None:
    """It is there before the file is."""
    assert Table(data=data).label == label


def test_digest_follows_bytes_and_options_but_not_the_name(tmp_path: Path) -> None:
    path = small(tmp_path)
    first = Table(data=str(path)).digest()
    assert len(first) == 16
    assert int(first, 16) >= 0
    copied = tmp_path / "other.jsonl"
    copied.write_bytes(path.read_bytes())
    assert Table(data=str(copied)).digest() == first
    assert Table(data=str(path), test=0.3).digest() != first
    path.write_text(path.read_text() + '{"sequence": ["c"], "label": "no"}\n')
    assert Table(data=str(path)).digest() != first, "a file that changed is read again"


def test_value_without_a_file() -> None:
    task = Table()
    assert task.score == "token_accuracy"
    assert Table(kind="regression").score == "fit"
    for ask in (
        task.prepare,
        task.digest,
        task.describe,
        lambda: task.inputs,
        lambda: task.lengths,
        lambda: task.chance(3),
    ):
        with pytest.raises(DataError, match=r"say which: data=FILE"):
            ask()


def test_threads_fetch_at_the_same_time(tmp_path: Path) -> None:
    task = Table(data=str(small(tmp_path)))
    alone = task.fetch(Split.TRAINING, np.arange(28), 8, 8).example.inputs
    results: list[bool] = []
    threads = [
        threading.Thread(
            target=lambda: results.append(
                all(
                    np.array_equal(task.fetch(Split.TRAINING, np.arange(28), 8, 8).example.inputs, alone)
                    for _ in range(20)
                )
            )
        )
        for _ in range(4)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert results == [True] * 4


def test_runs_of_a_sweep_share_one_copy(tmp_path: Path) -> None:
    path = str(small(tmp_path))
    assert Table(data=path)._opened is Table(data=path)._opened


def test_profile_says_what_stands_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(
        "id,t,v,label\n"
        + "".join(
            f"{n},{t},{'' if (n, t) == (3, 1) else n + t / 10},{'ab'[n % 2]}\n"
            for n in range(20)
            for t in range(n % 4 + 2)
        )
        + "\n"
    )
    task = Table(data=str(path), missing="forward")
    text = "\n".join(task.describe())
    for said in (
        "20 sequences, 70 steps; a row a step, sequences told apart by 'id', in the order of 't'",
        "1 number a step, standardised by the training split: v",
        "label at the last step: one of 2 classes (classification)",
        "min 2, mean 3.5, max 5; 95 % have at most 5",
        "14 train, 2 validation, 4 test sequences (task.seed=0)",
        "missing  v 1",
        "none: no two sequences have the same inputs",
        "blank lines, left out: 1",
    ):
        assert said in text, text
    profile = task.profile()
    assert {name: sum(counts.values()) for name, counts in profile.classes.items()} == {"a": 10, "b": 10}


def test_profile_counts_copies(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("sequence,label\n" + "ab,x\nba,y\n" * 10)
    profile = Table(data=str(path)).profile()
    assert (profile.duplicates, profile.repeated) == (18, 6)
    path.write_text("sequence,label\n" + "".join(f"s{n // 2} r,{'xy'[n % 2]}\n" for n in range(40)))
    task = Table(data=str(path))
    parts = {
        split: task.fetch(split, np.arange(task.examples(split)), 1, 1).example.inputs[:, 0].tolist() for split in Split
    }
    repeated = sum(one in parts[Split.TRAINING] for one in parts[Split.VALIDATION] + parts[Split.TEST])
    assert 0 < repeated < 12
    assert (task.profile().duplicates, task.profile().repeated) == (20, repeated)


def test_yaml_says_what_the_class_says() -> None:
    text = files("lrbench.conf").joinpath("task/table.yaml").read_text()
    assert text.splitlines()[0] == "# " + (inspect.getdoc(Table) or "").splitlines()[0]
    written = yaml.safe_load(text)
    assert written.pop("_target_") == "lrbench.tasks.table.Table"
    assert written.pop("data") == "${oc.select:data,null}", "the key `data` of a run names the file"
    assert written == {name: value for name, value in asdict(Table()).items() if name != "data"}


def test_words_of_the_command_line(tmp_path: Path) -> None:
    words = [f"data={small(tmp_path)}", "columns=[sequence]", "target=label", "test=0.4"]
    task = make_task(OmegaConf.to_container(task_config("table", words), resolve=True))
    assert isinstance(task, Table)
    assert task == Table(data=str(small(tmp_path)), columns=("sequence",), target=("label",), test=0.4)
    assert hash(task) == hash(task)
    assert told(read_back(task)) == told(expected(LABELLED))


def test_names_and_picture_title() -> None:
    assert str(Table(data="x.csv", columns=["a", "b"], seed=3)) == "Table(data='x.csv', columns=('a', 'b'), seed=3)"


SPAM = "id,heart rate,x\ty,label\n" + "".join(
    f"{n},{n}.5,{t}.25,{('spam', 'not spam')[n % 2]}\n" for n in range(12) for t in range(3)
)
NAMES = next(point for point in POINTS if point.name == "names")


def test_names_with_blanks_are_shown_without(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(SPAM)
    task = Table(data=str(path), delimiter="comma")
    assert [task.input_name(place) for place in range(2)] == ["heart␣rate", "x␣y"]
    assert [task.output_name(place) for place in range(2)] == ["not␣spam", "spam"]
    assert str(look(NAMES, task).state) == "passed"
    assert (
        str(look(NAMES, Table(data=str(path), delimiter="comma", columns="heart rate", target="x\ty")).state)
        == "passed"
    )
    path.write_text("sequence\n" + "a cat\na tac\nthe\n" * 3)
    letters = Table(data=str(path), between="nothing")
    assert "␣" in [letters.input_name(place) for place in range(letters.inputs.count)]
    assert look(NAMES, letters).state == "passed"
    path.write_text("id,x\n" + "".join(f"{n},{n}.5\n" for n in range(12) for _ in range(3)))
    assert look(NAMES, Table(data=str(path))).state == "passed", "the next numbers"


def test_a_symbol_that_looks_like_a_missing_one_keeps_its_name(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("sequence,label\n" + "".join(f'"?,,b{n % 3}",{"xy"[n % 2]}\n' for n in range(12)))
    task = Table(data=str(path), missing="indicator")
    assert [task.input_name(place) for place in range(task.inputs.count)] == ["?", "b0", "b1", "b2", "?'"]
    assert look(NAMES, task).state == "passed"


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["a b", "c"], ("a␣b", "c")),
        (["a b", "a\tb", "a␣b"], ("a␣b'", "a␣b''", "a␣b")),
        (["", " "], ("␣", "␣'")),
        (["x", "x", "x'"], ("x", "x''", "x'")),
    ],
)
def test_visible_names_differ(names: list[str], shown: tuple[str, ...]) -> None:
    assert visible(names) == shown


def test_a_file_that_is_answered_late_teaches_something(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    random = np.random.default_rng(0)
    with path.open("w") as file:
        for _ in range(30):
            steps = random.choice(["a", "b", "c"], 150).tolist()
            file.write(json.dumps({"sequence": steps, "label": [None] * 70 + steps[70:]}) + "\n")
    task = Table(data=str(path), missing="drop")
    result = look(next(point for point in POINTS if point.name == "learning"), task)
    assert result.state == "passed", result
    assert "at length 128" in result.detail, "the first 64 steps are asked nothing"
