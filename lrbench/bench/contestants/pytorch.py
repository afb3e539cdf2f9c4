"""torch: its fused LSTM and GRU layers, their cells for single steps, and a training step with its Adam."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lrbench.bench.case import Arrays, Case
from lrbench.bench.contestant import Contestant, Prepared, Results

if TYPE_CHECKING:
    import torch

    from lrbench.bench.torch_pass import Pass

NAME = "torch"
PACKAGE = ("torch", "torch")
ENVIRONMENT: dict[str, str] = {}
NEEDS_GPU = False


def lstm(case: Case, arrays: Arrays) -> Prepared:
    """Prepares `torch.nn.LSTM`: our order of gates; its second bias is 0."""
    import torch

    return _layer(torch.nn.LSTM(case.sizes["I"], case.sizes["H"]), arrays)


def gru(case: Case, arrays: Arrays) -> Prepared:
    """Prepares `torch.nn.GRU`: our order of gates; its second bias is that of the candidate alone."""
    import torch

    return _layer(torch.nn.GRU(case.sizes["I"], case.sizes["H"]), arrays)


def seeds_lstm(case: Case, arrays: Arrays) -> Prepared:
    """Prepares a `torch.nn.LSTM` for each seed, called one after another."""
    import torch

    from lrbench.bench.torch_pass import prepare_passes

    each = [{name: leaf[seed] for name, leaf in arrays.items()} for seed in range(case.sizes["S"])]
    layers = [torch.nn.LSTM(case.sizes["I"], case.sizes["H"]) for _ in each]
    return prepare_passes([_pass_over(*pair) for pair in zip(layers, each, strict=True)], _layout)


def stream_lstm(case: Case, arrays: Arrays) -> Prepared:
    """Prepares `torch.nn.LSTMCell` in inference mode."""
    import torch

    return _cell(torch.nn.LSTMCell(case.sizes["I"], case.sizes["H"]), case, arrays)


def stream_gru(case: Case, arrays: Arrays) -> Prepared:
    """Prepares `torch.nn.GRUCell` in inference mode."""
    import torch

    return _cell(torch.nn.GRUCell(case.sizes["I"], case.sizes["H"]), case, arrays)


def train_lstm(case: Case, arrays: Arrays) -> Prepared:
    """Prepares a training step of an LSTM."""
    import torch

    return _training(torch.nn.LSTM(case.sizes["H"], case.sizes["H"]), case)


def train_gru(case: Case, arrays: Arrays) -> Prepared:
    """Prepares a training step of a GRU."""
    import torch

    return _training(torch.nn.GRU(case.sizes["H"], case.sizes["H"]), case)


def _weights(arrays: Arrays) -> list[np.ndarray]:
    """Returns both kernels, gates in the rows, and both biases, in the order of torch's parameters."""
    recurrent_bias = np.zeros_like(arrays["bias"])
    if "candidate_bias" in arrays:
        recurrent_bias[-len(arrays["candidate_bias"]) :] = arrays["candidate_bias"]
    return [arrays["input_kernel"].T, arrays["recurrent_kernel"].T, arrays["bias"], recurrent_bias]


def _load(module: torch.nn.Module, arrays: Arrays) -> Sequence[torch.nn.Parameter]:
    import torch

    parameters = list(module.parameters())
    with torch.no_grad():
        for parameter, weight in zip(parameters, _weights(arrays), strict=True):
            parameter.copy_(torch.from_numpy(weight))
    return parameters


def _layer(layer: torch.nn.Module, arrays: Arrays) -> Prepared:
    from lrbench.bench.torch_pass import prepare_pass

    return prepare_pass(_pass_over(layer, arrays), _layout)


def _pass_over(layer: torch.nn.Module, arrays: Arrays) -> Pass:
    import torch

    from lrbench.bench.torch_pass import Pass, torch_device

    device = torch_device()
    input_kernel, recurrent_kernel, *biases = _load(layer.to(device), arrays)
    inputs = torch.tensor(arrays["inputs"], device=device, requires_grad=True)
    variables = {
        "inputs": inputs,
        "input_kernel": input_kernel,
        "recurrent_kernel": recurrent_kernel,
        "bias": biases[0],
        "recurrent_bias": biases[1],
    }
    return Pass(lambda: layer(inputs)[0], variables, torch.tensor(arrays["cotangent"], device=device))


def _layout(found: Results) -> Results:
    return {
        "outputs": found["outputs"],
        "d_inputs": found["d_inputs"],
        "d_input_kernel": found["d_input_kernel"].T,
        "d_recurrent_kernel": found["d_recurrent_kernel"].T,
    }


def _cell(cell: torch.nn.Module, case: Case, arrays: Arrays) -> Prepared:
    import torch

    from lrbench.bench.single_steps import prepare_steps
    from lrbench.bench.torch_pass import torch_device, wait_for

    device = torch_device()
    torch.set_num_threads(1)  # a product with one row has no work for a second thread
    _load(cell.to(device), arrays)
    pair = isinstance(cell, torch.nn.LSTMCell)

    def first_carry() -> Any:
        zeros = torch.zeros(case.sizes["B"], case.sizes["H"], device=device)
        return (zeros, zeros) if pair else zeros

    def step(carry: Any, x: torch.Tensor) -> Any:
        carry = cell(x, carry)
        wait_for(device)
        return carry

    def hidden_of(carry: Any) -> np.ndarray:
        return (carry[0] if pair else carry).cpu().numpy()

    inputs = [torch.tensor(x, device=device) for x in arrays["inputs"]]
    return prepare_steps(step, first_carry, inputs, hidden_of, mode=torch.inference_mode)


def _training(layer: torch.nn.Module, case: Case) -> Prepared:
    import torch

    from lrbench.bench.copy_batch import CLASSES, CLIP, LEARNING_RATE, TOKENS, copy_batch
    from lrbench.bench.torch_pass import temporary_bytes, torch_device, wait_for

    device = torch_device()
    embedding = torch.nn.Embedding(TOKENS, case.sizes["H"])
    head = torch.nn.Linear(case.sizes["H"], CLASSES)
    parameters = list(torch.nn.ModuleList([embedding, layer, head]).to(device).parameters())
    optimizer = torch.optim.Adam(parameters, LEARNING_RATE)
    inputs, targets = (torch.tensor(leaf, dtype=torch.long, device=device) for leaf in copy_batch(case))

    def run() -> None:
        optimizer.zero_grad(set_to_none=True)
        logits = head(layer(embedding(inputs))[0])
        torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten()).backward()
        torch.nn.utils.clip_grad_norm_(parameters, CLIP)
        optimizer.step()
        wait_for(device)

    return Prepared(run=run, results=dict, temporary_bytes=temporary_bytes(run, device))


MEASUREMENTS: dict[str, Contestant] = {
    "lstm": lstm,
    "gru": gru,
    "seeds_lstm": seeds_lstm,
    "stream_lstm": stream_lstm,
    "stream_gru": stream_gru,
    "train_lstm": train_lstm,
    "train_gru": train_gru,
}
