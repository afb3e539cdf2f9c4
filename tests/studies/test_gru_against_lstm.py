import dataclasses
import itertools
from contextlib import contextmanager

import polars as pl
import pytest

from lrbench.bench.duel import Stepped, Timed
from lrbench.bench.loaded import Place
from lrbench.bench.peak import Peak
from lrbench.bench.process import WorkerError
from lrbench.models import GRU, LSTM, Architecture
from lrbench.models.layer_parameters import gru_parameters, lstm_parameters
from lrbench.runs.errors import RunError
from lrbench.studies import Results
from lrbench.studies.gru_against_lstm import latencies, measured, memory, times
from lrbench.studies.gru_against_lstm.grid import GRIDS
from lrbench.studies.gru_against_lstm.measured import where, words_of
from lrbench.studies.this_machine import ThisMachine, this_machine

ABACUS = Place("1 x abacus", 1, "{}", "{}")
HERE = ThisMachine("1 x abacus", "Abacus 3", 2, "jax 0.10.2", "")


@contextmanager
def _nobody(*_):
    yield [None] * 3


@pytest.fixture
def asked(monkeypatch):
    """No process is started: an LSTM takes twice as long as a GRU for each unit, and what was asked for is kept."""
    asked = []

    def duel(processes, cases, repeats, truth, compared):
        asked.append(cases)
        return [
            Timed(
                case,
                tuple((2 if "lstm" in case.measurement else 1) * case.sizes["H"] * (1 + at) for at in range(repeats)),
                0.5,
                8,
                "sequential",
                1e-7 if case.measurement == "gru" else 2e-7,
                ABACUS,
            )
            for case in cases
        ]

    def step_duel(processes, cases, repeats, most_steps):
        asked.append(cases)
        return [Stepped(case, tuple(tuple(range(1, 101)) for _ in range(repeats)), ABACUS) for case in cases]

    def peak(case):
        asked.append(case)
        size = case.sizes["H"] * (4 if "lstm" in case.measurement else 3)
        return Peak(size, 1000, 1000 + 2 * size, "1 x abacus", "{}")

    for module, name, fake in (
        (times, "duel", duel),
        (times, "workers", _nobody),
        (times, "float64_worker", _nobody),
        (latencies, "step_duel", step_duel),
        (latencies, "workers", _nobody),
        (memory, "peak", peak),
        (measured, "this_machine", lambda: HERE),
    ):
        monkeypatch.setattr(module, name, fake)
    return asked


@pytest.fixture
def results(tmp_path):
    return Results("cpu", pl.DataFrame(), {}, tmp_path / "made" / "a-figure")


def test_times_are_of_a_gru_against_both_lstms(asked, results):
    table = times.times(results)
    grid = GRIDS["cpu"]
    assert table.height == 2 * (len(grid.layers) + len(grid.models))
    for row in table.iter_rows(named=True):
        assert row["ratio"] == row["ratio_low"] == row["ratio_high"] == 2 * row["lstm_width"] / row["H"]
        assert row["gru_seconds"] == row["H"] * (1 + grid.repeats) / 2
        assert row["deviation"] == 2e-7
        assert row["machine"] == HERE.label
        if row["at"] == "equal width":
            assert row["lstm_width"] == row["H"]
        else:
            # A unit more or less of a width from 27 on is 7 % of the parameters at most.
            assert abs(row["lstm_parameters"] / row["gru_parameters"] - 1) < 0.04
    whole = table.filter(work="training step", at="equal width").row(0, named=True)
    for layer, name in ((GRU, "gru_parameters"), (LSTM, "lstm_parameters")):
        model = Architecture(layer, layers=1, norm="none", residual=False, width=whole["H"])
        assert whole[name] == model.build(encoder="embedding", inputs=10, outputs=9).parameters
    article = table.filter(work="layer", I=128, H=256, at="equal parameters").row(0, named=True)
    assert (article["gru_parameters"], article["lstm_parameters"]) == (
        gru_parameters(128, 256),
        lstm_parameters(128, article["lstm_width"]),
    )


def test_it_is_measured_once_a_machine_for_all_studies(asked, results, monkeypatch):
    first = times.times(results)
    latencies.latencies(results)
    count = len(asked)
    other = dataclasses.replace(results, folder=results.folder.parent / "a-claim")
    assert times.times(other).equals(first)
    assert len(asked) == count
    monkeypatch.setattr(measured, "this_machine", lambda: dataclasses.replace(HERE, processor="Abacus 4"))
    assert times.times(other)["machine"][0] != first["machine"][0]
    assert len(asked) > count


def test_latencies_by_hand(asked, results):
    table = latencies.latencies(results)
    assert table["H"].unique().sort().to_list() == list(GRIDS["cpu"].widths)
    row = table.row(0, named=True)
    assert (row["gru_p50"], row["lstm_p99"]) == pytest.approx((50.5, 99.0), abs=0.1)
    assert row["ratio"] == 1
    assert row["steps"] == 100 * GRIDS["cpu"].repeats
    assert {case.measurement for cases in asked for case in cases} == {"stream_gru", "stream_lstm"}
    assert {case.sizes["B"] for cases in asked for case in cases} == {1}


def test_memory_by_hand(asked, results):
    table = memory.memory(results)
    row = table.filter(at="equal width").row(0, named=True)
    assert (row["gru_temporary"], row["lstm_temporary"]) == (3 * row["H"], 4 * row["H"])
    assert (row["gru_lift"], row["lstm_lift"]) == (6 * row["H"], 8 * row["H"])
    assert row["gru_peak"] == 1000 + 6 * row["H"]
    # A GRU's process serves the rows of both LSTMs.
    assert len(asked) == 3 * table.height // 2


def test_a_worker_that_fails_is_a_sentence(asked, results, monkeypatch):
    def fails(*_, **__):
        raise WorkerError("its process was ended by signal 9")

    monkeypatch.setattr(times, "duel", fails)
    with pytest.raises(RunError, match="could not be measured: its process was ended by signal 9"):
        times.times(results)
    assert not list(results.folder.parent.glob("**/*.parquet"))


def test_layers_differ_from_the_base_in_one_size():
    for grid in GRIDS.values():
        for sizes in grid.layers[1 : len(grid.layers) - len(grid.further)]:
            assert sum(sizes[letter] != grid.base[letter] for letter in "BTIH") == 1
        layers = [tuple(sorted(sizes.items())) for sizes in grid.layers]
        assert len(layers) == len(set(layers))
    assert GRIDS["cpu"].repeats >= 7
    for letters in itertools.chain(GRIDS["cpu"].others):
        assert letters in "HIBT"


def test_words(asked, results):
    table = times.times(results)
    assert words_of(table.row(0, named=True)) == "layer B32 T256 I64 H128"
    assert words_of(table.row(-1, named=True)) == "training step B32 T256 H256"
    assert where(table).startswith("1 x abacus, Abacus 3, 2 cores; jax 0.10.2; load average before it ")


def test_this_machine_is_described():
    here = this_machine()
    assert "cpu" in here.device
    assert here.cores >= 1
    assert "jax 0." in here.label
    assert len(set(here.key) & {here.device, here.versions, here.processor}) == 3
