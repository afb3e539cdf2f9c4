"""The parameters of a complete run are those that its rows were measured with."""

import shutil

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from silent_watch import Silent

from lrbench.evaluation import Reader, make_examiner, score
from lrbench.runs.configuration import Run, make_run
from lrbench.runs.errors import RunError
from lrbench.runs.execution import execute
from lrbench.runs.folder import RunFolder
from lrbench.runs.stop import StopRequest
from lrbench.runs.sweep import plan
from lrbench.runs.trained import trained_parameters
from lrbench.training import spread_lanes

WORDS = ["task=parity", "model=gru", "model.width=4", "seeds=3", "batch_size=4", "steps=6", "eval_every=3"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    sweep = plan([*WORDS, "eval_examples=8", "eval_lengths=[48]", f"runs={tmp_path_factory.mktemp('runs')}"])
    made = make_run(sweep.configs[0], sweep.choices[0])
    execute(made, Silent(), StopRequest())
    return made


def test_they_score_as_the_rows_say(run):
    params = trained_parameters(run)
    assert {leaf.shape[0] for leaf in jax.tree.leaves(params)} == {3}
    spread = spread_lanes(3)
    (questions,) = make_examiner(run.task, run.lengths, 8, (48,)).test()
    reader = Reader(run.task, run.model, spread.mesh, spread.padded, run.eval_piece)
    metrics = reader.read(spread.pad(jax.tree.map(jnp.asarray, params)), questions)
    rows = RunFolder(run.folder).read_results().sort("lane")
    for lane in range(3):
        found = score(run.task, jax.tree.map(lambda leaf, lane=lane: leaf[lane], metrics))
        np.testing.assert_allclose(found.loss, rows["loss"][lane], rtol=1e-6)
        assert found.token_accuracy == rows["token_accuracy"][lane]


def test_without_a_whole_checkpoint_of_the_end_it_says_so(run, tmp_path):
    copied = tmp_path / "runs"
    shutil.copytree(run.runs, copied)
    sweep = plan([*WORDS, "eval_examples=8", "eval_lengths=[48]", f"runs={copied}"])
    other = make_run(sweep.configs[0], sweep.choices[0])
    (RunFolder(other.folder).checkpoints / "6.sha256.json").unlink()
    with pytest.raises(RunError, match="holds no whole checkpoint of the run's end"):
        trained_parameters(other)
    (other.folder / "status.json").unlink()
    with pytest.raises(RunError, match="is not complete; run it to its end first"):
        trained_parameters(other)
