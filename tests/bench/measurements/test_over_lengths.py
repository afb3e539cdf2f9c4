"""Measurements that race our own cores against themselves, small, in this process."""

import dataclasses

import pytest
from benches import OURS, PEER, Here, bench

from lrbench.bench import race
from lrbench.bench.measurements import implementations, memory
from lrbench.bench.race import Bench
from lrbench.bench.rows import Row

CORES = frozenset({"lstm", "gru", "selective_scan", "lstm_last"})


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    monkeypatch.setattr(Bench, "process", lambda self, contender: Here(contender))
    monkeypatch.setattr(race, "READING", 0.0)
    monkeypatch.setattr(race, "_WARM_UP", 1)
    for module in (implementations, memory):
        monkeypatch.setattr(module, "reference_results", lambda bench, case: {})


def of_cores(part, **sizes):
    one = bench(part, **sizes)
    one.contenders = [dataclasses.replace(OURS, measurements=CORES), dataclasses.replace(PEER, measurements=())]
    return one


def test_every_implementation_stands_beside_the_one_that_auto_chose():
    one = of_cores("implementations", B=(2,), T=(5,), I=(3,), H=(4,), D=(3,), N=(2,))
    one.only = frozenset({"gru", "selective_scan"})
    kept = []
    one.keep = lambda rows: kept.append(len(rows))
    rows = implementations.measure(one)
    assert [(row.measurement, row.contestant, row.implementation.partition(",")[0]) for row in rows] == [
        ("gru", "auto", "sequential"),
        ("gru", "sequential", "sequential"),
        ("gru", "chunked", "chunked"),
        ("selective_scan", "auto", "chunked"),
        ("selective_scan", "sequential", "sequential"),
        ("selective_scan", "chunked", "chunked"),
        ("selective_scan", "associative", "associative"),
    ]
    assert kept == [3, 7]
    assert all((row.ratio_low == row.ratio_high == 1) == (row.contestant == "auto") for row in rows)


def test_memory_and_time_over_the_length():
    one = of_cores("memory", B=(2,), T=(4,), D=(3,), N=(2,), H=(4,))
    rows = memory.measure(one)
    scan, *times = rows
    assert (scan.measurement, scan.sizes["T"]) == ("selective_scan", 4)
    assert scan.temporary_bytes > 0
    assert [(row.measurement, row.sizes["T"], row.fact is None) for row in times] == [
        *(("lstm_last", 4 * times, True) for times in (4, 16, 64)),
        ("lstm_last", 256, False),
        *(("gru", 4 * times, True) for times in (4, 16)),
        ("gru", 64, False),
    ]
    assert all(row.value_low <= row.value <= row.value_high for row in (times[3], times[-1]))


def test_time_that_grows_faster_than_the_length_is_said():
    one = of_cores("memory")
    row = Row("memory", "gru", "lrbench", {"T": 64}, fact=memory._GROWTH, value=9.0, value_low=4.3, value_high=12.0)
    memory._judge(one, row)
    assert one.left_out == []
    memory._judge(one, dataclasses.replace(row, value_low=4.5))
    assert "gru T64 takes 9 times as long as a quarter of its steps, more than 4.4" in one.left_out[0]
