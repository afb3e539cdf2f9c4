"""ONNX Runtime: single steps of its LSTM and GRU operators, on one thread, in buffers that are bound once."""

from typing import Any

import numpy as np

from lrbench.bench.case import GATES, Arrays, Case
from lrbench.bench.contestant import Contestant, Prepared

NAME = "ONNX Runtime"
PACKAGE = ("onnxruntime", "onnxruntime")
ENVIRONMENT: dict[str, str] = {}
NEEDS_GPU = False

#: Places of the operators' gates among ours: i, o, f, c of i, f, g, o; z, r, h of r, z, n.
ORDER = {"lstm": (0, 3, 1, 2), "gru": (1, 0, 2)}


def stream_lstm(case: Case, arrays: Arrays) -> Prepared:
    """Prepares the operator LSTM."""
    return _prepare("lstm", case, arrays, {})


def stream_gru(case: Case, arrays: Arrays) -> Prepared:
    """Prepares the operator GRU, with the reset after the product."""
    return _prepare("gru", case, arrays, {"linear_before_reset": 1})


def _prepare(core: str, case: Case, arrays: Arrays, options: dict[str, int]) -> Prepared:
    import onnxruntime

    from lrbench.bench.single_steps import prepare_steps

    single = onnxruntime.SessionOptions()
    single.intra_op_num_threads = single.inter_op_num_threads = 1
    model = _model(core, case, arrays, options)
    session = onnxruntime.InferenceSession(model, single, providers=["CPUExecutionProvider"])

    states = _STATES[core]
    # The operator reads one set of states and writes the other; the session sees NumPy's own memory.
    sets = [{name: np.zeros((1, case.sizes["B"], case.sizes["H"]), np.float32) for name in states} for _ in range(2)]
    fed = np.zeros((1, case.sizes["B"], case.sizes["I"]), np.float32)
    value = onnxruntime.OrtValue.ortvalue_from_numpy
    bindings = []
    for before, after in (sets, sets[::-1]):
        binding = session.io_binding()
        binding.bind_ortvalue_input("x", value(fed))
        for name in states:
            binding.bind_ortvalue_input(name, value(before[name]))
            binding.bind_ortvalue_output(f"{name}_next", value(after[name]))
        bindings.append(binding)

    def first_carry() -> int:
        for state in sets[0].values():
            state[...] = 0
        return 0

    def step(which: int, x: np.ndarray) -> int:
        fed[...] = x
        session.run_with_iobinding(bindings[which])
        return 1 - which

    return prepare_steps(step, first_carry, list(arrays["inputs"][:, None]), lambda which: sets[which]["h"][0])


_STATES = {"lstm": ("h", "c"), "gru": ("h",)}


def _model(core: str, case: Case, arrays: Arrays, options: dict[str, int]) -> bytes:
    """Returns a model of one operator over one step, with the weights in it."""
    from onnx import TensorProto, helper, numpy_helper

    width, states = case.sizes["H"], _STATES[core]
    recurrent_bias = np.zeros_like(arrays["bias"])
    if "candidate_bias" in arrays:
        recurrent_bias[-width:] = arrays["candidate_bias"]

    def rows(columns: np.ndarray) -> np.ndarray:
        gates = np.split(columns, GATES[core], axis=-1)
        return np.concatenate([gates[place] for place in ORDER[core]], axis=-1).T

    weights = {
        "W": rows(arrays["input_kernel"])[None],
        "R": rows(arrays["recurrent_kernel"])[None],
        "B": np.concatenate([rows(arrays["bias"]), rows(recurrent_bias)])[None],
    }
    node = helper.make_node(
        core.upper(),
        ["x", *weights, "", *states],
        ["", *(f"{name}_next" for name in states)],
        hidden_size=width,
        **options,
    )

    def tensor(name: str, size: int) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, case.sizes["B"], size])

    graph = helper.make_graph(
        [node],
        "step",
        [tensor("x", case.sizes["I"]), *(tensor(name, width) for name in states)],
        [tensor(f"{name}_next", width) for name in states],
        [numpy_helper.from_array(np.ascontiguousarray(weight), name) for name, weight in weights.items()],
    )
    # Version 17 of the operators and 9 of the format: read by every ONNX Runtime of the last years.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return bytes(model.SerializeToString())


MEASUREMENTS: dict[str, Contestant] = {"stream_lstm": stream_lstm, "stream_gru": stream_gru}
