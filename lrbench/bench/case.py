"""A case: one piece of work, with the same numbers for every library."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Self

import numpy as np
import numpy.typing as npt

Arrays = dict[str, npt.NDArray[np.float32]]

#: Gates whose kernels stand side by side in the columns of one kernel.
GATES = {"lstm": 4, "gru": 3}


@dataclasses.dataclass(frozen=True)
class Case:
    """What is measured.

    Attributes:
        measurement: the kind of work: "lstm", "gru" and "selective_scan" are a forward and a backward pass over
            a whole sequence; "lstm_last" is the same with a loss of the last hidden state alone; "seeds_lstm" is
            S of them that have nothing to do with each other; "stream_lstm" and "stream_gru" are single steps
            forward. Others have sizes only.
        sizes: S seeds, B sequences, T steps, I inputs, H hidden units, D channels, N states a channel; each
            measurement has its own letters.
        seed: of the arrays.
        task: the choice of the config group that it is about, where it is about one.
        implementation: of our own cores' scan, a word of `lrbench.cores.Implementation`.
    """

    measurement: str
    sizes: Mapping[str, int]
    seed: int = 0
    task: str = ""
    implementation: str = "auto"

    def to_json(self) -> str:
        """Returns the case as one line."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, line: str) -> Self:
        """Returns the case that `to_json` wrote."""
        return cls(**json.loads(line))

    @property
    def label(self) -> str:
        """The sizes as a person reads them: "B32 T256 I64 H128"."""
        return label(self.sizes)


def label(sizes: Mapping[str, int]) -> str:
    """Returns sizes as a person reads them: "B32 T256 I64 H128"."""
    return " ".join(f"{letter}{size}" for letter, size in sizes.items())


def arrays(case: Case) -> Arrays:
    """Returns inputs, weights and cotangent of a case, in the layout of `lrbench.cores`.

    The same case gives the same numbers in every process.

    Returns:
        For "lstm" and "gru", with G = 4 or 3 gates: `inputs` [T, B, I], `input_kernel` [I, G H],
        `recurrent_kernel` [H, G H], `bias` [G H] and, for the GRU, `candidate_bias` [H], which
        is 0 because Flax's cell has none; `cotangent` [T, B, H], the
        gradient of the loss with respect to the outputs (that of the last carry is 0; the first carry is 0).
        "lstm_last" has the cotangent [1, B, H] of the last output, "stream_lstm" and "stream_gru" have none.
        "seeds_lstm" has a leading axis S everywhere.
        For "selective_scan": `u` and `delta` > 0 [T, B, D], `B` and `C` [T, B, N], `A_log` [D, N], `D` [D],
        `cotangent` [T, B, D].
        For any other measurement: nothing; its contestants draw their own.
    """
    numbers = np.random.default_rng(case.seed)
    if case.measurement.startswith("seeds_"):
        one = dataclasses.replace(case, measurement=case.measurement.removeprefix("seeds_"))
        every = [arrays(dataclasses.replace(one, seed=case.seed + place)) for place in range(case.sizes["S"])]
        return {name: np.stack([drawn[name] for drawn in every]) for name in every[0]}
    core = case.measurement.removeprefix("stream_").removesuffix("_last")
    if core in GATES:
        drawn = _recurrent(numbers, case.sizes, GATES[core])
    elif core == "selective_scan":
        drawn = _selective(numbers, case.sizes)
    else:
        return {}
    if case.measurement.endswith("_last"):
        drawn["cotangent"] = drawn["cotangent"][-1:]
    elif core != case.measurement:
        del drawn["cotangent"]
    return drawn


def _normal(numbers: np.random.Generator, *shape: int) -> npt.NDArray[np.float32]:
    return numbers.standard_normal(shape, dtype=np.float32)


def _recurrent(numbers: np.random.Generator, sizes: Mapping[str, int], gates: int) -> Arrays:
    T, B, I, H = (sizes[letter] for letter in "TBIH")  # noqa: E741
    scale = np.float32(H**-0.5)
    drawn = {
        "inputs": _normal(numbers, T, B, I),
        "input_kernel": _normal(numbers, I, gates * H) * np.float32(I**-0.5),
        "recurrent_kernel": _normal(numbers, H, gates * H) * scale,
        "bias": _normal(numbers, gates * H) * scale,
        "cotangent": _normal(numbers, T, B, H),
    }
    if gates == GATES["gru"]:
        drawn["candidate_bias"] = np.zeros(H, np.float32)
    return drawn


def _selective(numbers: np.random.Generator, sizes: Mapping[str, int]) -> Arrays:
    T, B, D, N = (sizes[letter] for letter in "TBDN")
    # A = -(1 .. N) in every channel and Δ between 0.001 and 0.1: as Mamba starts (Gu & Dao 2023, section 3.6).
    delta = np.exp(numbers.uniform(np.log(1e-3), np.log(1e-1), (T, B, D))).astype(np.float32)
    return {
        "u": _normal(numbers, T, B, D),
        "delta": delta,
        "B": _normal(numbers, T, B, N),
        "C": _normal(numbers, T, B, N),
        "A_log": np.log(np.tile(np.arange(1, N + 1, dtype=np.float32), (D, 1))),
        "D": np.ones(D, np.float32),
        "cotangent": _normal(numbers, T, B, D),
    }
