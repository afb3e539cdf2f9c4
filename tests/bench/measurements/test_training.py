import pytest
from benches import OURS, PEER, Answers, bench, in_place_of

from lrbench.bench.measurements import training
from lrbench.bench.process import WorkerError
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


def test_the_share_of_drawing_the_batch_is_a_row_of_its_own(raced, monkeypatch):
    monkeypatch.setattr(Bench, "process", lambda self, contender: in_place_of(Answers(0.02)))
    rows = training.measure(bench("training"))
    assert [(case.measurement, case.label) for case in raced] == [
        ("train_gru", "B32 T256 H64"),
        ("train_lstm", "B32 T256 H64"),
    ]
    facts = [row for row in rows if row.fact is not None]
    assert [(row.measurement, row.contestant, row.fact) for row in facts] == [
        ("train_gru", OURS.name, training.FACT),
        ("train_lstm", OURS.name, training.FACT),
    ]
    assert [row.value for row in facts] == pytest.approx([0.25, 0.25])
    assert len(rows) == 6


def test_the_share_is_left_out_with_a_sentence_where_we_cannot_train(raced, monkeypatch):
    class Broken(Answers):
        def prepare(self, case):
            raise WorkerError("its process was ended by signal 9")

    monkeypatch.setattr(Bench, "process", lambda self, contender: in_place_of(Broken(0.02)))
    one = bench("training")
    assert {row.contestant for row in training.measure(one)} == {OURS.name, PEER.name}
    assert one.left_out == [
        f"lrbench is left out of {core} B32 T256 H64: its process was ended by signal 9"
        for core in ("train_gru", "train_lstm")
    ]
