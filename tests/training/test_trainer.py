"""Lanes: independent of each other, of how a chunk is cut and of who is beside them; frozen where they diverge."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from lrbench.tasks.parity import Parity

from lrbench.data import Stream, TrainingLengths, sample_batch, stream_key
from lrbench.data.metrics import mean_loss
from lrbench.models import GRU, Architecture, Model
from lrbench.training import Lane, Optimizer, Trainer, TrainState, make_lanes, spread_lanes
from lrbench.training.feed import EndlessFeed

TASK = Parity()
LENGTHS = TrainingLengths(TASK, 3, 8)


def small_model() -> Model:
    return Architecture(layer=GRU, layers=1, norm="none", residual=False, width=5).build(
        encoder="embedding", inputs=2, outputs=2
    )


def trainer_of(lanes: tuple[Lane, ...], devices: int = 2, optimizer: Optimizer | None = None) -> Trainer:
    spread = spread_lanes(len(lanes), jax.devices()[:devices])
    feed = EndlessFeed(TASK, LENGTHS, batch_size=4)
    return Trainer(TASK.output, feed, small_model(), optimizer or Optimizer(), lanes, spread, steps=20)


def numbers(state: TrainState) -> list[np.ndarray]:
    raw = state._replace(key=jax.random.key_data(state.key))
    return [np.asarray(leaf) for leaf in jax.tree.leaves(raw)]


def assert_equal(one: list[np.ndarray], other: list[np.ndarray]) -> None:
    for left, right in zip(one, other, strict=True):
        np.testing.assert_array_equal(left, right)


def test_a_chunk_cut_anywhere_is_the_same_chunk() -> None:
    trainer = trainer_of(make_lanes([0, 1], [1e-2]))
    whole = trainer.advance(trainer.init(), None, jnp.int32(7))
    cut = trainer.init()
    for count in (3, 1, 3):
        cut = trainer.advance(cut, None, jnp.int32(count))
    assert_equal(numbers(whole), numbers(cut))


def test_one_compilation_serves_every_number_of_steps() -> None:
    trainer = trainer_of(make_lanes([0, 1, 2], [1e-2]))
    state = trainer.init()
    for count in (1, 4, 2):
        state = trainer.begin_chunk(trainer.advance(state, None, jnp.int32(count)))
    assert trainer.advance._cache_size() == 1


def test_a_step_is_adam_on_the_clipped_gradient_of_the_mean_loss() -> None:
    """The reference is written out: gradient, clipping and Adam's first update by hand, in numpy."""
    trainer = trainer_of((Lane(3, 1e-2),), optimizer=Optimizer(clip=0.05))
    start, key = trainer.init(), jax.random.key(3)
    example, _ = sample_batch(TASK, stream_key(key, Stream.TRAINING, 0), 4, LENGTHS)
    params = jax.tree.map(lambda leaf: leaf[0], trainer.init().params)

    def loss_of(params: object) -> jax.Array:
        return mean_loss(trainer.model.apply(params, example.inputs)[1], example, TASK.output)

    gradient = [np.asarray(leaf, np.float64) for leaf in jax.tree.leaves(jax.grad(loss_of)(params))]
    norm = np.sqrt(sum(np.sum(leaf**2) for leaf in gradient))
    assert norm > 0.05
    after = trainer.advance(start, None, jnp.int32(1))
    for before, grad, new in zip(jax.tree.leaves(params), gradient, jax.tree.leaves(after.params), strict=True):
        clipped = grad * 0.05 / norm
        expected = np.asarray(before) - 1e-2 * clipped / (np.abs(clipped) + 1e-8)
        np.testing.assert_allclose(new[0], expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(after.log.norm_max[0], norm, rtol=1e-4)
    assert int(after.log.clipped[0]) == 1


def test_a_lane_does_not_depend_on_its_neighbours() -> None:
    alone = trainer_of(make_lanes([5], [1e-2]), devices=1)
    among = trainer_of(make_lanes([4, 5, 6], [1e-2]))
    one = alone.advance(alone.init(), None, jnp.int32(5))
    three = among.advance(among.init(), None, jnp.int32(5))
    for left, right in zip(jax.tree.leaves(one.params), jax.tree.leaves(three.params), strict=True):
        np.testing.assert_allclose(left[0], right[1], rtol=1e-5, atol=1e-6)


def test_learning_rates_of_one_seed_start_alike_and_part() -> None:
    trainer = trainer_of(make_lanes([0], [1e-3, 1e-1]))
    start = trainer.init()
    for leaf in jax.tree.leaves(start.params):
        np.testing.assert_array_equal(np.asarray(leaf)[0], np.asarray(leaf)[1])
    after = trainer.advance(start, None, jnp.int32(2))
    assert any(not np.array_equal(*np.asarray(leaf)[:2]) for leaf in jax.tree.leaves(after.params))


def test_a_diverging_lane_is_frozen_with_its_step_and_the_others_go_on() -> None:
    trainer = trainer_of(make_lanes([0, 1], [1e-2]))
    state = trainer.advance(trainer.init(), None, jnp.int32(2))
    reference = numbers(trainer.advance(jax.tree.map(jnp.copy, state), None, jnp.int32(3)))
    poisoned = state._replace(params=jax.tree.map(lambda leaf: leaf.at[1].set(jnp.nan), state.params))
    after = trainer.advance(poisoned, None, jnp.int32(3))
    assert np.asarray(after.diverged_step).tolist() == [-1, 2]
    assert np.asarray(after.log.steps).tolist() == [5, 2]
    assert np.isfinite(np.asarray(after.log.loss_sum)).all()
    for left, right in zip(numbers(after), reference, strict=True):
        np.testing.assert_array_equal(left[0], right[0])


def test_three_lanes_on_two_devices_are_padded_and_trimmed() -> None:
    trainer = trainer_of(make_lanes([0, 1, 2], [1e-2]))
    state = trainer.init()
    assert {leaf.shape[0] for leaf in jax.tree.leaves(state)} == {4}
    assert {len(leaf.sharding.device_set) for leaf in jax.tree.leaves(state)} == {2}
    trimmed = trainer.spread.trim(state)
    assert {leaf.shape[0] for leaf in jax.tree.leaves(trimmed)} == {3}
    assert jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), trimmed) == jax.tree.map(
        lambda leaf: (leaf.shape, leaf.dtype), trainer.abstract()
    )


@pytest.mark.parametrize(
    ("lanes", "devices", "used"), [(1, 2, 1), (2, 2, 2), (3, 2, 2), (4, 3, 2), (5, 4, 3), (16, 5, 4)]
)
def test_spread_uses_no_device_that_would_not_shorten_the_longest_share(lanes: int, devices: int, used: int) -> None:
    fake = [jax.devices()[0]] * devices
    share = -(-lanes // min(lanes, devices))
    assert -(-lanes // share) == used
    if devices <= len(jax.devices()):
        assert spread_lanes(lanes, jax.devices()[:devices]).mesh.size == used
    assert len(fake) == devices


def test_schedule_warms_up_and_decays_as_optax_does() -> None:
    optimizer = Optimizer(warmup_steps=10, decay="cosine")
    reference = optax.warmup_cosine_decay_schedule(0.1, 1.0, 9, 99)
    ours = [float(optimizer.schedule(jnp.int32(step), 100)) for step in range(100)]
    assert ours[:10] == pytest.approx([(step + 1) / 10 for step in range(10)], rel=1e-6)
    assert ours[10:] == pytest.approx([float(reference(step - 1)) for step in range(10, 100)], abs=1e-5)


@pytest.mark.parametrize(
    ("field", "value"),
    [("b1", 1.0), ("b2", -0.1), ("eps", 0.0), ("weight_decay", -1.0), ("warmup_steps", -1), ("clip", 0.0)],
)
def test_optimizer_refuses_values_that_cannot_be(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=field):
        Optimizer(**{field: value})


def test_padding_is_cut_on_the_host() -> None:
    """Cut on the devices it would be gathered there, by programs that can wait for each other for ever."""
    trainer = trainer_of(make_lanes([0, 1, 2], [1e-2]))
    state = trainer.advance(trainer.init(), None, jnp.int32(1))
    trimmed = trainer.spread.trim(state)
    assert jnp.array_equal(jax.random.key_data(trimmed.key), np.asarray(jax.random.key_data(state.key))[:3])
    rest, whole = trimmed._replace(key=None), state._replace(key=None)
    for leaf, before in zip(jax.tree.leaves(rest), jax.tree.leaves(whole), strict=True):
        assert isinstance(leaf, np.ndarray)
        np.testing.assert_array_equal(leaf, np.asarray(before)[:3])
