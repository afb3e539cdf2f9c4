"""How long drawing a batch of a task takes, beside a training step of a small GRU on it."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

from lrbench.bench.case import Arrays, Case
from lrbench.bench.contestant import Prepared

if TYPE_CHECKING:
    from collections.abc import Callable

#: Pairs of readings, one after the other, of which each gives a ratio.
_PAIRS = 7


def sampling(case: Case, arrays: Arrays) -> Prepared:
    """Prepares the drawing of a batch of `case.task`, its lengths those of training, on one device.

    The step beside it is forward pass, loss and backward pass of one layer of GRU on a batch that was drawn before.

    Args:
        case: "sampling" with sizes B sequences and H hidden units; the lengths are the task's own for training.
        arrays: none; the task draws.

    Returns:
        `measured` has T, the longest length; the median seconds of drawing and of the step; and the median, the least
        and the greatest of their pairwise ratios.
    """
    import jax
    from omegaconf import OmegaConf

    from lrbench.data import Example, GeneratedTask, Tokens, TrainingLengths, sample_batch
    from lrbench.data.metrics import mean_loss
    from lrbench.models import GRU, Architecture
    from lrbench.runs.construction import make_task
    from lrbench.runs.sweep import task_config

    task = make_task(OmegaConf.to_container(task_config(case.task, []), resolve=True))
    assert isinstance(task, GeneratedTask)
    lengths = TrainingLengths(task, *task.lengths.train)
    model = Architecture(GRU, layers=1, norm="none", residual=False, width=case.sizes["H"]).build(
        encoder="embedding" if isinstance(task.inputs, Tokens) else "linear",
        inputs=task.inputs.count,
        outputs=task.output.count,
    )
    key = jax.random.key(case.seed)
    params = model.init(key)

    def loss_of(params: Any, example: Example) -> jax.Array:
        return mean_loss(model.apply(params, example.inputs)[1], example, task.output)

    start = time.perf_counter()
    draw = jax.jit(lambda key: sample_batch(task, key, case.sizes["B"], lengths)[0]).lower(key).compile()
    compile_seconds = time.perf_counter() - start
    example = draw(key)
    step = jax.jit(jax.grad(loss_of)).lower(params, example).compile()

    def run() -> None:
        jax.block_until_ready(draw(key))

    def run_step() -> None:
        jax.block_until_ready(step(params, example))

    pairs = _pairs(run, run_step)
    ratios = [drawing / stepping for drawing, stepping in pairs]
    return Prepared(
        run=run,
        results=dict,
        compile_seconds=compile_seconds,
        measured={
            "T": lengths.longest,
            "sampling_seconds": statistics.median(drawing for drawing, _ in pairs),
            "step_seconds": statistics.median(stepping for _, stepping in pairs),
            "ratio": statistics.median(ratios),
            "ratio_low": min(ratios),
            "ratio_high": max(ratios),
        },
    )


def _pairs(one: Callable[[], None], other: Callable[[], None]) -> list[tuple[float, float]]:
    """Times both in turn, after a first run of each that is not counted."""
    one()
    other()
    return [(_seconds(one), _seconds(other)) for _ in range(_PAIRS)]


def _seconds(run: Callable[[], None]) -> float:
    """Returns the median of three runs: a single one of a fraction of a millisecond says little."""
    readings = []
    for _ in range(3):
        start = time.perf_counter()
        run()
        readings.append(time.perf_counter() - start)
    return statistics.median(readings)
