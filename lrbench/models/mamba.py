"""The Mamba block (Gu & Dao 2023, fig. 3), laid out and initialised as its authors published it.

    u, gate  = split(in_proj(x))                    to twice `expand` * width, no bias
    u        = silu(conv(u))                        depthwise, causal, over the last 4 steps, with bias
    Δ, B, C  = split(x_proj(u))                     to Δ rank + 2 N, no bias
    Δ        = softplus(dt_proj(Δ))                 from the Δ rank to every channel, with bias
    y        = selective_scan(u, Δ, B, C)
    output   = out_proj(y * silu(gate))             no bias

The published model also divides `out_proj` by sqrt(layers) at the start; a layer here does not know its stack.
"""

import math
from typing import NamedTuple, cast, get_args

import jax
import jax.numpy as jnp
from flax import nnx
from jax.nn.initializers import variance_scaling
from jax.typing import DTypeLike
from jaxtyping import Array, Float, Key

from lrbench.cores import Implementation, selective_scan
from lrbench.cores.product import add
from lrbench.models.layers import implementation_of
from lrbench.models.linear import Linear

# Bounds of the initial step sizes Δ, log-uniform between them, in the published code.
SMALLEST_DELTA, LARGEST_DELTA = 1e-3, 1e-1


class MambaCarry(NamedTuple):
    """What is carried.

    Attributes:
        recent: the convolution's last inputs, oldest first.
        state: the selective scan's h.
    """

    recent: Float[Array, "*batch recent channels"]
    state: Float[Array, "*batch states channels"]


class Mamba(nnx.Module):
    """One Mamba block, without its norm and residual, which belong to the stack.

    Args:
        inputs: numbers a step.
        width: numbers out a step; `inputs` as published.
        states: N, state numbers a channel.
        expand: channels are this many times the width.
        convolution: steps that the convolution sees.
        delta_rank: rank of Δ's projection; None: ceil(width / 16).
        eigenvalues: of the recurrence, "positive" (published) or "signed"; see `selective_scan.step`.
        implementation: how the selective scan is computed.
        dtype: type of the products' operands.
        rngs: source of the initial values.

    Raises:
        ValueError: a size is under 1, or `eigenvalues` or `implementation` is something else.
    """

    def __init__(
        self,
        inputs: int,
        width: int,
        *,
        states: int = 16,
        expand: int = 2,
        convolution: int = 4,
        delta_rank: int | None = None,
        eigenvalues: str = "positive",
        implementation: str = "auto",
        dtype: DTypeLike | None = None,
        rngs: nnx.Rngs,
    ):
        rank = -(-width // 16) if delta_rank is None else delta_rank
        for name, value in (("states", states), ("expand", expand), ("convolution", convolution), ("delta_rank", rank)):
            if value < 1:
                raise ValueError(f"{name}={value} leaves Mamba nothing to compute with; give at least 1")
        if eigenvalues not in get_args(selective_scan.Eigenvalues):
            raise ValueError(f'eigenvalues={eigenvalues!r} is no range for Mamba; choose "positive" or "signed"')
        channels = expand * width
        self.eigenvalues = cast(selective_scan.Eigenvalues, eigenvalues)
        self.implementation = implementation_of(implementation, linear=True)
        self.rank = rank
        self.in_proj = Linear(inputs, 2 * channels, bias=False, kernel_init=_uniform(), dtype=dtype, rngs=rngs)
        bound = convolution**-0.5
        taps = jax.random.uniform(rngs.params(), (convolution, channels), jnp.float32, -bound, bound)
        self.conv_kernel = nnx.Param(taps)
        self.conv_bias = nnx.Param(jax.random.uniform(rngs.params(), (channels,), jnp.float32, -bound, bound))
        self.x_proj = Linear(channels, rank + 2 * states, bias=False, kernel_init=_uniform(), dtype=dtype, rngs=rngs)
        self.dt_proj = Linear(rank, channels, bias=False, kernel_init=_uniform(), dtype=dtype, rngs=rngs)
        self.dt_bias = nnx.Param(_initial_delta_bias(rngs.params(), channels))
        # S4D-real (Gu et al. 2022): A = -1, …, -N in every channel.
        self.A_log = nnx.Param(jnp.log(jnp.tile(jnp.arange(1, states + 1, dtype=jnp.float32)[None, :], (channels, 1))))
        self.D = nnx.Param(jnp.ones(channels, jnp.float32))
        self.out_proj = Linear(channels, width, bias=False, kernel_init=_uniform(), dtype=dtype, rngs=rngs)

    @property
    def core_params(self) -> selective_scan.SelectiveScanParams:
        """The parameters as the core reads them."""
        return selective_scan.SelectiveScanParams(self.A_log.get_value(), self.D.get_value())

    def initial_carry(self, batch: tuple[int, ...]) -> MambaCarry:
        """Returns a carry of zeros: before the first step the convolution sees zeros."""
        steps, channels = self.conv_kernel.shape
        recent = jnp.zeros((*batch, steps - 1, channels), jnp.float32)
        return MambaCarry(recent, selective_scan.initial_carry(self.core_params, batch))

    def __call__(
        self, x: Float[Array, "time *batch inputs"], carry: MambaCarry
    ) -> tuple[MambaCarry, Float[Array, "time *batch width"]]:
        """Runs over all steps."""
        u, gate = jnp.split(self.in_proj(x), 2, axis=-1)
        recent, u = self._convolve(u, carry.recent)
        u = jax.nn.silu(u)
        state, y = selective_scan.scan(
            self.core_params,
            self._select(u),
            carry.state,
            eigenvalues=self.eigenvalues,
            implementation=self.implementation,
        )
        return MambaCarry(recent, state), self.out_proj(y * jax.nn.silu(gate))

    def choose(self, time: int, batch: tuple[int, ...]) -> Implementation:
        """Returns how the selective scan of these lengths is computed."""
        return selective_scan.choose(self.implementation)

    def _select(self, u: Float[Array, "time *batch channels"]) -> selective_scan.SelectiveInputs:
        states = self.A_log.shape[1]
        low_rank, B, C = jnp.split(self.x_proj(u), [self.rank, self.rank + states], axis=-1)
        delta = jax.nn.softplus(add(self.dt_proj(low_rank), self.dt_bias.get_value()))
        return selective_scan.SelectiveInputs(u=u, delta=delta, B=B, C=C)

    def _convolve(
        self, u: Float[Array, "time *batch channels"], recent: Float[Array, "*batch recent channels"]
    ) -> tuple[Float[Array, "*batch recent channels"], Float[Array, "time *batch channels"]]:
        time = u.shape[0]
        seen = jnp.concatenate([jnp.moveaxis(recent, -2, 0), u])
        taps = self.conv_kernel.get_value()
        total = add(jnp.zeros_like(u), self.conv_bias.get_value())
        for k in range(taps.shape[0]):
            total = total + seen[k : k + time] * jnp.broadcast_to(taps[k], u.shape)
        return jnp.moveaxis(seen[time:], 0, -2), total


def _uniform() -> jax.nn.initializers.Initializer:
    """Returns U(-1/sqrt(inputs), 1/sqrt(inputs)), torch's default and the published Δ initialisation."""
    return variance_scaling(1 / 3, "fan_in", "uniform")


def _initial_delta_bias(key: Key[Array, ""], channels: int) -> Float[Array, " channels"]:
    """Returns the bias whose softplus is log-uniform in [SMALLEST_DELTA, LARGEST_DELTA]."""
    low, high = math.log(SMALLEST_DELTA), math.log(LARGEST_DELTA)
    delta = jnp.exp(jax.random.uniform(key, (channels,), jnp.float32, low, high))
    return delta + jnp.log(-jnp.expm1(-delta))  # the inverse of softplus
