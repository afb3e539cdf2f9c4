"""Every core against an independent float64 loop in value and gradient; pieces and steps against the whole."""

from functools import partial

import core_loops
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lrbench.cores import elman, gru, lstm, selective_scan
from lrbench.cores.gru import GRUParams
from lrbench.cores.lstm import LSTMCarry, LSTMParams
from lrbench.cores.selective_scan import SelectiveInputs, SelectiveScanParams

INPUTS, HIDDEN, STATES = 3, 4, 2

STEPS = {
    "elman": elman.step,
    "gru-after": gru.step,
    "gru-before": partial(gru.step, reset="before"),
    "lstm": lstm.step,
    "s6-positive": selective_scan.step,
    "s6-signed": partial(selective_scan.step, eigenvalues="signed"),
}
SCANS = {
    "elman": elman.scan,
    "gru-after": gru.scan,
    "gru-before": partial(gru.scan, reset="before"),
    "lstm": lstm.scan,
    "s6-positive": selective_scan.scan,
    "s6-signed": partial(selective_scan.scan, eigenvalues="signed"),
}
# Small programs that run a few times: most of their time is compilation.
jit = partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})
COMPILED_STEPS = {name: jit(step) for name, step in STEPS.items()}
COMPILED_SCANS = {name: jit(scan) for name, scan in SCANS.items()}
LOOPS = {
    "elman": core_loops.elman_loop,
    "gru-after": core_loops.gru_loop,
    "gru-before": core_loops.gru_loop,
    "lstm": core_loops.lstm_loop,
    "s6-positive": partial(core_loops.selective_loop, signed=False),
    "s6-signed": partial(core_loops.selective_loop, signed=True),
}


def draw(name, time, batch, seed=0):
    """Returns float64 (params, inputs, carry), all of them far from special values."""
    rng = np.random.default_rng(seed)

    def normal(*shape):
        return rng.normal(size=shape)

    if name.startswith("s6"):
        params = SelectiveScanParams(A_log=0.5 * normal(HIDDEN, STATES), D=normal(HIDDEN))
        inputs = SelectiveInputs(
            u=normal(time, *batch, HIDDEN),
            delta=np.exp(normal(time, *batch, HIDDEN)),
            B=normal(time, *batch, STATES),
            C=normal(time, *batch, STATES),
        )
        return params, inputs, normal(*batch, STATES, HIDDEN)
    gates = {"elman": 1, "lstm": 4}.get(name, 3)
    weights = normal(INPUTS, gates * HIDDEN), normal(HIDDEN, gates * HIDDEN), normal(gates * HIDDEN)
    inputs, hidden = normal(time, *batch, INPUTS), normal(*batch, HIDDEN)
    if name == "elman":
        return elman.ElmanParams(*weights), inputs, hidden
    if name == "lstm":
        return LSTMParams(*weights), inputs, LSTMCarry(hidden, normal(*batch, HIDDEN))
    return GRUParams(*weights, normal(HIDDEN) if name == "gru-after" else None), inputs, hidden


def objective_of(run, name, time, batch):
    """Returns a function of (params, inputs, carry): a scalar of all outputs and the last carry, and both of them."""
    rng = np.random.default_rng(1)
    _, _, carry = draw(name, time, batch)
    weights = jax.tree.map(lambda leaf: rng.normal(size=leaf.shape), (carry, np.zeros((time, *batch, HIDDEN))))

    def objective(arguments):
        ours = run(*arguments)
        pairs = zip(jax.tree.leaves(ours), jax.tree.leaves(weights), strict=True)
        return sum((leaf * weight.astype(leaf.dtype)).sum() for leaf, weight in pairs), ours

    return objective


def as_dtype(tree, dtype):
    return jax.tree.map(lambda leaf: jnp.asarray(leaf, dtype), tree)


def assert_close(ours, reference, tolerance):
    assert jax.tree.structure(ours) == jax.tree.structure(reference)
    for a, b in zip(jax.tree.leaves(ours), jax.tree.leaves(reference), strict=True):
        assert np.max(np.abs(np.asarray(a, np.float64) - b)) <= tolerance * np.max(np.abs(b))


@pytest.mark.parametrize(("time", "batch"), [(7, (2,)), (1, ())])
@pytest.mark.parametrize("name", SCANS)
def test_agrees_with_float64_loop(name, time, batch):
    arguments = draw(name, time, batch)
    value = LOOPS[name](*arguments)
    loop = objective_of(LOOPS[name], name, time, batch)
    gradient = core_loops.complex_step_gradient(lambda numbers: loop(numbers)[0], arguments)
    ours = jit(jax.value_and_grad(objective_of(SCANS[name], name, time, batch), has_aux=True))
    with jax.enable_x64(True):
        (_, our_value), our_gradient = ours(as_dtype(arguments, jnp.float64))
        assert_close(our_value, value, 1e-12)
        assert_close(our_gradient, gradient, 1e-11)
    with jax.default_matmul_precision("highest"):
        (_, our_value), our_gradient = ours(as_dtype(arguments, jnp.float32))
        assert_close(our_value, value, 1e-4)
        assert_close(our_gradient, gradient, 1e-4)


@pytest.mark.parametrize("cuts", [(1,), (11,), (4, 8), (1, 5, 9, 10, 11)])
@pytest.mark.parametrize("name", SCANS)
def test_pieces_equal_the_whole(name, cuts):
    time = 12
    params, inputs, carry = as_dtype(draw(name, time, (2, 3)), jnp.float32)
    whole = COMPILED_SCANS[name](params, inputs, carry)
    outputs = []
    for start, end in zip((0, *cuts), (*cuts, time), strict=True):
        piece = jax.tree.map(lambda leaf, start=start, end=end: leaf[start:end], inputs)
        carry, output = COMPILED_SCANS[name](params, piece, carry)
        outputs.append(output)
    assert_close((carry, jnp.concatenate(outputs)), jax.tree.map(np.asarray, whole), 1e-5)


@pytest.mark.parametrize("name", SCANS)
def test_steps_equal_the_scan(name):
    params, inputs, carry = as_dtype(draw(name, 12, (2, 3)), jnp.float32)
    whole = COMPILED_SCANS[name](params, inputs, carry)
    outputs = []
    for t in range(12):
        carry, output = COMPILED_STEPS[name](params, carry, jax.tree.map(lambda leaf, t=t: leaf[t], inputs))
        outputs.append(output)
    assert_close((carry, jnp.stack(outputs)), jax.tree.map(np.asarray, whole), 1e-5)


@pytest.mark.parametrize("name", SCANS)
def test_initial_carry_and_state_size(name):
    core = {"elman": elman, "lstm": lstm}.get(name, gru if name.startswith("gru") else selective_scan)
    params, _, carry = as_dtype(draw(name, 1, (2, 3)), jnp.float32)
    zeros = core.initial_carry(params, (2, 3))
    assert jax.tree.map(jnp.shape, zeros) == jax.tree.map(jnp.shape, carry)
    assert all(leaf.dtype == jnp.float32 and not leaf.any() for leaf in jax.tree.leaves(zeros))
    assert core.state_size(params) == sum(leaf.size for leaf in jax.tree.leaves(core.initial_carry(params, ())))


@pytest.mark.parametrize("name", ["elman", "gru-after", "gru-before", "lstm"])
def test_bfloat16_products_keep_float32_sums_over_time(name):
    """Summed in bfloat16 the gradient of a kernel would stop growing after some 256 equal steps."""
    params, inputs, carry = as_dtype(draw(name, 1500, (2,)), jnp.float32)
    params = jax.tree.map(lambda leaf: 0.2 * leaf, params)

    def loss(params, dtype):
        after, outputs = SCANS[name](params, 0.1 * inputs + 1, carry, dtype=dtype)
        assert all(leaf.dtype == jnp.float32 for leaf in jax.tree.leaves((after, outputs)))
        return jnp.sum(outputs)

    gradient = jit(jax.grad(loss), static_argnums=1)
    assert_close(gradient(params, jnp.bfloat16), jax.tree.map(np.asarray, gradient(params, None)), 0.02)


def test_signed_eigenvalues_alternate_where_positive_ones_cannot():
    """With a large Δ the signed decay is -1: a state that flips its sign at each step, as parity needs."""
    params = SelectiveScanParams(A_log=jnp.zeros((1, 1)), D=jnp.zeros(1))
    ones = jnp.ones((6, 1))
    inputs = SelectiveInputs(u=0 * ones, delta=50 * ones, B=ones, C=ones)
    _, signed = selective_scan.scan(params, inputs, jnp.ones((1, 1)), eigenvalues="signed")
    _, positive = selective_scan.scan(params, inputs, jnp.ones((1, 1)), eigenvalues="positive")
    np.testing.assert_allclose(signed[:, 0], [-1, 1, -1, 1, -1, 1])
    np.testing.assert_allclose(positive[:, 0], np.zeros(6), atol=1e-20)


@pytest.mark.parametrize("differentiate", [False, True])
def test_states_are_never_laid_out_over_time(differentiate):
    time, channels, states = 4096, 16, 64
    params = SelectiveScanParams(A_log=jnp.zeros((channels, states)), D=jnp.zeros(channels))
    wide, narrow = (
        jax.ShapeDtypeStruct((time, channels), jnp.float32),
        jax.ShapeDtypeStruct((time, states), jnp.float32),
    )
    inputs = SelectiveInputs(u=wide, delta=wide, B=narrow, C=narrow)

    def loss(params, inputs):
        return jnp.sum(selective_scan.scan(params, inputs, selective_scan.initial_carry(params, ()))[1])

    function = jax.grad(loss, argnums=(0, 1)) if differentiate else loss
    memory = jax.jit(function).lower(params, inputs).compile().memory_analysis().temp_size_in_bytes
    states_over_time = time * channels * states * 4
    assert memory < states_over_time * (0.5 if differentiate else 0.2)
