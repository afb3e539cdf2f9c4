"""Every implementation of a scan against the steps in float64, over random shapes, and every one against the others."""

import itertools
import os
import subprocess
import sys
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from jax.sharding import Mesh, PartitionSpec
from test_cores import HIDDEN, SCANS, STEPS, as_dtype, assert_close, draw, jit, objective_of

from lrbench.cores import Implementation, lstm, recurrence, selective_scan
from lrbench.cores.implementation import chunk_length, in_chunks

NON_LINEAR = [Implementation.SEQUENTIAL, Implementation.CHUNKED]
CASES = [
    (name, implementation)
    for name in SCANS
    for implementation in [*NON_LINEAR, Implementation.ASSOCIATIVE]
    if name.startswith("s6") or implementation is not Implementation.ASSOCIATIVE
]


LANES = """
import jax, numpy as np
from lrbench.cores import Implementation, gru, lstm, selective_scan as s6

T, B, I, H, N = 40, 3, 5, 8, 4
rng = np.random.default_rng(0)
normal = lambda *shape: rng.normal(size=(2, *shape)).astype(np.float32)
cores = {
    "gru": (gru, gru.GRUParams(normal(I, 3 * H), normal(H, 3 * H), normal(3 * H), normal(H)), normal(T, B, I)),
    "lstm": (lstm, lstm.LSTMParams(normal(I, 4 * H), normal(H, 4 * H), normal(4 * H)), normal(T, B, I)),
    "s6": (
        s6,
        s6.SelectiveScanParams(normal(H, N), normal(H)),
        s6.SelectiveInputs(normal(T, B, H), np.exp(normal(T, B, H)), normal(T, B, N), normal(T, B, N)),
    ),
}
for name, (core, *lanes) in cores.items():
    found = []
    for way in ("sequential", "chunked", "associative")[: 3 if name == "s6" else 2]:
        def loss(params, inputs):
            carry = core.initial_carry(params, (B,))
            return (core.scan(params, inputs, carry, implementation=Implementation(way))[1] ** 2).sum()
        found.append(jax.jit(jax.vmap(jax.grad(loss, argnums=(0, 1))))(*lanes))
        for one, other in zip(jax.tree.leaves(found[0]), jax.tree.leaves(found[-1]), strict=True):
            assert abs(one - other).max() <= 1e-4 * abs(one).max(), (name, way)
    print(name)
"""


def by_steps(name, params, inputs, carry):
    return jax.lax.scan(partial(STEPS[name], params), carry, inputs)


@pytest.mark.parametrize(("name", "implementation"), CASES)
@given(time=st.integers(1, 80), batch=st.sampled_from([(), (1,), (3,), (2, 2)]), seed=st.integers(0, 2**32 - 1))
@example(time=1, batch=(1,), seed=1)
@settings(max_examples=2, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate])
def test_gradient_agrees_with_the_steps_in_float64(name, implementation, time, batch, seed):
    arguments = draw(name, time, batch, seed)
    scan = partial(SCANS[name], implementation=implementation)
    ours = jit(jax.grad(objective_of(scan, name, time, batch), has_aux=True))
    reference = jit(jax.grad(objective_of(partial(by_steps, name), name, time, batch), has_aux=True))
    with jax.enable_x64(True):
        gradient, value = jax.tree.map(np.asarray, reference(as_dtype(arguments, jnp.float64)))
    with jax.default_matmul_precision("highest"):
        our_gradient, our_value = ours(as_dtype(arguments, jnp.float32))
    assert_close(our_value, value, 1e-4)
    assert_close(our_gradient, gradient, 1e-3)


@pytest.mark.parametrize("name", SCANS)
def test_implementations_agree_with_one_another_to_rounding(name):
    """In float64, where a term that is missing cannot pass for rounding; no chunk's length divides 71."""
    arguments = as_dtype(draw(name, 71, (1,)), jnp.float32)
    found = []
    with jax.enable_x64(True):
        for implementation in [way for core, way in CASES if core == name]:
            scan = partial(SCANS[name], implementation=implementation)
            gradient = jit(jax.grad(objective_of(scan, name, 71, (1,)), has_aux=True))
            found.append(jax.tree.map(np.asarray, gradient(as_dtype(arguments, jnp.float64))))
    for one, other in itertools.combinations(found, 2):
        assert_close(one, other, 1e-11)


def test_compiled_as_a_user_does_implementations_agree_over_lanes():
    """The suite turns XLA's fusions off; with them, products and sums over four axes have crashed (jax#39257)."""
    environment = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", LANES], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["gru", "lstm", "s6"]


@pytest.mark.parametrize("time", [1, 31, 32, 33, 65])
@pytest.mark.parametrize("name", ["gru-after", "lstm", "s6-positive"])
def test_gradient_agrees_with_numerical_differences(name, time):
    arguments = draw(name, time, (1,))
    if name == "s6-positive":  # long steps would leave nothing to differentiate
        params, inputs, carry = arguments
        arguments = params, inputs._replace(delta=0.05 * inputs.delta), carry
    objective = objective_of(partial(SCANS[name], implementation=Implementation.CHUNKED), name, time, (1,))
    direction = jax.tree.map(lambda leaf: np.random.default_rng(2).normal(size=leaf.shape), arguments)
    with jax.enable_x64(True):
        arguments, direction = as_dtype(arguments, jnp.float64), as_dtype(direction, jnp.float64)
        value = jit(lambda numbers: objective(numbers)[0])
        ahead, behind = (
            value(jax.tree.map(lambda leaf, slope, sign=sign: leaf + sign * 1e-6 * slope, arguments, direction))
            for sign in (1, -1)
        )
        gradient = jit(jax.grad(objective, has_aux=True))(arguments)[0]
        slopes = jax.tree.map(lambda leaf, slope: jnp.sum(leaf * slope), gradient, direction)
        expected = sum(jax.tree.leaves(slopes))
        assert abs((ahead - behind) / 2e-6 - expected) <= 1e-6 * abs(expected)


@pytest.mark.parametrize("name", ["gru-after", "lstm", "s6-signed"])
def test_lanes_do_not_touch_each_other(name):
    """Under vmap a lane whose loss is masked has no gradient, and the others have the one they have alone."""
    lanes = [as_dtype(draw(name, 40, (2,), seed), jnp.float32) for seed in range(3)]
    together = jax.tree.map(lambda *leaves: jnp.stack(leaves), *lanes)
    objective = objective_of(SCANS[name], name, 40, (2,))
    gradient = jit(jax.grad(lambda all_lanes, mask: jnp.sum(jnp.where(mask, jax.vmap(objective)(all_lanes)[0], 0.0))))(
        together, jnp.asarray([True, False, True])
    )
    alone = jit(jax.grad(objective, has_aux=True))
    for lane in (0, 2):
        ours = jax.tree.map(lambda leaf, lane=lane: leaf[lane], gradient)
        assert_close(ours, jax.tree.map(np.asarray, alone(lanes[lane])[0]), 1e-4)
    assert all(not np.any(leaf[1]) for leaf in jax.tree.leaves(gradient))


@pytest.mark.parametrize(("name", "implementation"), CASES)
def test_no_step_is_a_scan_too(name, implementation):
    params, inputs, carry = as_dtype(draw(name, 2, (2,)), jnp.float32)
    nothing = jax.tree.map(lambda leaf: leaf[:0], inputs)
    last, outputs = SCANS[name](params, nothing, carry, implementation=implementation)
    assert_close(last, jax.tree.map(np.asarray, carry), 0)
    assert outputs.shape[0] == 0


def test_auto_recomputes_what_would_be_too_much_to_store():
    params = as_dtype(draw("lstm", 1, ())[0], jnp.float32)
    assert lstm.choose(params, 256, (32,), Implementation.AUTO) is Implementation.SEQUENTIAL
    assert lstm.choose(params, 2**24, (1,), Implementation.AUTO) is Implementation.CHUNKED
    assert lstm.choose(params, 2**24, (1,), Implementation.SEQUENTIAL) is Implementation.SEQUENTIAL


def test_auto_of_the_selective_scan_hangs_on_the_backend(monkeypatch):
    assert selective_scan.choose(Implementation.AUTO) is Implementation.CHUNKED
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    assert selective_scan.choose(Implementation.AUTO) is Implementation.ASSOCIATIVE
    assert selective_scan.choose(Implementation.CHUNKED) is Implementation.CHUNKED


@pytest.mark.parametrize("name", ["elman", "gru-after", "gru-before", "lstm"])
def test_a_recurrence_that_is_not_linear_has_no_associative_scan(name):
    params, inputs, carry = as_dtype(draw(name, 2, (2,)), jnp.float32)
    with pytest.raises(ValueError, match="associative needs a recurrence that is linear"):
        SCANS[name](params, inputs, carry, implementation=Implementation.ASSOCIATIVE)


def test_gradient_over_a_long_sequence_needs_little_memory():
    """The sequential backward pass stores 1,536 bytes a step; the chunked one needs less than a fiftieth."""
    time, hidden = 2**16, 64
    shape = partial(jax.ShapeDtypeStruct, dtype=jnp.float32)
    params = lstm.LSTMParams(shape((1, 4 * hidden)), shape((hidden, 4 * hidden)), shape((4 * hidden,)))
    carry = lstm.LSTMCarry(shape((1, hidden)), shape((1, hidden)))

    def of_last_state(implementation, params, inputs, carry):
        return jnp.sum(lstm.scan(params, inputs, carry, implementation=implementation)[0].hidden)

    def temporary(implementation):
        gradient = jit(jax.grad(partial(of_last_state, implementation), argnums=(0, 1)))
        compiled = gradient.lower(params, shape((time, 1, 1)), carry).compile()
        return compiled.memory_analysis().temp_size_in_bytes

    stored = time * 6 * hidden * 4
    assert temporary(Implementation.SEQUENTIAL) > stored
    assert temporary(Implementation.CHUNKED) < stored / 50


def test_the_body_of_a_scan_has_no_branch():
    """A `lax.cond` in a body copies the carry at every step (jax#38145)."""
    for name, implementation in CASES:
        arguments = as_dtype(draw(name, 5, (2,)), jnp.float32)
        scan = partial(SCANS[name], implementation=implementation)
        text = str(jax.make_jaxpr(jax.grad(objective_of(scan, name, 5, (2,)), has_aux=True))(arguments))
        assert "cond[" not in text
        assert "scan[" in text


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("time", [0, 1, 4, 6, 7])
def test_pieces_keep_the_order_of_time(time, reverse):
    def piece(carry, x):
        return jax.lax.scan(lambda total, value: (2 * total + value,) * 2, carry, x, reverse=reverse)

    inputs = jnp.arange(1.0, time + 1)
    last, outputs = in_chunks(piece, jnp.float32(0), inputs, 3, reverse=reverse)
    whole_last, whole = piece(jnp.float32(0), inputs)
    assert last == whole_last
    np.testing.assert_array_equal(outputs, whole)


def test_chunk_lengths():
    assert [chunk_length(time) for time in (0, 1, 15, 16, 10_000)] == [1, 1, 4, 4, 100]
    assert chunk_length(10_000, 32) == 96


@pytest.mark.parametrize("name", ["elman", "gru-after", "lstm"])
def test_blocks_of_gate_gradients_stay_in_the_cache(name, monkeypatch):
    arguments = as_dtype(draw(name, 41, (3,)), jnp.float32)

    def gradient():
        return jit(jax.grad(objective_of(SCANS[name], name, 41, (3,)), has_aux=True))(arguments)[0]

    monkeypatch.setattr(recurrence, "_CACHED", 100)
    assert [recurrence._block_length(gates) for gates in (1, 3, 4)] == [32, 32, 16]
    short = gradient()
    monkeypatch.setattr(recurrence, "_CACHED", 2**17)
    assert_close(short, jax.tree.map(np.asarray, gradient()), 1e-4)


@pytest.mark.parametrize(("name", "columns"), [("gru-after", 3), ("lstm", 4)])
def test_a_kernel_in_groups_of_columns_is_the_whole_kernel(name, columns, monkeypatch):
    """On several CPU devices large products are parted, here into four groups."""
    monkeypatch.setattr(recurrence, "_UNSHARED", 4 * HIDDEN)
    arguments = as_dtype(draw(name, 40, (2,)), jnp.float32)
    params, inputs, carry = arguments
    mesh = Mesh(np.asarray(jax.devices()[:2]), ("batch",))
    by_row, everywhere = PartitionSpec(None, "batch"), PartitionSpec()

    def gradient(params, inputs, carry):
        def loss(params, inputs):
            return jnp.sum(SCANS[name](params, inputs, carry)[1] ** 2)

        d_params, d_inputs = jax.grad(loss, argnums=(0, 1))(params, inputs)
        return jax.lax.psum(d_params, "batch"), d_inputs

    sharded = jax.shard_map(
        gradient,
        mesh=mesh,
        in_specs=(everywhere, by_row, PartitionSpec("batch")),
        out_specs=(everywhere, by_row),
        check_vma=False,
    )
    text = str(jax.make_jaxpr(sharded)(*arguments))
    assert f"f32[{HIDDEN},{columns}]" in text
    whole = jit(jax.grad(lambda params, inputs: jnp.sum(SCANS[name](params, inputs, carry)[1] ** 2), argnums=(0, 1)))(
        params, inputs
    )
    assert_close(jit(sharded)(*arguments), jax.tree.map(np.asarray, whole), 1e-5)
