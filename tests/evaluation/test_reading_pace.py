"""What a token costs in reading: every model is timed in every round, after a warm-up, the carry fed on."""

import jax
import jax.numpy as jnp
import numpy as np
from lrbench.tasks.parity import Parity

from lrbench.data import TrainingLengths
from lrbench.evaluation import make_examiner
from lrbench.evaluation import reading_pace as module
from lrbench.evaluation.reading_pace import reading_pace
from lrbench.models import GRU, LSTM, Architecture


def test_models_take_turns_and_every_token_is_counted(monkeypatch):
    """The clock is made to tell the order in which it was read, so that the numbers are known."""
    ticks = iter(np.cumsum(np.arange(100.0)).tolist())
    monkeypatch.setattr(module.time, "perf_counter", lambda: next(ticks))
    task, models = Parity(), {}
    for name, layer in (("gru", GRU), ("lstm", LSTM)):
        model = Architecture(layer=layer, layers=1, norm="none", residual=False, width=4).build(
            encoder="embedding", inputs=task.inputs.count, outputs=task.output.count
        )
        models[name] = (model, jax.tree.map(np.asarray, model.init(jax.random.key(0))))
    table = reading_pace(task, models, length=10, rounds=3)
    assert table.select("model", "round").rows() == [(name, turn) for turn in range(3) for name in ("gru", "lstm")]
    # Reading k and k + 1 of the clock lie k + 1 apart, and each timing takes two readings.
    np.testing.assert_allclose(table["seconds_a_token"].to_numpy(), np.array([1, 3, 5, 7, 9, 11]) / 10)


def test_the_whole_sequence_is_read_with_the_carry_of_the_reading_before(monkeypatch):
    task, seen = Parity(), []
    model = Architecture(layer=GRU, layers=1, norm="none", residual=False, width=4).build(
        encoder="embedding", inputs=task.inputs.count, outputs=task.output.count
    )
    params = model.init(jax.random.key(0))
    wait = jax.block_until_ready

    def kept(result):
        seen.append(jax.tree.map(np.asarray, result))
        return wait(result)

    monkeypatch.setattr(module.jax, "block_until_ready", kept)
    reading_pace(task, {"gru": (model, params)}, length=12, rounds=2)
    (questions,) = make_examiner(task, TrainingLengths(task, 12, 12), 1, (12,)).test()
    carry, wanted = None, []
    for _ in range(3):  # a warm-up and two rounds
        carry, outputs = model.apply(params, jnp.asarray(questions.example.inputs), carry)
        wanted.append(np.asarray(outputs))
    assert [outputs.shape[:2] for _, outputs in seen] == [(12, 1)] * 3
    np.testing.assert_allclose([outputs for _, outputs in seen], wanted, rtol=1e-5, atol=1e-6)
    assert not np.allclose(wanted[0], wanted[1])
