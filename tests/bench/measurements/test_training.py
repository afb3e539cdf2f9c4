import pytest
from benches import OURS, PEER, bench

from lrbench.bench.measurements import training
from lrbench.bench.race import Bench
from lrbench.bench.rows import Row


@pytest.fixture
def raced(monkeypatch):
    """The cases that are raced, without a race."""
    cases = []

    def race(bench: Bench, case) -> list[Row]:
        cases.append(case)
        return [Row(bench.part, case.measurement, one.name, dict(case.sizes)) for one in bench.of(case)]

    monkeypatch.setattr(training, "race", race)
    return cases


def test_every_core_is_raced_at_every_size(raced):
    rows = training.measure(bench("training"))
    assert [(case.measurement, case.label) for case in raced] == [
        ("train_gru", "B32 T256 H64"),
        ("train_lstm", "B32 T256 H64"),
    ]
    assert {row.contestant for row in rows} == {OURS.name, PEER.name}
