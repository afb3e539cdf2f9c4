"""The cores of lrbench; on a CPU the batch is spread over one XLA device a core."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from lrbench.bench import our_sampling, our_seeds, our_steps, our_training
from lrbench.bench.case import Arrays, Case
from lrbench.bench.contestant import Contestant, Prepared, Results

if TYPE_CHECKING:
    from collections.abc import Callable

    import jax

NAME = "lrbench"
PACKAGE = None
ENVIRONMENT: dict[str, str] = {}
NEEDS_GPU = False

#: Arrays with a leading time and a batch axis; the others are weights, of which every device has a copy.
_OVER_TIME = frozenset({"inputs", "u", "delta", "B", "C"})


def lstm(case: Case, arrays: Arrays) -> Prepared:
    """Prepares `lrbench.cores.lstm.scan`."""
    from lrbench.cores import lstm as core

    return _recurrent(core, core.LSTMParams, case, arrays)


def lstm_last(case: Case, arrays: Arrays) -> Prepared:
    """Prepares the same scan, chunked, with a loss of the last hidden state alone."""
    from lrbench.cores import Implementation
    from lrbench.cores import lstm as core

    chunked = Implementation.CHUNKED

    def outputs(v: dict[str, jax.Array]) -> jax.Array:
        params = core.LSTMParams(*(v[name] for name in core.LSTMParams._fields))
        carry = core.initial_carry(params, v["inputs"].shape[1:2])
        return core.scan(params, v["inputs"], carry, implementation=chunked)[0].hidden[None]

    return _prepare(case, arrays, outputs, lambda v, batch: chunked)


def gru(case: Case, arrays: Arrays) -> Prepared:
    """Prepares `lrbench.cores.gru.scan` with the reset after the product."""
    from lrbench.cores import gru as core

    return _recurrent(core, core.GRUParams, case, arrays)


def selective_scan(case: Case, arrays: Arrays) -> Prepared:
    """Prepares `lrbench.cores.selective_scan.scan` with positive eigenvalues."""
    from lrbench.cores import Implementation
    from lrbench.cores import selective_scan as core

    def outputs(v: dict[str, jax.Array]) -> jax.Array:
        params = core.SelectiveScanParams(v["A_log"], v["D"])
        inputs = core.SelectiveInputs(v["u"], v["delta"], v["B"], v["C"])
        carry = core.initial_carry(params, v["u"].shape[1:2])
        return core.scan(params, inputs, carry, implementation=Implementation(case.implementation))[1]

    return _prepare(case, arrays, outputs, lambda v, batch: core.choose(Implementation(case.implementation)))


def _recurrent(core: Any, constructor: Any, case: Case, arrays: Arrays) -> Prepared:
    from lrbench.cores import Implementation

    def params_of(v: dict[str, jax.Array]) -> Any:
        return constructor(*(v[name] for name in constructor._fields))

    def outputs(v: dict[str, jax.Array]) -> jax.Array:
        params = params_of(v)
        carry = core.initial_carry(params, v["inputs"].shape[1:2])
        return core.scan(params, v["inputs"], carry, implementation=Implementation(case.implementation))[1]

    def chosen(v: dict[str, jax.Array], batch: int) -> str:
        return core.choose(params_of(v), case.sizes["T"], (batch,), Implementation(case.implementation))

    return _prepare(case, arrays, outputs, chosen)


def _prepare(
    case: Case,
    arrays: Arrays,
    outputs: Callable[[dict[str, jax.Array]], jax.Array],
    chosen: Callable[[dict[str, jax.Array], int], str],
) -> Prepared:
    """Prepares a pass, over as many CPU devices as divide the batch and the cores.

    Args:
        case: what.
        arrays: of the case.
        outputs: from the arrays without the cotangent, or a device's share of them, to the outputs [T, B, …].
        chosen: from the same and the sequences of a device to the implementation.
    """
    import jax
    from jax.sharding import Mesh, NamedSharding, PartitionSpec

    from lrbench.bench.jax_pass import prepare_pass
    from lrbench.runs.devices import use_every_core

    use_every_core()
    count = math.gcd(case.sizes["B"], jax.local_device_count()) if jax.default_backend() == "cpu" else 1
    mesh = Mesh(np.asarray(jax.local_devices()[:count]), ("batch",))
    share = PartitionSpec(None, "batch")
    specs = {name: share if name in _OVER_TIME else PartitionSpec() for name in arrays if name != "cotangent"}

    def spread(pass_over: Callable) -> Callable:
        def on_one(variables: dict[str, jax.Array], cotangent: jax.Array) -> tuple[jax.Array, dict[str, jax.Array]]:
            y, gradients = pass_over(variables, cotangent)
            return y, {
                name: leaf if name in _OVER_TIME else jax.lax.psum(leaf, "batch") for name, leaf in gradients.items()
            }

        # Unchecked, because the cores' first carry is made on each device and is no argument that could be shared out.
        return jax.shard_map(on_one, mesh=mesh, in_specs=(specs, share), out_specs=(share, specs), check_vma=False)

    variables = {name: jax.device_put(arrays[name], NamedSharding(mesh, spec)) for name, spec in specs.items()}
    cotangent = jax.device_put(arrays["cotangent"], NamedSharding(mesh, share))

    def layout(gradients: Results) -> Results:
        return {f"d_{name}": leaf for name, leaf in gradients.items() if "bias" not in name and name != "D"}

    way = str(chosen(variables, case.sizes["B"] // count))
    note = f"{way}, {count} devices" if count > 1 else way
    return prepare_pass(outputs, variables, cotangent, layout, spread=spread, note=note)


MEASUREMENTS: dict[str, Contestant] = {
    "lstm": lstm,
    "lstm_last": lstm_last,
    "gru": gru,
    "selective_scan": selective_scan,
    "seeds_lstm": our_seeds.seeds_lstm,
    "stream_lstm": our_steps.stream_lstm,
    "stream_gru": our_steps.stream_gru,
    "train_lstm": our_training.train,
    "train_gru": our_training.train,
    "sampling": our_sampling.sampling,
}
