"""Lanes: independent trainings side by side in one compiled program, spread over the devices."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

Tree = TypeVar("Tree")

#: Name of the mesh's only axis.
AXIS = "lanes"


@dataclass(frozen=True)
class Lane:
    """One training: a seed and a learning rate."""

    seed: int
    learning_rate: float


def make_lanes(seeds: Sequence[int], learning_rates: Sequence[float]) -> tuple[Lane, ...]:
    """Returns a lane for every pair, the rates of one seed side by side."""
    return tuple(itertools.starmap(Lane, itertools.product(seeds, learning_rates)))


@dataclass(frozen=True)
class Spread:
    """How `count` lanes lie on the devices: in equal shares, after padding with copies of the last lane.

    Padding lanes never reach a result; they only make the shares equal.

    Attributes:
        count: lanes of the run.
        mesh: the devices, in one axis.
    """

    count: int
    mesh: Mesh

    @property
    def padded(self) -> int:
        """Lanes with padding: a multiple of the number of devices."""
        return -(-self.count // self.mesh.size) * self.mesh.size

    def pad(self, tree: Tree) -> Tree:
        """Appends copies of the last lane to every leaf and lays the lanes on the devices."""
        index = np.minimum(np.arange(self.padded), self.count - 1)
        return jax.device_put(jax.tree.map(lambda leaf: leaf[index], tree), self.by_lane)

    def trim(self, tree: Tree) -> Tree:
        """Brings every leaf to the host, in arrays of its own, and takes the padding off.

        Cutting it on the devices would gather it there, and programs that gather can wait for each other for ever when
        several are on their way at once (the CPU's runtime then ends the process).
        """

        def trim(leaf: Any) -> Any:
            if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
                return jax.random.wrap_key_data(jnp.asarray(np.array(jax.random.key_data(leaf))[: self.count]))
            return np.array(leaf)[: self.count]

        return jax.tree.map(trim, tree)

    @property
    def by_lane(self) -> NamedSharding:
        """Each device holds its own lanes."""
        return NamedSharding(self.mesh, PartitionSpec(AXIS))

    @property
    def everywhere(self) -> NamedSharding:
        """Each device holds the whole."""
        return NamedSharding(self.mesh, PartitionSpec())


def spread_lanes(count: int, devices: Sequence[jax.Device] | None = None) -> Spread:
    """Lays lanes on as many of the devices (default: all of this process) as have a lane each."""
    devices = jax.local_devices() if devices is None else devices
    # Equal shares: with 4 lanes on 3 devices the busiest holds 2 lanes either way, so 2 devices do.
    share = -(-count // min(count, len(devices)))
    used = -(-count // share)
    return Spread(count, Mesh(np.asarray(devices[:used]), (AXIS,)))


def learning_rates_of(lanes: Sequence[Lane]) -> jax.Array:
    """Returns the lanes' rates as `Float[S]`."""
    return jnp.asarray([lane.learning_rate for lane in lanes], jnp.float32)


def root_keys_of(lanes: Sequence[Lane]) -> jax.Array:
    """Returns the lanes' root keys as `Key[S]`: lanes of one seed share initial parameters and data."""
    return jax.vmap(jax.random.key)(jnp.asarray([lane.seed for lane in lanes], jnp.uint32))
