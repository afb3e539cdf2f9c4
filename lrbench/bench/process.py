"""The parent's side of a worker: starts it, asks it, and never waits for the dead."""

import contextlib
import json
import os
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from lrbench.bench.case import Case
from lrbench.bench.contestant import Results
from lrbench.runs.environment import advised

#: Every process has these, beside what `lrbench run` sets for itself: float32 products are float32 everywhere, and
#: nobody takes all memory of a GPU.
ENVIRONMENT = {
    "JAX_DEFAULT_MATMUL_PRECISION": "highest",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    "TF_CPP_MIN_LOG_LEVEL": "2",
}
#: Seconds after which a request counts as hung.
PATIENCE = 1800.0


class WorkerError(Exception):
    """A request could not be answered; the message is one sentence."""


class Process:
    """A worker process and its pipes.

    Attributes:
        contestant: module in `lrbench.bench.contestants`.
    """

    def __init__(self, contestant: str, environment: Mapping[str, str], memory_limit: int | None = None) -> None:
        """Starts the worker.

        Args:
            contestant: module in `lrbench.bench.contestants`.
            environment: its variables, beside `ENVIRONMENT`.
            memory_limit: bytes of data it may allocate; None: no limit.
        """
        self.contestant = contestant
        self._said = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 - closed with the process
        words = [sys.executable, "-m", "lrbench.bench.worker", contestant]
        self._child = subprocess.Popen(
            words if memory_limit is None else [*words, str(memory_limit)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env={**os.environ, **advised(os.environ), **ENVIRONMENT, **environment},
        )
        self._rest = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the worker."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._child.stdin.close()
        try:
            # A worker at work does not see its input end.
            self._child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child.stdout.close()
        self._said.close()

    def ask(self, do: str, **request: Any) -> dict[str, Any]:
        """Sends a request of `lrbench.bench.worker`, and returns its answer.

        Raises:
            WorkerError: the worker says that it could not, ended, or took more than `PATIENCE`.
        """
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(json.dumps({"do": do, **request}).encode() + b"\n")
            self._child.stdin.flush()
        except BrokenPipeError:
            raise WorkerError(self._obituary()) from None
        answer: dict[str, Any] = json.loads(self._line(do))
        if "error" in answer:
            raise WorkerError(answer["error"])
        return answer

    def prepare(self, case: Case) -> dict[str, Any]:
        """Makes a case ready; returns compile_seconds, temporary_bytes, note and measured of `Prepared`."""
        return self.ask("prepare", case=case.to_json())

    def run(self, times: int = 1) -> float:
        """Runs the case some times; returns the seconds of all together."""
        return float(self.ask("run", times=times)["seconds"])

    def memory(self) -> int | None:
        """Runs the case once; returns the bytes that took beside inputs and outputs, None where nobody knows."""
        found = self.ask("memory")["temporary_bytes"]
        return None if found is None else int(found)

    def latencies(self, times: int) -> list[float]:
        """Takes single streaming steps; returns the seconds of each."""
        return [float(seconds) for seconds in self.ask("latencies", times=times)["seconds"]]

    def results(self) -> Results:
        """Runs the case once; returns its outputs and gradients."""
        with tempfile.TemporaryDirectory(prefix="lrbench-bench-") as folder:
            path = Path(folder) / "results.npz"
            self.ask("results", path=str(path))
            with np.load(path) as archive:
                return {name: archive[name] for name in archive.files}

    def _line(self, do: str) -> bytes:
        assert self._child.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._child.stdout, selectors.EVENT_READ)
            while b"\n" not in self._rest:
                if not selector.select(timeout=PATIENCE):
                    raise WorkerError(f"no answer to {do!r} in {PATIENCE:.0f} s")
                piece = os.read(self._child.stdout.fileno(), 1 << 16)
                if not piece:
                    raise WorkerError(self._obituary())
                self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def _obituary(self) -> str:
        status = self._child.wait()
        self._said.seek(0)
        last = next((line.strip() for line in reversed(self._said.read().splitlines()) if line.strip()), "")
        how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        return f"its process {how}{': ' + last[:200] if last else ''}"
