import dataclasses
import importlib
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from float64_steps import CASES, reference
from jax.experimental import rnn

from lrbench.bench import our_steps
from lrbench.bench.case import arrays
from lrbench.bench.contestant import Contestant, Prepared
from lrbench.cores import Implementation

MODULES = (
    *("pytorch", "keras_jax", "equinox_scan", "mamba_py", "mamba_py_sequential"),
    *("onnx_runtime", "flat_associative"),
)
RECURRENT = {"outputs", "d_inputs", "d_input_kernel", "d_recurrent_kernel"}
EXPECTED = {
    "lstm": RECURRENT,
    "gru": RECURRENT,
    "selective_scan": {"outputs", "d_u", "d_delta", "d_B", "d_C", "d_A_log"},
    "seeds_lstm": RECURRENT,
    "stream_lstm": {"outputs"},
    "stream_gru": {"outputs"},
}
PAIRS = [
    (module, measurement)
    for module in MODULES
    for measurement in importlib.import_module(f"lrbench.bench.contestants.{module}").MEASUREMENTS
    if measurement in EXPECTED
]


@pytest.fixture(autouse=True)
def library_settings(monkeypatch):
    """What a worker's process has: JAX's own promotion, which the peers rely on, and Keras on JAX."""
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    asynchronous = jax.config.values["jax_cpu_enable_async_dispatch"]
    with jax.numpy_rank_promotion("allow"), jax.numpy_dtype_promotion("standard"):
        yield
    jax.config.update("jax_cpu_enable_async_dispatch", asynchronous)


def prepare(contestant: Contestant, measurement: str) -> Prepared:
    case = CASES[measurement]
    return contestant(case, arrays(case))


def contestant_of(module: str, measurement: str) -> Contestant:
    found = importlib.import_module(f"lrbench.bench.contestants.{module}")
    if found.PACKAGE is not None:
        pytest.importorskip(found.PACKAGE[0], exc_type=ImportError)
    return found.MEASUREMENTS[measurement]


def assert_agrees(prepared: Prepared, measurement: str) -> None:
    case = CASES[measurement]
    truth, found = reference(case, arrays(case)), prepared.results()
    assert found.keys() == EXPECTED[measurement]
    for name, leaf in found.items():
        assert leaf.shape == truth[name].shape, name
        assert np.max(np.abs(leaf - truth[name])) <= 1e-5 * np.max(np.abs(truth[name])), name


@pytest.mark.parametrize(("module", "measurement"), PAIRS)
def test_results_agree_with_the_cores_in_float64(module, measurement):
    prepared = prepare(contestant_of(module, measurement), measurement)
    prepared.run()  # leaves nothing behind that would change the results
    assert_agrees(prepared, measurement)


@pytest.mark.parametrize("measurement", ["stream_lstm", "stream_gru"])
def test_our_single_steps_agree_with_the_cores_in_float64(measurement):
    prepared = prepare(getattr(our_steps, measurement), measurement)
    prepared.run()
    assert_agrees(prepared, measurement)
    assert len(prepared.latencies(20)) == 20


@pytest.mark.parametrize("module", ["pytorch", "onnx_runtime"])
@pytest.mark.parametrize("measurement", ["stream_lstm", "stream_gru"])
def test_the_peers_count_every_single_step(module, measurement):
    prepared = prepare(contestant_of(module, measurement), measurement)
    assert len(prepared.latencies(20)) == 20
    assert_agrees(prepared, measurement)  # the carry of those steps is not carried on


@pytest.mark.parametrize("measurement", ["train_lstm", "train_gru"])
@pytest.mark.parametrize("module", ["pytorch", "flax_nnx_training"])
def test_a_training_step_runs_again_and_again(module, measurement):
    prepared = prepare(contestant_of(module, measurement), measurement)
    prepared.run()
    prepared.run()
    assert prepared.results() == {}


def test_cudnn_gets_its_weights_in_its_layout(monkeypatch):
    """The GPU's LSTM by JAX's own reference of it, which reads the same vector of weights."""

    def by_reference(x, h, c, weights, lengths, *, precision, **shape):
        kernels = rnn.unpack_lstm_weights(weights, *(shape[name] for name in list(shape) if name != "dropout"))
        return rnn.lstm_ref(x, h, c, *kernels, lengths, **shape)

    monkeypatch.setattr(rnn, "lstm", by_reference)
    for measurement in ("lstm", "seeds_lstm"):
        assert_agrees(prepare(contestant_of("cudnn_jax", measurement), measurement), measurement)


def test_many_seeds_of_ours_are_each_its_own():
    """In one program, and on a CPU a share of them on each device."""
    prepared = prepare(contestant_of("ours", "seeds_lstm"), "seeds_lstm")
    prepared.run()
    assert_agrees(prepared, "seeds_lstm")
    assert prepared.note == "one program, 2 devices"


def test_many_seeds_in_float64_are_each_its_own():
    case = CASES["seeds_lstm"]
    truth = reference(case, arrays(case))
    with jax.enable_x64(True):
        found = prepare(contestant_of("float64", "seeds_lstm"), "seeds_lstm").results()
    assert found.keys() == truth.keys()
    for name, leaf in found.items():
        np.testing.assert_allclose(leaf, truth[name], rtol=0, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("measurement", ["lstm", "gru", "selective_scan"])
@pytest.mark.parametrize("way", Implementation)
def test_the_implementation_that_was_asked_for_is_raced(measurement, way):
    if way is Implementation.ASSOCIATIVE and measurement != "selective_scan":
        return
    case = dataclasses.replace(CASES[measurement], implementation=way)
    prepared = contestant_of("ours", measurement)(case, arrays(case))
    assert_agrees(prepared, measurement)
    assert way is Implementation.AUTO or prepared.note.partition(",")[0] == way


def test_a_copy_batch_is_the_tasks_own():
    from lrbench.tasks.copy_memory import CopyMemory

    from lrbench.bench.copy_batch import ALPHABET, CLASSES, SYMBOLS, TOKENS, copy_batch

    task = CopyMemory(symbols=SYMBOLS, alphabet=ALPHABET)
    batch = copy_batch(CASES["train_gru"])
    assert (task.inputs.count, task.output.count) == (TOKENS, CLASSES)
    for inputs, targets in zip(batch.inputs.T, batch.targets.T, strict=True):
        np.testing.assert_array_equal(task.oracle(inputs).argmax(-1), targets)
    assert math.isclose(np.mean(batch.inputs == ALPHABET + 1), 1 / CASES["train_gru"].sizes["T"])
    assert jnp.asarray(batch.inputs).dtype == jnp.int32
