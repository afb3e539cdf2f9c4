"""The recurrent layers: NNX modules that own the parameters of a core and call it.

Every layer is constructed as `Layer(inputs, width, *, <its options>, dtype=None, rngs)` and called as
`layer(x [T, *batch, inputs], carry) -> (carry, y [T, *batch, width])`. `dtype` is the type of the operands of its
matrix products (None: float32); parameters, gates and carries are float32. `implementation` is one of
`lrbench.cores.Implementation`, how the core computes its scan. The Mamba block is in mamba.py.
"""

from typing import Protocol, cast, get_args, runtime_checkable

import jax
import jax.numpy as jnp
from flax import nnx
from jax.nn.initializers import lecun_normal, orthogonal
from jax.typing import DTypeLike
from jaxtyping import Array, Float, Key, PyTree

from lrbench.cores import Implementation, elman, gru, lstm


@runtime_checkable
class Layer(Protocol):
    """What a model asks of a layer."""

    def initial_carry(self, batch: tuple[int, ...]) -> PyTree[Float[Array, "..."]]:
        """Returns a carry of zeros, for sequences in these batch axes."""

    def __call__(
        self, x: Float[Array, "time *batch inputs"], carry: PyTree[Float[Array, "..."]]
    ) -> tuple[PyTree[Float[Array, "..."]], Float[Array, "time *batch width"]]:
        """Runs over all steps, from a carry to a carry."""

    def choose(self, time: int, batch: tuple[int, ...]) -> Implementation:
        """Returns how the core computes a scan of these lengths."""


def implementation_of(name: str, *, linear: bool) -> Implementation:
    """Reads the option `implementation` of a layer.

    Args:
        name: "auto" or another of `Implementation`'s values.
        linear: whether the recurrence is linear in its state, and so has an associative one.

    Raises:
        ValueError: there is no such implementation of this layer.
    """
    choices = [value for value in Implementation if linear or value is not Implementation.ASSOCIATIVE]
    if name not in choices:
        raise ValueError(f"implementation={name!r} is none of this layer's; choose one of {', '.join(choices)}")
    return Implementation(name)


class Elman(nnx.Module):
    """Elman's network with tanh.

    Input kernel LeCun normal, recurrent kernel orthogonal (Saxe et al. 2014), bias 0.
    """

    def __init__(
        self,
        inputs: int,
        width: int,
        *,
        implementation: str = "auto",
        dtype: DTypeLike | None = None,
        rngs: nnx.Rngs,
    ):
        self.implementation = implementation_of(implementation, linear=False)
        self.dtype = dtype
        self.input_kernel = nnx.Param(lecun_normal()(rngs.params(), (inputs, width), jnp.float32))
        self.recurrent_kernel = nnx.Param(_orthogonal_gates(rngs.params(), width, 1))
        self.bias = nnx.Param(jnp.zeros(width, jnp.float32))

    @property
    def core_params(self) -> elman.ElmanParams:
        """The parameters as the core reads them."""
        return elman.ElmanParams(
            self.input_kernel.get_value(), self.recurrent_kernel.get_value(), self.bias.get_value()
        )

    def initial_carry(self, batch: tuple[int, ...]) -> Float[Array, "*batch width"]:
        """Returns a carry of zeros."""
        return elman.initial_carry(self.core_params, batch)

    def __call__(
        self, x: Float[Array, "time *batch inputs"], carry: Float[Array, "*batch width"]
    ) -> tuple[Float[Array, "*batch width"], Float[Array, "time *batch width"]]:
        """Runs over all steps; the outputs are the hidden states."""
        return elman.scan(self.core_params, x, carry, dtype=self.dtype, implementation=self.implementation)

    def choose(self, time: int, batch: tuple[int, ...]) -> Implementation:
        """Returns how the core computes a scan of these lengths."""
        return elman.choose(self.core_params, time, batch, self.implementation)


class GRU(nnx.Module):
    """Gated recurrent unit.

    Input kernel LeCun normal, recurrent kernel orthogonal gate by gate (Saxe et al. 2014), biases 0: Flax's GRUCell.

    Args:
        inputs: numbers a step.
        width: hidden units.
        reset: where the reset gate acts, "after" (cuDNN, torch, Flax) or "before" (Cho et al. 2014) the product.
        implementation: how the core computes its scan.
        dtype: type of the products' operands.
        rngs: source of the initial values.

    Raises:
        ValueError: `reset` or `implementation` is something else.
    """

    def __init__(
        self,
        inputs: int,
        width: int,
        *,
        reset: str = "after",
        implementation: str = "auto",
        dtype: DTypeLike | None = None,
        rngs: nnx.Rngs,
    ):
        if reset not in get_args(gru.Reset):
            raise ValueError(f'reset={reset!r} is no place for the reset gate; choose "after" or "before"')
        self.reset = cast(gru.Reset, reset)
        self.implementation = implementation_of(implementation, linear=False)
        self.dtype = dtype
        self.input_kernel = nnx.Param(lecun_normal()(rngs.params(), (inputs, 3 * width), jnp.float32))
        self.recurrent_kernel = nnx.Param(_orthogonal_gates(rngs.params(), width, 3))
        self.bias = nnx.Param(jnp.zeros(3 * width, jnp.float32))
        self.candidate_bias = nnx.Param(jnp.zeros(width, jnp.float32)) if reset == "after" else None

    @property
    def core_params(self) -> gru.GRUParams:
        """The parameters as the core reads them."""
        candidate_bias = None if self.candidate_bias is None else self.candidate_bias.get_value()
        return gru.GRUParams(
            self.input_kernel.get_value(), self.recurrent_kernel.get_value(), self.bias.get_value(), candidate_bias
        )

    def initial_carry(self, batch: tuple[int, ...]) -> Float[Array, "*batch width"]:
        """Returns a carry of zeros."""
        return gru.initial_carry(self.core_params, batch)

    def __call__(
        self, x: Float[Array, "time *batch inputs"], carry: Float[Array, "*batch width"]
    ) -> tuple[Float[Array, "*batch width"], Float[Array, "time *batch width"]]:
        """Runs over all steps; the outputs are the hidden states."""
        return gru.scan(
            self.core_params, x, carry, reset=self.reset, dtype=self.dtype, implementation=self.implementation
        )

    def choose(self, time: int, batch: tuple[int, ...]) -> Implementation:
        """Returns how the core computes a scan of these lengths."""
        return gru.choose(self.core_params, time, batch, self.implementation)


class LSTM(nnx.Module):
    """Long short-term memory.

    Input kernel LeCun normal, recurrent kernel orthogonal gate by gate (Saxe et al. 2014), biases 0 but for what
    follows.

    Args:
        inputs: numbers a step.
        width: hidden units, and as many cells.
        forget_bias: initial bias of the forget gate (Gers et al. 2000; Jozefowicz et al. 2015 advise 1).
        chrono: None, or the longest lag to remember, T_max in steps: forget biases log U(1, T_max - 1) and input
            biases their negatives (Tallec & Ollivier 2018, eq. 16), in place of `forget_bias`.
        implementation: how the core computes its scan.
        dtype: type of the products' operands.
        rngs: source of the initial values.

    Raises:
        ValueError: `chrono` is under 3, where the interval is empty, or `implementation` is something else.
    """

    def __init__(
        self,
        inputs: int,
        width: int,
        *,
        forget_bias: float = 1.0,
        chrono: int | None = None,
        implementation: str = "auto",
        dtype: DTypeLike | None = None,
        rngs: nnx.Rngs,
    ):
        if chrono is not None and chrono < 3:
            raise ValueError(
                f"chrono={chrono} is no lag to remember: the bias is the log of a number between 1 and chrono - 1; "
                "give the longest lag in steps, at least 3, or null"
            )
        self.implementation = implementation_of(implementation, linear=False)
        self.dtype = dtype
        self.input_kernel = nnx.Param(lecun_normal()(rngs.params(), (inputs, 4 * width), jnp.float32))
        self.recurrent_kernel = nnx.Param(_orthogonal_gates(rngs.params(), width, 4))
        zeros = jnp.zeros(width, jnp.float32)
        forget, enter = jnp.full(width, forget_bias, jnp.float32), zeros
        if chrono is not None:
            forget = jnp.log(jax.random.uniform(rngs.params(), (width,), jnp.float32, 1.0, chrono - 1.0))
            enter = -forget
        self.bias = nnx.Param(jnp.concatenate([enter, forget, zeros, zeros]))

    @property
    def core_params(self) -> lstm.LSTMParams:
        """The parameters as the core reads them."""
        return lstm.LSTMParams(self.input_kernel.get_value(), self.recurrent_kernel.get_value(), self.bias.get_value())

    def initial_carry(self, batch: tuple[int, ...]) -> lstm.LSTMCarry:
        """Returns a carry of zeros."""
        return lstm.initial_carry(self.core_params, batch)

    def __call__(
        self, x: Float[Array, "time *batch inputs"], carry: lstm.LSTMCarry
    ) -> tuple[lstm.LSTMCarry, Float[Array, "time *batch width"]]:
        """Runs over all steps; the outputs are the hidden states."""
        return lstm.scan(self.core_params, x, carry, dtype=self.dtype, implementation=self.implementation)

    def choose(self, time: int, batch: tuple[int, ...]) -> Implementation:
        """Returns how the core computes a scan of these lengths."""
        return lstm.choose(self.core_params, time, batch, self.implementation)


def _orthogonal_gates(key: Key[Array, ""], width: int, gates: int) -> Float[Array, "width columns"]:
    keys = jax.random.split(key, gates)
    return jnp.concatenate([orthogonal()(gate, (width, width), jnp.float32) for gate in keys], axis=1)
