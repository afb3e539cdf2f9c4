"""A run that is killed, stopped, damaged or shared ends as if nothing had happened, or says what did."""

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

#: Columns that say how long something took, and from which commit; everything else must be equal to the bit.
PROVENANCE = ["seconds", "solved_seconds", "compile_seconds", "tokens_per_second", "commit"]
STEPS, EVERY = 400, 50
KEYS = {
    "task": "parity",
    "model": "lstm",
    "model.width": 8,
    "seeds": 3,
    "batch_size": 8,
    "steps": STEPS,
    "eval_every": EVERY,
    "eval_examples": 16,
    "eval_lengths": "[40,64]",
    "early_stop": "false",
    "checkpoint_seconds": 0,
}


def start(runs: Path, **changed: object) -> "subprocess.Popen[str]":
    keys = KEYS | changed | {"runs": runs}
    return subprocess.Popen(
        [sys.executable, "-m", "lrbench.cli", "run", *(f"{key}={value}" for key, value in keys.items())],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=runs,
    )


def finish(process: "subprocess.Popen[str]", status: int = 0) -> str:
    said, _ = process.communicate(timeout=240)
    assert process.returncode == status, said
    assert "Traceback" not in said, said
    return said


def only_run(runs: Path) -> Path:
    (folder,) = [path.parent for path in runs.glob("*/*/config.yaml")]
    return folder


def outcome(runs: Path) -> tuple[pl.DataFrame, list[dict[str, object]]]:
    """Returns everything that must not depend on what happened on the way."""
    folder = only_run(runs)
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    for line in lines:
        del line["seconds"]
    return pl.read_parquet(folder / "results.parquet").drop(PROVENANCE), lines


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[pl.DataFrame, list[dict[str, object]]]:
    runs = tmp_path_factory.mktemp("undisturbed")
    finish(start(runs))
    reached = outcome(runs)
    assert [line["step"] for line in reached[1]] == list(range(EVERY, STEPS + 1, EVERY))
    return reached


def lines_of(runs: Path) -> int:
    return sum(path.read_bytes().count(b"\n") for path in runs.glob("*/*/metrics.jsonl"))


def newest(runs: Path) -> int:
    """Returns the step of the newest checkpoint that is whole, or -1."""
    manifests = runs.glob("*/*/checkpoints/*.sha256.json")
    return max((int(path.name.split(".")[0]) for path in manifests), default=-1)


def unfinished(runs: Path) -> set[str]:
    """Returns the checkpoints being written: Orbax works in a folder of another name until one is whole."""
    return {path.name for path in runs.glob("*/*/checkpoints/*") if "tmp" in path.name}


def kill_when(runs: Path, reached: Callable[[], bool], then_wait: float = 0.0, **changed: object) -> None:
    """Starts the run and kills it a moment after something is reached."""
    process = start(runs, **changed)
    deadline = time.monotonic() + 120
    while process.poll() is None and not reached():
        assert time.monotonic() < deadline, "the moment never came"
        time.sleep(0.0005)
    time.sleep(then_wait)
    assert process.poll() is None, f"it ended before it could be killed: {process.communicate()[0]}"
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_killed_at_random_moments_it_ends_equal_to_the_bit(
    tmp_path: Path, undisturbed: tuple[pl.DataFrame, list[dict[str, object]]]
) -> None:
    """Every kill comes after the run has saved more than the one before had: every start but the first resumes."""
    moments = random.Random(20)  # a fixed draw; the machine's own timing adds the rest
    for kill in range(5):
        before = newest(tmp_path)
        if kill == 2:
            old = unfinished(tmp_path)
            kill_when(tmp_path, lambda old=old: bool(unfinished(tmp_path) - old) and newest(tmp_path) > -1)
            assert unfinished(tmp_path), "this kill was to come while a checkpoint was being written"
        else:
            kill_when(tmp_path, lambda before=before: newest(tmp_path) > before, moments.random() * 0.1)
    assert 0 < newest(tmp_path) < STEPS
    said = finish(start(tmp_path))
    assert "resumed at step" in said
    table, lines = outcome(tmp_path)
    assert_frame_equal(table, undisturbed[0], check_exact=True)
    assert lines == undisturbed[1]


def test_asked_to_stop_it_saves_says_so_and_resumes(
    tmp_path: Path, undisturbed: tuple[pl.DataFrame, list[dict[str, object]]]
) -> None:
    process = start(tmp_path)
    while lines_of(tmp_path) < 2 and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    assert "run the same command to resume" in finish(process, status=75)
    assert json.loads((only_run(tmp_path) / "status.json").read_text())["state"] == "interrupted"
    assert "resumed at step" in finish(start(tmp_path))
    table, lines = outcome(tmp_path)
    assert_frame_equal(table, undisturbed[0], check_exact=True)
    assert lines == undisturbed[1]


def test_a_complete_run_is_left_as_it_is(tmp_path: Path) -> None:
    finish(start(tmp_path, steps=2))
    before = {
        path: path.stat().st_mtime_ns for path in only_run(tmp_path).iterdir() if path.name not in ("lock", "report")
    }
    assert "complete" in finish(start(tmp_path, steps=2))
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_second_process_says_who_holds_the_run_and_leaves(tmp_path: Path) -> None:
    first = start(tmp_path, steps=1000000)
    while not any(tmp_path.glob("*/*/holder.json")) and first.poll() is None:
        time.sleep(0.01)
    said = " ".join(finish(start(tmp_path, steps=1000000), status=5).split())
    assert f"is held by process {first.pid}" in said
    first.send_signal(signal.SIGTERM)
    finish(first, status=75)


def test_damage_is_named_and_survived(
    tmp_path: Path, undisturbed: tuple[pl.DataFrame, list[dict[str, object]]]
) -> None:
    kill_when(tmp_path, lambda: lines_of(tmp_path) >= 3)
    folder = only_run(tmp_path)
    with (folder / "metrics.jsonl").open("a") as file:
        file.write('{"step": 40, "loss": [0.6')
    damaged = max(
        (path for path in (folder / "checkpoints").iterdir() if path.name.isdigit()), key=lambda path: int(path.name)
    )
    largest = max((path for path in damaged.rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.write_bytes(bytes(content))
    said = " ".join(finish(start(tmp_path)).split())
    assert f"{damaged.name} is damaged" in said
    assert "1 damaged line" in said
    table, lines = outcome(tmp_path)
    assert_frame_equal(table, undisturbed[0], check_exact=True)
    assert lines == undisturbed[1]
