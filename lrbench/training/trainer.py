"""One step of one lane, and the compiled chunk that takes many steps of all lanes, data included."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import jax
import jax.numpy as jnp
import optax
from jax.sharding import PartitionSpec
from jaxtyping import Array, Int, Key

from lrbench.data import Example, Output, Stream, stream_key
from lrbench.data.compilation import quick_to_compile
from lrbench.data.metrics import mean_loss
from lrbench.models import Model
from lrbench.training.feed import Feed
from lrbench.training.lanes import AXIS, Lane, Spread, learning_rates_of, root_keys_of
from lrbench.training.optimizer import Optimizer
from lrbench.training.state import ChunkLog, Params, TrainState


def _empty_log() -> ChunkLog:
    zero, none = jnp.float32(0), jnp.int32(0)
    return ChunkLog(steps=none, loss_sum=zero, norm_sum=zero, norm_max=zero, clipped=none)


@dataclass(frozen=True)
class Trainer:
    """Trains the lanes of a run. A frozen value: the state goes in and comes out.

    Attributes:
        output: what the model answers; the loss follows from it.
        feed: where the batches come from.
        model: what is trained.
        optimizer: how.
        lanes: seeds and learning rates.
        spread: the lanes on the devices.
        steps: length of the whole training; the schedule needs it.
    """

    output: Output
    feed: Feed
    model: Model
    optimizer: Optimizer
    lanes: Sequence[Lane]
    spread: Spread
    steps: int

    def init_lane(self, key: Key[Array, ""], learning_rate: jax.Array) -> TrainState:
        """Returns the state of one lane before its first step."""
        params = self.model.init(stream_key(key, Stream.PARAMETERS))
        return TrainState(
            step=jnp.int32(0),
            key=key,
            learning_rate=learning_rate,
            params=params,
            opt_state=self.optimizer.transformation().init(params),
            diverged_step=jnp.int32(-1),
            solved_step=jnp.int32(-1),
            log=_empty_log(),
        )

    def init(self) -> TrainState:
        """Returns the state of all lanes before the first step, laid on the devices."""
        return self.spread.pad(jax.jit(self._init_lanes, compiler_options=quick_to_compile())())

    def abstract(self) -> TrainState:
        """Returns shapes and types of the state of all lanes, without padding, without allocating it."""
        return jax.eval_shape(self._init_lanes)

    def _init_lanes(self) -> TrainState:
        return jax.vmap(self.init_lane)(root_keys_of(self.lanes), learning_rates_of(self.lanes))

    def step_lane(self, state: TrainState, block: Example | None = None) -> TrainState:
        """Takes one step of one lane: draw, differentiate, update; or freeze where something is not finite.

        Args:
            state: of the lane.
            block: the lane's part of what `feed.examples_for` returned.
        """
        example = self.feed.batch(state.key, state.step, block)

        def loss_of(params: Params) -> jax.Array:
            _, outputs = self.model.apply(params, example.inputs)
            return mean_loss(outputs, example, self.output)

        loss, gradient = jax.value_and_grad(loss_of)(state.params)
        norm = optax.tree.norm(gradient)
        with jax.numpy_dtype_promotion("standard"):  # Optax raises a float to a count of steps
            direction, opt_state = self.optimizer.transformation().update(gradient, state.opt_state, state.params)
        rate = state.learning_rate * self.optimizer.schedule(state.step, self.steps)
        params = jax.tree.map(lambda value, change: value - rate * change, state.params, direction)

        healthy = (state.diverged_step < 0) & jnp.isfinite(loss) & jnp.isfinite(norm)
        clip = jnp.inf if self.optimizer.clip is None else self.optimizer.clip
        log = ChunkLog(
            steps=state.log.steps + 1,
            loss_sum=state.log.loss_sum + loss,
            norm_sum=state.log.norm_sum + norm,
            norm_max=jnp.maximum(state.log.norm_max, norm),
            clipped=state.log.clipped + (norm > clip).astype(jnp.int32),
        )
        params, opt_state, log = jax.tree.map(
            lambda new, old: jnp.where(healthy, new, old),
            (params, opt_state, log),
            (state.params, state.opt_state, state.log),
        )
        first_failure = (state.diverged_step < 0) & ~healthy
        return state._replace(
            step=state.step + 1,
            params=params,
            opt_state=opt_state,
            diverged_step=jnp.where(first_failure, state.step, state.diverged_step),
            log=log,
        )

    @cached_property
    def advance(self) -> jax.stages.Wrapped:
        """The compiled chunk, `(state, block, steps) -> state`: takes so many steps of every lane.

        `block` is what `feed.examples_for` returned for the first of these steps; the steps stay inside that block.
        One compilation serves every number of steps.
        """

        def advance(state: TrainState, block: Example | None, steps: Int[Array, ""]) -> TrainState:
            return jax.lax.fori_loop(0, steps, lambda _, lanes: jax.vmap(self.step_lane)(lanes, block), state)

        by_lane = PartitionSpec(AXIS)
        sharded = jax.shard_map(
            advance,
            mesh=self.spread.mesh,
            in_specs=(by_lane, by_lane, PartitionSpec()),
            out_specs=by_lane,
            check_vma=False,
        )
        return jax.jit(sharded, donate_argnums=0, out_shardings=self.spread.by_lane)

    @cached_property
    def begin_chunk(self) -> Callable[[TrainState], TrainState]:
        """Empties the log of every lane, after an evaluation has read it."""
        return jax.jit(
            lambda state: state._replace(log=jax.tree.map(jnp.zeros_like, state.log)),
            donate_argnums=0,
            out_shardings=self.spread.by_lane,
        )
