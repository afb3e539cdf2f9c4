"""A bench on no machine, and workers that answer what they are told."""

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from lrbench.bench.contender import Contender
from lrbench.bench.race import Bench, Starter
from lrbench.bench.rows import Machine

MACHINE = Machine("cpu", "a machine", 1, 2, 1e11, 1e10, "{}", "")
MEASUREMENTS = frozenset({"stream_lstm", "stream_gru", "train_lstm", "train_gru"})
OURS = Contender("ours", "lrbench", None, {}, MEASUREMENTS, False)
PEER = Contender("pytorch", "torch", None, {}, MEASUREMENTS, False)


@dataclass
class Answers:
    """A worker whose steps all take so long but for the slowest 2 %, and who counts what it is asked."""

    seconds: float
    asked: list[int] = field(default_factory=list)

    def latencies(self, times: int) -> list[float]:
        self.asked.append(times)
        slow = times // 50
        return [self.seconds] * (times - slow) + [10 * self.seconds] * slow


def bench(part: str, **sizes: tuple[int, ...]) -> Bench:
    return Bench(part, MACHINE, [OURS, PEER], repeats=3, sizes=sizes)


def starter(contender: Contender, process: Answers) -> Starter:
    return Starter(contender, process, 0.5, None, "", {}, "2 x cpu (x86_64)", "{}", 1e-7)


@contextmanager
def in_place_of(value: Any):
    yield value
