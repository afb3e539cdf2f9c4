"""Many seeds of our LSTM as one program: `vmap` over them, and on a CPU a share of them on every device."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from lrbench.bench.case import Arrays, Case
from lrbench.bench.contestant import Prepared, Results

if TYPE_CHECKING:
    from collections.abc import Callable

    import jax


def seeds_lstm(case: Case, arrays: Arrays) -> Prepared:
    """Prepares `lrbench.cores.lstm.scan` under `vmap`, as lanes are trained."""
    import jax
    from jax.sharding import Mesh, NamedSharding, PartitionSpec

    from lrbench.bench.jax_pass import prepare_pass
    from lrbench.cores import lstm
    from lrbench.runs.devices import use_every_core

    use_every_core()
    count = math.gcd(case.sizes["S"], jax.local_device_count()) if jax.default_backend() == "cpu" else 1
    mesh = Mesh(np.asarray(jax.local_devices()[:count]), ("seeds",))
    share = PartitionSpec("seeds")
    variables = {name: jax.device_put(leaf, NamedSharding(mesh, share)) for name, leaf in arrays.items()}
    cotangent = variables.pop("cotangent")

    def of_one(v: dict[str, jax.Array]) -> jax.Array:
        params = lstm.LSTMParams(*(v[name] for name in lstm.LSTMParams._fields))
        return lstm.scan(params, v["inputs"], lstm.initial_carry(params, v["inputs"].shape[1:2]))[1]

    def spread(pass_over: Callable) -> Callable:
        # Unchecked, because the core's first carry is made on each device and is no argument that could be shared out.
        return jax.shard_map(pass_over, mesh=mesh, in_specs=(share, share), out_specs=(share, share), check_vma=False)

    def layout(gradients: Results) -> Results:
        return {f"d_{name}": leaf for name, leaf in gradients.items() if name != "bias"}

    note = f"one program, {count} devices" if count > 1 else "one program"
    return prepare_pass(jax.vmap(of_one), variables, cotangent, layout, spread=spread, note=note)
