"""One library's process, driven over its standard input and output.

`python -m lrbench.bench.worker CONTESTANT [BYTES]`, where BYTES is the most data it may allocate. A request is a line
of JSON, and so is its answer. Requests, with their answers:

* `{"do": "prepare", "case": …}`: compile_seconds, temporary_bytes, note, measured, place;
* `{"do": "run", "times": k}`: seconds of k runs together;
* `{"do": "memory"}`: temporary_bytes of one run: the compiler's, or else by how much the run, which should be the
  first of the case in this process, lifts the peak of resident memory, new results included;
* `{"do": "latencies", "times": n}`: seconds, one of each streaming step;
* `{"do": "results", "path": …}`: nothing; writes the results to an .npz file;
* `{"do": "quit"}`: nothing; the process ends.

An error is answered as `{"error": "sentence"}`, and the next request can follow.
"""

import dataclasses
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from typing import IO, Any

import numpy as np

from lrbench.bench.case import Case, arrays
from lrbench.bench.contestant import Prepared
from lrbench.bench.loaded import place
from lrbench.bench.resident import forget_peak, resident

#: Seconds before a reading: threads of the library that ran before keep spinning for a few milliseconds.
_REST = 0.01


class Worker:
    """Answers requests for one contestant; holds the one case that was prepared last."""

    def __init__(self, contestant: str) -> None:
        self.measurements = import_module(f"lrbench.bench.contestants.{contestant}").MEASUREMENTS
        self.prepared: Prepared | None = None

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Does what a request asks for."""
        if request["do"] == "prepare":
            return self._prepare(Case.from_json(request["case"]))
        if self.prepared is None:
            raise ValueError("no case was prepared")
        return getattr(self, f"_{request.pop('do')}")(self.prepared, **request)

    def _prepare(self, case: Case) -> dict[str, Any]:
        self.prepared = None  # its memory is needed
        self.prepared = prepared = self.measurements[case.measurement](case, arrays(case))
        return {
            "compile_seconds": prepared.compile_seconds,
            "temporary_bytes": prepared.temporary_bytes,
            "note": prepared.note,
            "measured": prepared.measured,
            "place": dataclasses.asdict(place()),
        }

    def _run(self, prepared: Prepared, times: int) -> dict[str, Any]:
        time.sleep(_REST)
        start = time.perf_counter()
        for _ in range(times):
            prepared.run()
        return {"seconds": time.perf_counter() - start}

    def _memory(self, prepared: Prepared) -> dict[str, Any]:
        if prepared.temporary_bytes is not None:
            return {"temporary_bytes": prepared.temporary_bytes}
        before = forget_peak()
        prepared.run()
        after = resident("VmHWM")
        return {"temporary_bytes": None if before is None or after is None else max(0, after - before)}

    def _latencies(self, prepared: Prepared, times: int) -> dict[str, Any]:
        if prepared.latencies is None:
            raise ValueError("this case has no single steps")
        return {"seconds": prepared.latencies(times)}

    def _results(self, prepared: Prepared, path: str) -> dict[str, Any]:
        np.savez(path, **prepared.results())  # type: ignore[arg-type]
        return {}


def _protocol() -> IO[str]:
    """Keeps standard output for the answers; what libraries print there goes to standard error."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    return answers


def _requests(lines: IO[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        request = json.loads(line)
        if request["do"] == "quit":
            return
        yield request


def sentence(error: BaseException) -> str:
    """Returns an error as one line."""
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {first}"[:300]


def main() -> None:
    """Answers requests until there are no more."""
    answers = _protocol()
    if len(sys.argv) > 2:
        # An allocation that the machine cannot hold fails here, as a sentence, before the kernel ends somebody.
        resource.setrlimit(resource.RLIMIT_DATA, (int(sys.argv[2]), resource.getrlimit(resource.RLIMIT_DATA)[1]))
    worker: Worker | None = None
    for request in _requests(sys.stdin):
        try:
            worker = worker or Worker(sys.argv[1])
            answer = worker.answer(request)
        except Exception as error:
            answer = {"error": sentence(error)}
        answers.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
