import subprocess

import pytest
from benches import PEER, bench

from lrbench.bench.measurements import sweep
from lrbench.runs.configuration import make_run
from lrbench.runs.sweep import plan

SMALL = sweep.Sweep({"B": 4, "T": 24, "H": 8}, seeds=3, steps=5)


@pytest.fixture
def started(monkeypatch):
    """The processes that are started: their words and their environments; none of them does anything."""
    found = []

    def run(words, *, env, **_):
        found.append((words, env))
        return subprocess.CompletedProcess(words, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    return found


def value(words: list[str], key: str) -> str:
    return next(word for word in words if word.startswith(f"{key}=")).removeprefix(f"{key}=")


def test_lanes_are_one_process_with_all_seeds(started):
    sweep.lanes(SMALL)
    assert [value(words, "seeds") for words, _ in started] == ["[0, 1, 2]"]


def test_processes_have_a_seed_each_and_find_nothing_compiled(started, monkeypatch):
    monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", "of-the-user")
    sweep.processes(SMALL)
    assert [value(words, "seeds") for words, _ in started] == ["[0]", "[1]", "[2]"]
    assert len({environment["XDG_CACHE_HOME"] for _, environment in started}) == 3
    assert not any("JAX_COMPILATION_CACHE_DIR" in environment for _, environment in started)


def test_processes_that_keep_their_programs_share_a_folder(started):
    sweep.keeping_processes(SMALL)
    assert [value(words, "seeds") for words, _ in started] == ["[0]", "[1]", "[2]"]
    assert len({environment["XDG_CACHE_HOME"] for _, environment in started}) == 1


def test_processes_at_once_are_the_same_processes(started):
    sweep.processes_at_once(SMALL)
    assert sorted(value(words, "seeds") for words, _ in started) == ["[0]", "[1]", "[2]"]
    assert len({environment["XDG_CACHE_HOME"] for _, environment in started}) == 3


def test_what_is_asked_for_is_a_run(started):
    sweep.lanes(SMALL)
    words = started[0][0]
    planned = plan(words[words.index("run") + 1 :])
    run = make_run(planned.configs[0], planned.choices[0])
    assert (run.task_name, run.model_name, run.lengths.span, run.batch_size) == ("copy_memory", "gru", (24, 24), 4)
    assert ([lane.seed for lane in run.lanes], run.steps, run.early_stop) == ([0, 1, 2], 5, False)


def test_a_row_for_every_way_with_its_ratio(monkeypatch):
    monkeypatch.setattr(sweep, "WAYS", {"one process": lambda _: 2.0, "a process a seed": lambda _: 8.0})
    first, second = sweep.measure(bench("sweep"))
    assert (first.contestant, first.seconds, first.ratio) == ("lrbench, one process", 2.0, 1.0)
    assert (second.contestant, second.seconds, second.ratio) == ("lrbench, a process a seed", 8.0, 0.25)
    assert (second.sizes, second.implementation) == ({"B": 32, "T": 64, "H": 64}, "16 seeds, 500 steps")


def test_nobody_to_measure_where_we_do_not_take_part():
    one = bench("sweep")
    one.contenders = [PEER]
    assert sweep.measure(one) == []


def test_a_run_that_fails_is_left_out_with_its_last_words(monkeypatch):
    def fail(words, **_):
        return subprocess.CompletedProcess(words, 4, "", "a warning\nlrbench: the disk is full\n")

    monkeypatch.setattr(subprocess, "run", fail)
    one = bench("sweep")
    assert sweep.measure(one) == []
    assert len(one.left_out) == 1
    assert one.left_out[0].endswith("ended with status 4: lrbench: the disk is full")
