import pytest
from benches import OURS, PEER, Answers, bench, in_place_of, starter

from lrbench.bench.measurements import streaming


def test_every_core_at_every_width_at_batch_1():
    cases = streaming.cases(bench("streaming"))
    assert [(case.measurement, case.sizes["H"]) for case in cases] == [
        *(("stream_lstm", width) for width in (64, 128, 256)),
        *(("stream_gru", width) for width in (64, 128, 256)),
    ]
    assert {case.sizes["B"] for case in cases} == {1}
    assert {case.sizes["H"] for case in streaming.cases(bench("streaming", H=(8,)))} == {8}


def test_percentiles_and_ratios_of_the_latencies(monkeypatch):
    ours, peer = Answers(2e-6), Answers(8e-6, slowest=20)
    starters = [starter(OURS, ours), starter(PEER, peer)]
    monkeypatch.setattr(streaming, "reference_results", lambda bench, case: {})
    monkeypatch.setattr(streaming, "started", lambda *_: in_place_of(starters))
    first, second, *_ = streaming.measure(bench("streaming", H=(8,)))
    assert (first.contestant, second.contestant) == ("lrbench", "torch")
    assert first.p50 == first.seconds == pytest.approx(2e-6)
    assert first.p99 == pytest.approx(2e-5)
    assert (second.p99_ratio, second.p99_ratio_low, second.p99_ratio_high) == pytest.approx((0.125, 0.125, 0.125))
    assert (second.ratio, second.ratio_low, second.ratio_high) == pytest.approx((0.25, 0.25, 0.25))
    assert (second.compile_seconds, second.deviation, second.repeats) == (0.5, 1e-7, 3)
    # A warm-up and three readings of each of two cases, in which one step in a hundred is at least 20.
    assert len(ours.asked) == len(peer.asked) == 2 * 4
    assert all(times >= 2000 for times in (*ours.asked[1:4], *peer.asked[1:4]))
