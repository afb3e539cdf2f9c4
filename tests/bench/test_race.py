from typing import Any

import numpy as np
import pytest

from lrbench.bench import race as racing
from lrbench.bench.case import Case
from lrbench.bench.contender import OURS, Contender, contenders
from lrbench.bench.loaded import Place
from lrbench.bench.measurements.memory import beside_line
from lrbench.bench.process import WorkerError
from lrbench.bench.race import Bench, Ratio, deviation, ratios
from lrbench.bench.rows import Machine

PLACE = Place("1 x GPU", 1, "{}", "{}")

MACHINE = Machine("cpu", "1 x cpu", 1, "", 2, flops=1e9, bandwidth=1e9, flags="{}", commit="")
CASE = Case("lstm", {"B": 1, "T": 1, "I": 1, "H": 1})


def contender(module: str) -> Contender:
    return Contender(module, module.title(), None, {}, {"lstm"}, needs_gpu=False)


class Fake:
    """A worker whose runs take the next of some seconds; keeps who ran in which order."""

    order: list[str]
    open_now: set[str]
    together: set[frozenset[str]]

    def __init__(self, name: str, seconds: list[float], error: str = "") -> None:
        self.name, self.seconds, self.error = name, iter(seconds), error

    def __enter__(self) -> "Fake":
        Fake.open_now.add(self.name)
        Fake.together.add(frozenset(Fake.open_now))
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        Fake.open_now.discard(self.name)

    def prepare(self, case: Case) -> dict[str, Any]:
        if self.error:
            raise WorkerError(self.error)
        return {"compile_seconds": 0.5, "temporary_bytes": 8, "note": "", "measured": {}} | {"place": PLACE}

    def run(self, times: int = 1) -> float:
        Fake.order.append(self.name)
        for seconds in self.seconds:
            return seconds * times
        raise WorkerError("its process was ended by signal 9")

    def results(self) -> dict[str, np.ndarray]:
        return {"outputs": np.ones(2)}


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Ours takes 1, 2, 4 s in the three rounds, the peer always 2 s; a run to warm up and one to count come before."""
    Fake.order, Fake.open_now, Fake.together = [], set(), set()
    workers = {OURS: ([1, 1, 1, 2, 4], ""), "peer": ([2] * 5, ""), "other": ([2] * 5, ""), "broken": ([], "no memory")}
    monkeypatch.setattr(racing, "_WARM_UP", 1)
    bench = Bench("cores", MACHINE, [contender(name) for name in workers], repeats=3)
    monkeypatch.setattr(bench, "process", lambda one: Fake(one.module, *workers[one.module]))
    monkeypatch.setattr(racing, "reference_results", lambda bench, case: {"outputs": np.array([1.0, 2.0])})
    return bench


def test_rounds_are_interleaved_and_ratios_are_of_one_round(bench: Bench) -> None:
    rows = racing.race(bench, CASE)
    assert Fake.order[-9:] == [OURS, "peer", "other"] * 3
    ours, peer, _ = rows
    assert (ours.seconds, ours.seconds_min, ours.seconds_max) == (2, 1, 4)
    assert (ours.ratio, ours.ratio_low, ours.ratio_high) == (1, 1, 1)
    assert (peer.ratio, peer.ratio_low, peer.ratio_high) == (1, 0.5, 2)
    assert peer.deviation == 0.5
    assert peer.repeats == 3
    assert peer.floor_seconds is not None
    assert peer.share_of_floor == peer.floor_seconds / 2


def test_who_cannot_do_a_case_is_named_and_left_out(bench: Bench) -> None:
    rows = racing.race(bench, CASE)
    assert [row.contestant for row in rows] == ["Ours", "Peer", "Other"]
    assert bench.left_out == ["Broken is left out of lstm B1 T1 I1 H1: no memory"]


def test_who_falls_on_the_way_is_named_and_the_others_go_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = {OURS: [1] * 5, "peer": [2] * 4, "other": [2] * 5, "broken": [1]}
    monkeypatch.setattr(bench, "process", lambda one: Fake(one.module, seconds[one.module]))
    rows = racing.race(bench, CASE)
    assert [(row.contestant, row.repeats) for row in rows] == [("Ours", 3), ("Other", 3)]
    assert [said.partition(" is left out")[0] for said in bench.left_out] == ["Broken", "Peer"]
    assert all(said.endswith("its process was ended by signal 9") for said in bench.left_out)


def test_large_cases_are_raced_in_pairs(bench: Bench) -> None:
    rows = racing.race(bench, CASE, together=False)
    assert [row.contestant for row in rows] == ["Ours", "Peer", "Other"]
    assert max(map(len, Fake.together)) == 2
    assert frozenset({OURS, "other"}) in Fake.together


def test_between_a_cpu_and_an_accelerator_there_is_no_ratio(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    on_cpu, prepare = {"place": Place("2 x cpu (abacus)", 2, "{}", "{}")}, Fake.prepare
    monkeypatch.setattr(Fake, "prepare", lambda fake, case: prepare(fake, case) | (on_cpu if fake.name == OURS else {}))
    rows = racing.race(bench, CASE)
    assert [row.ratio for row in rows] == [1, None, None]
    assert bench.left_out[-1] == (
        "Other computed lstm B1 T1 I1 H1 on 1 x GPU, and Ours on 2 x cpu (abacus): no ratio is formed"
    )


def test_who_would_take_too_long_is_left_out_before_it_has(bench: Bench) -> None:
    bench.longest = 60
    ours, slow = bench.contenders[:2]
    longer, wider = (Case("lstm", dict(CASE.sizes) | more) for more in ({"T": 8}, {"H": 2}))
    bench.check_time(ours, CASE, 6.0)  # and three more rounds, and one to count
    bench.check_time(ours, wider)
    bench.check_time(slow, longer)
    with pytest.raises(WorkerError, match=r"a pass takes 16 s or more, and 4 of them longer than the 1 minutes"):
        bench.check_time(ours, CASE, 16.0)
    with pytest.raises(WorkerError, match=r"a pass takes 128 s or more, and 6 of them .* that --longest allows"):
        bench.check_time(ours, longer)
    bench.check_time(ours, Case("gru", longer.sizes))


def test_ratios_pair_the_rounds() -> None:
    assert ratios([1, 2, 9], [2, 2, 3]) == Ratio(1, 0.5, 3)


def test_the_worst_result_is_the_deviation() -> None:
    truth = {"outputs": np.array([1.0, -4.0]), "d_inputs": np.array([10.0])}
    found = deviation({"outputs": np.array([1.0, -4.0]), "d_inputs": np.array([9.0])}, truth)
    assert found == pytest.approx(0.1)
    with pytest.raises(ValueError, match="d_bias"):
        deviation({"d_bias": np.zeros(1)}, truth)
    with pytest.raises(ValueError, match="shape"):
        deviation({"outputs": np.zeros(3)}, truth)
    with pytest.raises(ValueError, match="no results"):
        deviation({}, truth)


def test_a_result_that_is_not_a_number_is_no_small_deviation() -> None:
    truth = {"outputs": np.array([1.0, 1.0]), "d_inputs": np.array([1.0, 1.0])}
    for broken in truth:
        assert not deviation(truth | {broken: np.array([np.nan, 1.0])}, truth) < 1


def test_the_line_goes_through_the_two_shorter_lengths() -> None:
    assert beside_line([1, 4, 16], [3.0, 9.0, 33.0]) == pytest.approx(1)
    assert beside_line([1, 4, 16], [3.0, 9.0, 66.0]) == pytest.approx(2)


def test_every_contestant_can_be_read_without_its_library_and_ours_comes_first() -> None:
    found = contenders()
    assert found[0].module == OURS
    assert {one.module for one in found} > {"flax_nnx", "pytorch"}
    assert len({one.name for one in found}) == len(found)
    assert all(one.measurements for one in found)
