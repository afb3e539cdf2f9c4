"""The memory of a piece of work in a fresh process: `python -m lrbench.bench.peak CASE` prints it as a line of JSON."""

import ctypes
import dataclasses
import json
import sys
from contextlib import suppress
from typing import Any

from lrbench.bench.alone import answer
from lrbench.bench.case import Case
from lrbench.bench.process import WorkerError
from lrbench.bench.resident import forget_peak, resident

#: The second run has the results of the first beside its own, as in any loop; more change nothing.
_RUNS = 3


@dataclasses.dataclass(frozen=True)
class Peak:
    """What a process needed.

    Attributes:
        temporary_bytes: what the compiled program needs beside its inputs and outputs, as the compiler counts; None
            where it does not.
        resident_before: bytes resident before the first run, the program compiled; None where the system does not say.
        resident_peak: the most that was resident in the runs, the interpreter and its libraries included.
        device: what it computed on.
        versions: of the libraries it had loaded, as JSON.
    """

    temporary_bytes: int | None
    resident_before: int | None
    resident_peak: int | None
    device: str
    versions: str


def peak(case: Case) -> Peak:
    """Does a case of our own cores a few times in a fresh process, and returns what it needed.

    Raises:
        WorkerError: the process ended before it could say.
    """
    try:
        return Peak(**answer("lrbench.bench.peak", case.to_json()))
    except WorkerError as error:
        raise WorkerError(f"the memory of {case.measurement} {case.label} could not be measured: {error}") from None


def measure(case: Case) -> Peak:
    """Measures this process, which should have done nothing before."""
    from lrbench.bench.case import arrays
    from lrbench.bench.contestants.ours import MEASUREMENTS
    from lrbench.bench.loaded import device, versions

    prepared = MEASUREMENTS[case.measurement](case, arrays(case))
    _give_back()
    before = forget_peak()
    for _ in range(_RUNS):
        prepared.run()
    after = None if before is None else resident("VmHWM")
    return Peak(prepared.temporary_bytes, before, after, device(), versions())


def _give_back() -> None:
    """Gives what the compiler freed back to the system: the runs would find it there, and not be seen to need it."""
    with suppress(AttributeError, OSError):  # glibc alone has it
        ctypes.CDLL(None).malloc_trim(0)


def _main(words: list[str]) -> None:
    measured: dict[str, Any] = dataclasses.asdict(measure(Case.from_json(words[0])))
    sys.stdout.write(json.dumps(measured) + "\n")


if __name__ == "__main__":
    _main(sys.argv[1:])
