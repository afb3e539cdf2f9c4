"""One run from a configuration to its rows: what is on the disk, what is compiled, what a full disk does."""

import errno
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from lrbench.runs.configuration import Run, make_run
from lrbench.runs.errors import Diverged, Interrupted, NoSpace
from lrbench.runs.execution import execute
from lrbench.runs.folder import RunFolder
from lrbench.runs.pitfalls import pitfalls
from lrbench.runs.reading import find_runs, read_runs
from lrbench.runs.rows import validated
from lrbench.runs.stop import StopRequest
from lrbench.runs.sweep import plan
from lrbench.runs.table import SCHEMA, validate
from lrbench.runs.watch import Progress
from lrbench.training.checkpoint import Checkpoints

SMALL = [
    "model.width=4",
    "seeds=2",
    "batch_size=4",
    "steps=6",
    "eval_every=3",
    "eval_examples=8",
    "eval_lengths=[40,64]",
    "early_stop=false",
]


class Listening:
    """Remembers what a run tells."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.phases: list[str] = []

    def begin(self, run: Run) -> None:
        del run

    def progress(self, progress: Progress) -> None:
        self.phases.append(progress.phase)

    def note(self, sentence: str) -> None:
        self.notes.append(sentence)

    def end(self, sentence: str) -> None:
        self.notes.append(sentence)


def run_of(runs: Path, *words: str) -> Run:
    keys = {word.split("=")[0] for word in words}
    sweep = plan([*(word for word in SMALL if word.split("=")[0] not in keys), *words, f"runs={runs}"])
    return make_run(sweep.configs[0], sweep.choices[0])


def test_a_run_leaves_what_it_promises(tmp_path: Path) -> None:
    run = run_of(tmp_path, "task=parity", "model=gru", "learning_rates=[0.001,0.01]")
    watch = Listening()
    execute(run, watch, StopRequest(), ["lrbench", "run"])
    assert sorted(set(watch.phases)) == ["compiling", "testing", "training"]
    assert run.folder == tmp_path / "adhoc" / run.name
    names = {path.name for path in run.folder.iterdir()}
    assert {"config.yaml", "provenance.json", "metrics.jsonl", "results.parquet", "checkpoints", "status.json"} <= names
    table, (record,) = read_runs(find_runs([tmp_path]))
    validate(table)
    assert dict(table.schema) == SCHEMA
    assert table.height == 4 * 2
    assert table["learning_rate"].unique().sort().to_list() == [0.001, 0.01]
    assert set(table["seed"]) == {0, 1}
    assert table["lag"].to_list() == [run.task.lag(length) for length in table["eval_length"]]
    expected = (table["score"] - table["chance"]) / (1 - table["chance"])
    np.testing.assert_allclose(table["scaled_score"], expected)
    assert [line["step"] for line in record["metrics"]] == [3, 6]
    by_lane = table.unique("lane").sort("lane")
    assert by_lane["validation_score"].to_list() == record["metrics"][-1]["scaled_score"]
    assert by_lane["validation_loss"].to_list() == record["metrics"][-1]["validation_loss"]
    assert record["provenance"]["command"] == ["lrbench", "run"]
    assert record["config"]["train_length"] == [3, 40]


def test_what_validation_says_is_that_of_the_step_asked_for() -> None:
    first = {"step": 2, "seconds": 0.5, "scaled_score": [1.0, None], "validation_loss": [0.1, None]}
    last = {"step": 4, "seconds": 0.9, "scaled_score": [0.8, None], "validation_loss": [0.2, None]}
    one, other = validated([first, last], 4, [2, -1])
    assert one == {"validation_score": 0.8, "validation_loss": 0.2, "solved_seconds": 0.5}
    assert other == {"validation_score": None, "validation_loss": None, "solved_seconds": None}
    (torn, _) = validated([first], 4, [2, -1])
    assert torn == {"validation_score": None, "validation_loss": None, "solved_seconds": 0.5}


def test_counting_tasks_get_a_row_for_every_n(tmp_path: Path) -> None:
    run = run_of(tmp_path, "task=anbn", "model=lstm", "eval_lengths=[21]", "seeds=1")
    execute(run, Listening(), StopRequest())
    table = RunFolder(run.folder).read_results()
    assert table["n"].to_list() == list(range(11))
    assert set(table["sequences"]) == {1}


def test_a_pitfall_of_the_machine_is_said(tmp_path: Path) -> None:
    run = run_of(tmp_path, "task=parity", "model=gru", "model.width=2", "batch_size=4")
    (sentence,) = pitfalls(run, "cpu", 2, "0.11.1")
    assert "this run writes 32 (jax#40101)" in sentence
    assert not pitfalls(run, "cpu", 2, "0.10.2")
    assert not pitfalls(run, "gpu", 2, "0.11.1")
    assert not pitfalls(run_of(tmp_path, "task=parity", "model.width=64", "batch_size=4"), "cpu", 2, "0.12")


def test_identity_follows_what_changes_the_result_and_nothing_else(tmp_path: Path) -> None:
    one = run_of(tmp_path, "task=parity")
    assert run_of(tmp_path / "elsewhere", "task=parity", "checkpoint_seconds=1").identity == one.identity
    assert run_of(tmp_path, "task=parity", "seeds=[0,1]").identity == one.identity
    assert run_of(tmp_path, "task=parity", "train_length=[3,40]").identity == one.identity
    changed = ["steps=7", "seeds=[0,2]", "optimizer.b1=0.8", "model.width=5", "precision=bfloat16", "eval_lengths=[40]"]
    assert (
        len({run_of(tmp_path, "task=parity", word).identity for word in changed} | {one.identity}) == len(changed) + 1
    )


def test_lanes_stand_in_the_order_of_the_identity(tmp_path: Path) -> None:
    one = run_of(tmp_path, "task=parity", "seeds=[1,0]", "learning_rates=[0.01,0.001]")
    other = run_of(tmp_path, "task=parity", "seeds=[0,1]", "learning_rates=[0.001,0.01]")
    assert (one.identity, one.lanes) == (other.identity, other.lanes)


def test_torn_results_are_written_again(tmp_path: Path) -> None:
    run = run_of(tmp_path, "task=parity")
    execute(run, Listening(), StopRequest())
    folder = RunFolder(run.folder)
    before = folder.read_results()
    folder.results.write_bytes(b"")
    assert not folder.complete()
    execute(run, Listening(), StopRequest())
    timeless = pl.exclude("seconds", "solved_seconds", "compile_seconds", "tokens_per_second", "commit")
    assert folder.read_results().select(timeless).equals(before.select(timeless))


def test_a_budget_is_matched_and_its_residual_recorded(tmp_path: Path) -> None:
    run = run_of(tmp_path, "task=parity", "model=lstm", "match=parameters", "budget=700", "model.width=null")
    assert run.match is not None
    assert run.match.value == run.model.parameters
    assert abs(run.match.residual) < 0.1
    execute(run, Listening(), StopRequest())
    assert RunFolder(run.folder).provenance()["match"]["residual"] == run.match.residual
    rows = RunFolder(run.folder).read_results()
    assert set(rows["match"]) == {"parameters"}
    assert set(rows["match_residual"]) == {run.match.residual}
    assert set(rows["width"]) == {run.match.width}


def test_a_budget_that_is_the_default_is_the_same_run(tmp_path: Path) -> None:
    asked = run_of(tmp_path, "task=parity", "model=lstm", "match=parameters")
    assert asked.match is not None
    named = run_of(tmp_path, "task=parity", "model=lstm", "match=parameters", f"budget={asked.match.budget}")
    assert asked.identity == named.identity
    gru = run_of(tmp_path, "task=parity", "model=gru", "model.width=64")
    assert asked.match.budget == gru.model.parameters


def test_bfloat16_trains(tmp_path: Path) -> None:
    run = run_of(tmp_path, "task=adding", "model=mamba", "precision=bfloat16", "train_length=6", "eval_lengths=[6]")
    execute(run, Listening(), StopRequest())
    assert RunFolder(run.folder).read_results()["loss"].is_finite().all()


def test_a_run_that_diverges_says_so_and_keeps_its_rows(tmp_path: Path) -> None:
    run = run_of(
        tmp_path, "task=adding", "model=elman", "learning_rates=[1e30]", "optimizer.clip=null", "train_length=9"
    )
    for _ in range(2):  # the second time it is complete, and says the same
        with pytest.raises(Diverged, match="smaller learning_rates"):
            execute(run, Listening(), StopRequest())
    table = RunFolder(run.folder).read_results()
    assert table["diverged_step"].is_not_null().all()


def test_early_stop_waits_for_every_lane(tmp_path: Path) -> None:
    """Predicting the fixed last symbol of a word with n = 0 is learnt within a few steps."""
    words = ["task=anbn", "model=lstm", "train_length=1", "eval_lengths=[1]", "learning_rates=[0.1]", "steps=200"]
    run = run_of(tmp_path, *words, "early_stop=true", "eval_every=20")
    execute(run, Listening(), StopRequest())
    table, (record,) = read_runs([run.folder])
    assert table["step"].max() < 200
    last = record["metrics"][-1]
    assert min(last["scaled_score"]) >= run.task.solved_at
    assert all(step > 0 for step in last["solved_step"])
    assert table["solved_step"].to_list() == last["solved_step"]


def test_a_stop_before_the_first_step_is_a_stop(tmp_path: Path) -> None:
    stop = StopRequest()
    stop.requested = True
    run = run_of(tmp_path, "task=parity")
    with pytest.raises(Interrupted):
        execute(run, Listening(), stop)
    assert RunFolder(run.folder).status()["state"] == "interrupted"
    execute(run, Listening(), StopRequest())
    assert RunFolder(run.folder).complete()


def test_a_full_disk_is_named_and_what_was_saved_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of(tmp_path, "task=parity", "checkpoint_seconds=0")
    untouched = run_of(tmp_path / "untouched", "task=parity", "checkpoint_seconds=0")
    execute(untouched, Listening(), StopRequest())
    save, saves = Checkpoints.save, []

    def full_at_the_third(self: Checkpoints, *arguments: object) -> None:
        saves.append(1)
        if len(saves) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        save(self, *arguments)

    monkeypatch.setattr(Checkpoints, "save", full_at_the_third)
    with pytest.raises(NoSpace, match="no space is left"):
        execute(run, Listening(), StopRequest())
    watch = Listening()
    execute(run, watch, StopRequest())
    assert any(note.startswith("resumed at step") for note in watch.notes)
    timeless = pl.exclude("seconds", "solved_seconds", "compile_seconds", "tokens_per_second", "commit")
    left, right = (RunFolder(one.folder).read_results().select(timeless) for one in (run, untouched))
    assert left.equals(right)


def test_nothing_in_a_run_folder_is_executed(tmp_path: Path) -> None:
    run = run_of(tmp_path, "task=parity")
    execute(run, Listening(), StopRequest())
    config = run.folder / "config.yaml"
    bait = tmp_path / "bait"
    config.write_text(f"task: {{_target_: os.system, command: 'touch {bait}'}}\nruns: ${{oc.env:HOME}}\n")
    (record,) = read_runs([run.folder])[1]
    assert record["config"]["runs"] == "${oc.env:HOME}"
    assert not bait.exists()
    json.dumps(record["config"])
