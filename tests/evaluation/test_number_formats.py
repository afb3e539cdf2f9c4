"""Number formats against an LSTM written in NumPy with ml_dtypes, and against weights rounded one by one."""

from functools import partial

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
from lrbench.tasks.anbn import AnBn

from lrbench.data import TrainingLengths
from lrbench.evaluation import Reader, make_examiner
from lrbench.evaluation.number_formats import (
    FLOAT32,
    FORMATS,
    NumberFormat,
    RoundedModel,
    in_format,
    quantise,
    round_carry,
)
from lrbench.models import GRU, LSTM, Architecture, Mamba, Model
from lrbench.training import spread_lanes

TYPES = {"bfloat16": ml_dtypes.bfloat16, "float16": np.float16}


def small(layer: object) -> Model:
    return Architecture(layer=layer, layers=1, norm="none", residual=False, width=5, embedding=3).build(
        encoder="embedding", inputs=3, outputs=3
    )


def spread_out(model: Model, lanes: int, scale: float = 1.5) -> object:
    """Parameters of some lanes, larger than initial ones, so that states are not all small."""
    params = jax.vmap(model.init)(jax.random.split(jax.random.key(3), lanes))
    return jax.tree.map(lambda leaf: scale * leaf, params)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def lstm_loop(params: dict, tokens: list[int], kind: type | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """An LSTM in float64 whose hidden state and cell are rounded after every step; outputs, and last state."""
    weights = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), params)
    layer, head = weights["blocks"]["0"]["layer"], weights["head"]
    hidden = cell = np.zeros(5)
    outputs = []
    for token in tokens:
        x = weights["encoder"]["embedding"][token]
        gates = x @ layer["input_kernel"] + hidden @ layer["recurrent_kernel"] + layer["bias"]
        i, f, g, o = np.split(gates, 4)
        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
        hidden = sigmoid(o) * np.tanh(cell)
        outputs.append(hidden @ head["kernel"] + head["bias"])
        if kind is not None:
            cell, hidden = (state.astype(np.float32).astype(kind).astype(np.float64) for state in (cell, hidden))
    return np.stack(outputs), hidden, cell


@pytest.mark.parametrize("kept", ["float32", "bfloat16", "float16"])
def test_an_lstm_with_a_rounded_carry_is_that_of_a_loop(kept: str) -> None:
    model = small(LSTM)
    params = jax.tree.map(lambda leaf: leaf[0], spread_out(model, 1))
    tokens = [0, *[1] * 12, *[2] * 12]
    rounded, own = in_format(model, params, NumberFormat("it", carry=kept))  # type: ignore[arg-type]
    (carry,), outputs = jax.jit(rounded.apply)(own, jnp.asarray(tokens, jnp.int32))
    wanted, hidden, cell = lstm_loop(params, tokens, TYPES.get(kept))
    # Float32 arithmetic now and then rounds a state to the format's neighbour; one such step is under 1 %.
    tolerance = {"float32": 2e-5, "bfloat16": 1.5e-2, "float16": 2e-3}[kept]
    np.testing.assert_allclose(outputs, wanted, atol=tolerance)
    np.testing.assert_allclose(carry.cell, cell, atol=tolerance)
    np.testing.assert_allclose(carry.hidden, hidden, atol=tolerance)
    if kept != "float32":
        # The state itself is a number of the format, to the last bit, and not the float32 one.
        for leaf in (np.asarray(carry.cell), np.asarray(carry.hidden)):
            np.testing.assert_array_equal(leaf, leaf.astype(TYPES[kept]).astype(np.float32))
        exact, _, _ = lstm_loop(params, tokens, None)
        assert np.abs(outputs - exact).max() > 10 * np.abs(outputs - wanted).max()


@pytest.mark.parametrize("kept", ["bfloat16", "float16"])
def test_rounding_is_to_nearest_even_also_under_jit(kept: str) -> None:
    random = np.random.default_rng(0)
    values = random.normal(size=4000).astype(np.float32) * np.exp2(random.integers(-13, 15, 4000)).astype(np.float32)
    one = np.float32(1)
    ties = one + np.arange(1, 40, 2, dtype=np.float32) * np.float32(2.0 ** (-8 if kept == "bfloat16" else -11))
    values = np.concatenate([values, ties, -ties])
    got = jax.jit(lambda leaf: round_carry({"h": leaf}, kept)["h"])(values)  # type: ignore[arg-type]
    normal = np.abs(values) >= 2.0**-14
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(np.asarray(got)[normal], values.astype(TYPES[kept]).astype(np.float32)[normal])
    assert round_carry({"h": jnp.float32(2.0**-15)}, "float16")["h"] == 0
    assert jnp.isinf(round_carry({"h": jnp.float32(70000.0)}, "float16")["h"])


@pytest.mark.parametrize(("bits", "per"), [(8, "tensor"), (8, "row"), (4, "tensor"), (4, "row")])
def test_weights_are_whole_numbers_of_a_scale(bits: int, per: str) -> None:
    model = small(GRU)
    params = spread_out(model, 2)
    got = quantise(params, bits, per)  # type: ignore[arg-type]
    most = {8: 127, 4: 7}[bits]
    for lane in range(2):
        before, after = (jax.tree.map(lambda leaf, lane=lane: np.asarray(leaf)[lane], tree) for tree in (params, got))
        layer, rounded = before["blocks"]["0"]["layer"], after["blocks"]["0"]["layer"]
        np.testing.assert_array_equal(rounded["bias"], layer["bias"])
        np.testing.assert_array_equal(rounded["candidate_bias"], layer["candidate_bias"])
        kernel, table = layer["recurrent_kernel"].astype(np.float64), before["encoder"]["embedding"].astype(np.float64)
        for matrix, own, axis in (
            (kernel, rounded["recurrent_kernel"], 0),  # a scale an output: a column here
            (table, after["encoder"]["embedding"], 1),  # a scale a token
        ):
            wanted = np.empty_like(matrix)
            lines = matrix.T if axis == 0 else matrix
            for index, line in enumerate(lines):
                scale = np.abs(matrix if per == "tensor" else line).max() / most
                whole = np.array([round(value / scale) for value in line])  # Python's round: ties to even
                assert np.abs(whole).max() <= most
                if axis == 0:
                    wanted[:, index] = whole * scale
                else:
                    wanted[index] = whole * scale
            np.testing.assert_allclose(own, wanted, rtol=1e-5, atol=1e-7)
    assert np.abs(np.asarray(got["head"]["kernel"]) - np.asarray(params["head"]["kernel"])).max() > 0  # type: ignore[index]


def test_ties_and_zeros() -> None:
    ties = {"kernel": jnp.asarray([[7.0], [2.5], [3.5], [-0.5], [-1.5]])}
    np.testing.assert_array_equal(quantise(ties, 4, "tensor")["kernel"][:, 0], [7, 2, 4, 0, -2])
    np.testing.assert_array_equal(quantise({"kernel": jnp.zeros((2, 2))}, 8, "row")["kernel"], np.zeros((2, 2)))
    with pytest.raises(ValueError, match="1 bits"):
        quantise(ties, 1, "tensor")


def test_what_is_no_matrix_of_weights_stays() -> None:
    model = small(partial(Mamba, states=4))
    random = np.random.default_rng(0)
    params = jax.tree.map(
        lambda leaf: jnp.asarray(random.normal(size=leaf.shape), jnp.float32),
        jax.eval_shape(model.init, jax.random.key(0)),
    )
    layer, rounded = (tree["blocks"]["0"]["layer"] for tree in (params, quantise(params, 4, "row")))
    for name in ("A_log", "D", "dt_bias", "conv_bias"):
        np.testing.assert_array_equal(layer[name], rounded[name])
    assert not np.array_equal(layer["in_proj"]["kernel"], rounded["in_proj"]["kernel"])


def test_float32_is_the_model_itself() -> None:
    model = small(LSTM)
    params = model.init(jax.random.key(0))
    same, own = in_format(model, params, FLOAT32)
    assert same is model
    assert own is params
    assert len({one.name for one in FORMATS}) == len(FORMATS) == 7


def test_the_reader_reads_in_pieces_what_a_rounded_model_reads_whole() -> None:
    task, model = AnBn(threshold=0.3), small(LSTM)
    spread = spread_lanes(2)
    rounded, params = in_format(model, spread_out(model, 2), FORMATS[1])
    assert isinstance(rounded, RoundedModel)
    examiner = make_examiner(task, TrainingLengths(task, 1, 9), 8, (13,))
    laid = spread.pad(params)
    counts = []
    for piece in (5, 13):
        reader = Reader(task, rounded, spread.mesh, 2, piece)
        counts.append(np.stack([reader.read(laid, one).correct for one in examiner.test()]))
    np.testing.assert_array_equal(counts[0], counts[1])
    assert len(np.unique(counts[0])) > 1
