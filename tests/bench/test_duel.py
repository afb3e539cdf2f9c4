from typing import Any

import numpy as np
import pytest

from lrbench.bench import duel as duels
from lrbench.bench.case import Case
from lrbench.bench.duel import duel, float64_worker, slower, step_duel, workers
from lrbench.bench.loaded import Place
from lrbench.bench.process import WorkerError

ABACUS = Place("1 x abacus", 1, "{}", "{}")
GRU, LSTM = (Case(name, {"B": 2, "T": 5, "I": 3, "H": 4}) for name in ("gru", "lstm"))


class Fake:
    """A worker whose runs take the next of some seconds, all alike inside a reading; notes who is asked what."""

    asked: list[tuple[str, str, int]]

    def __init__(self, name: str, seconds: list[float], outputs: float = 1.0) -> None:
        self.name, self.seconds, self.outputs, self.reading = name, seconds, outputs, 0

    def prepare(self, case: Case) -> dict[str, Any]:
        self.reading = 0
        return {
            "compile_seconds": 0.5,
            "temporary_bytes": 8,
            "note": case.label,
            "measured": {},
            "place": ABACUS,
        }

    def run(self, times: int = 1) -> float:
        Fake.asked.append((self.name, "run", times))
        if times == 1:  # warming up, counting, and the run before a reading
            return 0.05
        self.reading += 1
        return times * self.seconds[self.reading - 1]

    def latencies(self, times: int) -> list[float]:
        Fake.asked.append((self.name, "latencies", times))
        return [self.seconds[0]] * (times - 1) + [10 * self.seconds[0]]

    def results(self) -> dict[str, np.ndarray]:
        return {"outputs": np.array([self.outputs, 2.0])}


@pytest.fixture(autouse=True)
def _forget() -> None:
    Fake.asked = []


def test_rounds_are_in_turn_and_ratios_of_one_round() -> None:
    processes = [Fake("gru", [1, 2, 4]), Fake("lstm", [2, 2, 3], outputs=1.5), Fake("idle", [])]
    gru, lstm = duel(processes, [GRU, LSTM], 3, Fake("truth", []))
    readings = [name for name, _, times in Fake.asked if times > 1]
    assert readings == ["gru", "lstm"] * 3
    assert gru.seconds == (1, 2, 4)
    assert gru.median == 2
    assert slower(lstm, gru) == (1, 0.75, 2)
    assert gru.deviation == 0
    assert lstm.deviation == 0.25
    assert (lstm.case, lstm.note, lstm.temporary_bytes, lstm.place) == (LSTM, LSTM.label, 8, ABACUS)


def test_only_the_first_are_compared_where_so_many_are_asked_for() -> None:
    processes = [Fake("gru", [1]), Fake("lstm", [1], outputs=1.5)]
    gru, lstm = duel(processes, [GRU, LSTM], 1, Fake("truth", []), compared=1)
    assert (gru.deviation, lstm.deviation) == (0, None)


def test_without_a_truth_nothing_is_compared() -> None:
    (gru,) = duel([Fake("gru", [1, 1])], [GRU], 2)
    assert gru.deviation is None


def test_slow_steps_are_read_less_often_and_percentiles_are_of_all_steps() -> None:
    fast, slow = step_duel([Fake("fast", [1e-6]), Fake("slow", [1e-3])], [GRU, LSTM], 3, most_steps=2000)
    assert [len(one) for one in fast.seconds] == [2000] * 3
    assert [len(one) for one in slow.seconds] == [400] * 3
    assert slow.percentile(50) == 1e-3
    assert slow.percentile(100) == 1e-2
    assert slow.medians == (1e-3,) * 3
    assert slower(slow, fast) == pytest.approx((1000,) * 3)
    (crawling,) = step_duel([Fake("crawling", [1.0])], [GRU], 1, most_steps=2000)
    assert len(crawling.seconds[0]) == duels._FEWEST_STEPS


def test_real_workers_do_one_duel_after_another_and_agree_with_float64() -> None:
    with workers(2) as processes, float64_worker() as truth:
        for case, timed in zip([GRU, LSTM], duel(processes, [GRU, LSTM], 2, truth), strict=True):
            assert timed.case == case
            assert timed.deviation < 2e-6
            assert len(timed.seconds) == 2
            assert min(timed.seconds) > 0
        with pytest.raises(WorkerError, match="KeyError"):
            duel(processes, [Case("gruu", {"B": 1})], 2)
