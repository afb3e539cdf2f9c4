"""The floor of a case: estimated work over what the machine was measured to do.

An implementation that keeps less for its backward pass, or finds it in a cache, moves fewer bytes than estimated here.
Letters: S seeds, B sequences, T steps, I inputs, H hidden units, D channels, N states a channel; float32.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from lrbench.bench.case import Case

#: Bytes of a number.
_FLOAT32 = 4


class Work(NamedTuple):
    """What has to be done at least.

    Attributes:
        flop: additions, multiplications and, as one each, elementary functions.
        moved: bytes read from and written to memory.
    """

    flop: float
    moved: float


def work(case: Case) -> Work | None:
    """Returns the work of a case; None for a measurement without an estimate."""
    token = _TOKEN.get(case.measurement)
    if token is None:
        return None
    sizes = case.sizes
    tokens = sizes.get("S", 1) * sizes["B"] * (1 if case.measurement.startswith("stream_") else sizes["T"])
    return Work(*(tokens * amount for amount in token(sizes)))


def floor_seconds(case: Case, flops: float, bandwidth: float) -> float | None:
    """Returns the floor of a case; of "stream_…" that of one step.

    Args:
        case: what.
        flops: FLOP/s of a matrix product.
        bandwidth: bytes/s of a copy, read and written bytes both counted.

    Returns:
        Seconds, those of the FLOP or of the bytes, whichever are more; None for a measurement without an estimate.
    """
    needed = work(case)
    return None if needed is None else max(needed.flop / flops, needed.moved / bandwidth)


def _recurrent(gates: int, kept: int) -> Callable[[Mapping[str, int]], Work]:
    """Forward and backward of a token: three products with each kernel, 2 FLOP an element and gate.

    What is kept for the backward pass (numbers a hidden unit: the gates and the states) is written once and read once;
    the inputs are read twice and their gradient is written, and the cotangent is read.
    """

    def token(sizes: Mapping[str, int]) -> Work:
        inputs, hidden = sizes["I"], sizes["H"]
        return Work(6 * gates * hidden * (inputs + hidden), _FLOAT32 * ((2 * kept + 1) * hidden + 3 * inputs))

    return token


def _step(gates: int, elementwise: int) -> Callable[[Mapping[str, int]], Work]:
    """One step forward, at the speed of large products on all cores.

    What a step really waits for is its weights, out of a cache whose speed is not measured: the share is a small one.
    """

    def token(sizes: Mapping[str, int]) -> Work:
        inputs, hidden = sizes["I"], sizes["H"]
        flop = 2 * gates * hidden * (inputs + hidden) + elementwise * hidden
        return Work(flop, _FLOAT32 * (inputs + hidden))

    return token


def _selective(sizes: Mapping[str, int]) -> Work:
    """Forward and backward of a token, with the states recomputed.

    26 FLOP and 2 exponentials a state; u, Δ, B and C are read twice, the outputs and four gradients are written, and
    the cotangent is read.
    """
    channels, states = sizes["D"], sizes["N"]
    return Work(28 * channels * states, _FLOAT32 * (8 * channels + 6 * states))


_TOKEN: dict[str, Callable[[Mapping[str, int]], Work]] = {
    "lstm": _recurrent(gates=4, kept=6),
    "lstm_last": _recurrent(gates=4, kept=6),
    "seeds_lstm": _recurrent(gates=4, kept=6),
    "gru": _recurrent(gates=3, kept=5),
    "stream_lstm": _step(gates=4, elementwise=25),
    "stream_gru": _step(gates=3, elementwise=20),
    "selective_scan": _selective,
}
