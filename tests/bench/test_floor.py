import pytest

from lrbench.bench.case import Case
from lrbench.bench.floor import floor_seconds, work

B, T, I, H, D, N = 2, 3, 5, 7, 11, 13  # noqa: E741


@pytest.mark.parametrize(("measurement", "gates"), [("lstm", 4), ("gru", 3)])
def test_a_pass_has_three_products_with_each_kernel(measurement: str, gates: int) -> None:
    found = work(Case(measurement, {"B": B, "T": T, "I": I, "H": H}))
    assert found is not None
    forward = B * T * 2 * gates * H * (I + H)
    assert found.flop == 3 * forward


def test_what_a_pass_moves() -> None:
    # The LSTM keeps 24 H bytes a token, the GRU 20 H: written once and read once, beside inputs and cotangent.
    lstm, gru = (work(Case(name, {"B": 1, "T": 1, "I": I, "H": H})) for name in ("lstm", "gru"))
    assert lstm is not None
    assert gru is not None
    assert lstm.moved == 2 * 24 * H + 4 * H + 12 * I
    assert lstm.moved - gru.moved == 2 * 4 * H


def test_the_selective_scan_moves_its_inputs_and_not_its_states() -> None:
    found = work(Case("selective_scan", {"B": B, "T": T, "D": D, "N": N}))
    assert found is not None
    assert found.flop == B * T * 28 * D * N
    assert found.moved == B * T * (32 * D + 24 * N)


def test_a_streaming_step_is_one_step_however_many_are_prepared() -> None:
    sizes = {"B": 1, "T": 64, "I": I, "H": H}
    assert work(Case("stream_lstm", sizes)) == work(Case("stream_lstm", sizes | {"T": 1}))
    found = work(Case("stream_gru", sizes))
    assert found is not None
    assert found.flop == 6 * H * (I + H) + 20 * H


def test_the_floor_is_the_slower_of_the_two() -> None:
    case = Case("lstm", {"B": B, "T": T, "I": I, "H": H})
    needed = work(case)
    assert needed is not None
    assert floor_seconds(case, flops=1.0, bandwidth=1e30) == needed.flop
    assert floor_seconds(case, flops=1e30, bandwidth=1.0) == needed.moved
    assert floor_seconds(Case("train_gru", {}), 1.0, 1.0) is None
