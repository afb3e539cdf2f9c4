"""A bench on no machine, and workers that answer what they are told."""

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from lrbench.bench.case import Case
from lrbench.bench.contender import Contender
from lrbench.bench.loaded import Place
from lrbench.bench.race import Bench, Starter
from lrbench.bench.rows import Machine
from lrbench.bench.worker import Worker

MACHINE = Machine("cpu", "a machine", 1, "", 2, 1e11, 1e10, "{}", "")
CPU = Place("2 x cpu (x86_64)", 2, "{}", "{}")
MEASUREMENTS = frozenset({"stream_lstm", "stream_gru", "train_lstm", "train_gru"})
OURS = Contender("ours", "lrbench", None, {}, MEASUREMENTS, False)
PEER = Contender("pytorch", "torch", None, {}, MEASUREMENTS, False)


@dataclass
class Answers:
    """A worker whose steps all take so long but for the slowest 2 %, and who counts what it is asked."""

    seconds: float
    slowest: int = 10
    asked: list[int] = field(default_factory=list)

    def latencies(self, times: int) -> list[float]:
        self.asked.append(times)
        slow = times // 50
        return [self.seconds] * (times - slow) + [self.slowest * self.seconds] * slow


class Here:
    """A worker in this process."""

    def __init__(self, contender: Contender) -> None:
        self.worker = Worker(contender.module)

    def __enter__(self) -> "Here":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.worker.prepared = None

    def prepare(self, case: Case) -> dict[str, Any]:
        said = self.worker.answer({"do": "prepare", "case": case.to_json()})
        return said | {"place": Place(**said["place"])}

    def run(self, times: int = 1) -> float:
        return self.worker.answer({"do": "run", "times": times})["seconds"]

    def memory(self) -> int | None:
        return self.worker.answer({"do": "memory"})["temporary_bytes"]


def bench(part: str, **sizes: tuple[int, ...]) -> Bench:
    return Bench(part, MACHINE, [OURS, PEER], repeats=3, sizes=sizes)


def starter(contender: Contender, process: Answers) -> Starter:
    return Starter(contender, process, 0.5, None, "", {}, CPU, 1e-7)


@contextmanager
def in_place_of(value: Any):
    yield value
