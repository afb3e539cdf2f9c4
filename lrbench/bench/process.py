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
from lrbench.bench.loaded import Place
from lrbench.runs.environment import advised

#: Every process has these, beside what `lrbench run` sets for itself: float32 products are float32 everywhere, and
#: nobody takes all memory of a GPU.
ENVIRONMENT = {
    "JAX_DEFAULT_MATMUL_PRECISION": "highest",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    "TF_CPP_MIN_LOG_LEVEL": "2",
}
#: Seconds after which a request counts as hung, where nobody says more or less.
PATIENCE = 1800.0


def surroundings(inherited: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """Returns the environment of a worker.

    Programs that were compiled before are not handed to it, because the time of compilation is measured.

    Args:
        inherited: the variables of this process.
        own: those of its contestant, beside `ENVIRONMENT`; flags of XLA are added to those that are there.
    """
    kept = {name: value for name, value in inherited.items() if name != "JAX_COMPILATION_CACHE_DIR"}
    found = kept | advised(kept) | ENVIRONMENT
    flags = " ".join(words for words in (found.get("XLA_FLAGS"), own.get("XLA_FLAGS")) if words)
    return found | dict(own) | ({"XLA_FLAGS": flags} if flags else {})


class WorkerError(Exception):
    """A request could not be answered; the message is one sentence."""


class Process:
    """A worker process and its pipes.

    Attributes:
        contestant: module in `lrbench.bench.contestants`.
        patience: seconds after which a request counts as hung.
    """

    def __init__(
        self,
        contestant: str,
        environment: Mapping[str, str],
        memory_limit: int | None = None,
        patience: float = PATIENCE,
    ) -> None:
        """Starts the worker.

        Args:
            contestant: module in `lrbench.bench.contestants`.
            environment: its variables, beside `ENVIRONMENT`.
            memory_limit: bytes of data it may allocate; None: no limit.
            patience: seconds after which a request counts as hung.
        """
        self.contestant = contestant
        self.patience = patience
        self._said = tempfile.TemporaryFile("w+", errors="replace")  # noqa: SIM115 - closed with the process
        words = [sys.executable, "-m", "lrbench.bench.worker", contestant]
        self._child = subprocess.Popen(
            words if memory_limit is None else [*words, str(memory_limit)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env=surroundings(os.environ, environment),
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
            WorkerError: the worker says that it could not, ended, or took more than its `patience`.
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
        """Makes a case ready; returns compile_seconds, temporary_bytes, note and measured of `Prepared`, and place."""
        said = self.ask("prepare", case=case.to_json())
        return said | {"place": Place(**said["place"])}

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
                if not selector.select(timeout=self.patience):
                    raise WorkerError(f"no answer to {do!r} in {self.patience:.0f} s")
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
