"""Runs on a data set: read from a file, named after it, known by what it holds and not by where it lies."""

import json
from pathlib import Path

import numpy as np
import pytest
from silent_watch import Silent

from lrbench.runs.configuration import Run, make_run
from lrbench.runs.errors import ConfigurationError, RunError
from lrbench.runs.execution import execute
from lrbench.runs.folder import RunFolder
from lrbench.runs.reading import find_runs, read_runs
from lrbench.runs.stop import StopRequest
from lrbench.runs.sweep import plan

#: Columns that two equal runs may differ in.
TIMES = ("seconds", "solved_seconds", "compile_seconds", "tokens_per_second")

SMALL = ["task=table", "model.width=4", "seeds=2", "batch_size=4", "steps=6", "eval_every=3", "early_stop=false"]


def write(path: Path, sequences: int = 40, seed: int = 0) -> Path:
    """Sequences of 3 to 8 letters, whose label is the first."""
    random = np.random.default_rng(seed)
    words = ["".join(random.choice(list("ab"), random.integers(3, 9))) for _ in range(sequences)]
    path.write_text("sequence,label\n" + "".join(f"{word},{word[0]}\n" for word in words))
    return path


def run_of(folder: Path, *words: str) -> Run:
    sweep = plan([*SMALL, f"runs={folder / 'runs'}", *words])
    return make_run(sweep.configs[0], sweep.choices[0])


def test_a_run_on_a_file_from_its_name_to_its_rows(tmp_path: Path) -> None:
    run = run_of(tmp_path, f"data={write(tmp_path / 'My words.csv')}", "eval_lengths=[3,8]")
    assert run.name.startswith("table_my_words-gru-")
    execute(run, Silent(), StopRequest())
    rows = read_runs(find_runs([tmp_path / "runs"]))[0]
    assert rows["task"].unique().to_list() == ["table_my_words"]
    assert sorted(rows["eval_length"].unique().to_list()) == [3, 8]
    assert rows["sequences"].unique().len() == 1
    assert rows["token_accuracy"].is_between(0, 1).all()
    config = json.dumps(run.resolved)
    assert run.task.digest() in config


def test_what_the_data_is_counts_and_not_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    here = run_of(tmp_path, f"data={write(tmp_path / 'words.csv')}")
    there = run_of(tmp_path, f"data={write(tmp_path / 'elsewhere' / 'words.csv')}")
    other = run_of(tmp_path, f"data={write(tmp_path / 'words.csv', seed=1)}")
    assert here.identity == there.identity
    assert here.identity != other.identity


def test_a_run_that_was_cut_ends_as_one_that_was_not(tmp_path: Path) -> None:
    data = write(tmp_path / "words.csv")
    ends = []
    for folder, cut in ((tmp_path / "whole", False), (tmp_path / "cut", True)):
        run = run_of(folder, f"data={data}", "train_examples=20", "checkpoint_seconds=0")
        if cut:
            stop = StopRequest()
            stop.requested = True
            with pytest.raises(RunError):
                execute(run, Silent(), stop)
        execute(run, Silent(), StopRequest())
        ends.append(read_runs(find_runs([folder / "runs"]))[0].drop(TIMES))
        assert RunFolder(run.folder).complete()
    assert ends[0].equals(ends[1])


def test_more_examples_than_there_are_and_several_lengths_are_refused(tmp_path: Path) -> None:
    data = f"data={write(tmp_path / 'words.csv')}"
    for word, said in (
        ("train_examples=1000", "the training split has"),
        ("train_length=[3,8]", "it is one number"),
        ("curriculum=5", "have their own lengths"),
        ("length_distribution=u_shaped", "have their own lengths"),
    ):
        with pytest.raises(ConfigurationError, match=said):
            run_of(tmp_path, data, word)


def test_data_that_turns_out_to_be_damaged_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lrbench.data import DataError

    run = run_of(tmp_path, f"data={write(tmp_path / 'words.csv')}")

    def torn(*arguments: object) -> None:
        raise DataError("words.csv, record 7: it was cut short; fetch it again")

    monkeypatch.setattr(type(run.task), "fetch", torn)
    with pytest.raises(RunError, match="record 7: it was cut short"):
        execute(run, Silent(), StopRequest())
