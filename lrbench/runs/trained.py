"""The parameters that a complete run ended with, for measurements that its rows do not hold."""

import jax
import numpy as np

from lrbench.models import Params
from lrbench.runs.configuration import Run
from lrbench.runs.errors import RunError
from lrbench.runs.folder import RunFolder
from lrbench.training import Trainer, make_feed, spread_lanes
from lrbench.training.checkpoint import Checkpoints


def trained_parameters(run: Run) -> Params:
    """Returns the parameters of all lanes of a run, on the host, leaves `[lanes, ...]`, in the order of `run.lanes`.

    Raises:
        RunError: the run is not complete, or no checkpoint of it is whole.
    """
    folder = RunFolder(run.folder)
    if not folder.complete():
        raise RunError(f"{run.folder} is not complete; run it to its end first")
    spread = spread_lanes(len(run.lanes))
    feed = make_feed(run.task, run.lengths, run.batch_size, run.train_examples, run.lanes, spread)
    trainer = Trainer(run.task.output, feed, run.model, run.optimizer, run.lanes, spread, run.steps)
    restored = Checkpoints(folder.checkpoints.absolute()).restore(trainer.abstract(), lambda _: None)
    if restored is None or int(restored[0].step[0]) != folder.status().get("step"):
        raise RunError(f"{folder.checkpoints} holds no whole checkpoint of the run's end; move {run.folder} away")
    params: Params = jax.tree.map(np.asarray, restored[0].params)
    return params
