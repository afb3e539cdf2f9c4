"""A module of the bench run once, in a process of its own that answers with a line of JSON."""

import json
import os
import subprocess
import sys
from typing import Any

from lrbench.bench.process import ENVIRONMENT, WorkerError
from lrbench.runs.environment import advised


def answer(module: str, *words: str) -> dict[str, Any]:
    """Runs `python -m MODULE WORDS`, and returns what the last line of its output says.

    Raises:
        WorkerError: it ended before it could say; the message is the last line of its complaint.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, *words],
        env={**os.environ, **advised(os.environ), **ENVIRONMENT},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or [f"it ended with status {done.returncode}"])[-1]
        raise WorkerError(last[:300])
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
