"""A GRU, the LSTM of its width, and the LSTM nearest in parameters, as cases for workers."""

from typing import Any, Literal, get_args

import polars as pl

from lrbench.bench.case import Case
from lrbench.bench.copy_batch import CLASSES, TOKENS
from lrbench.models import GRU, LSTM, Architecture, solve_width
from lrbench.models.layer_parameters import equal_lstm_width, gru_parameters, lstm_parameters
from lrbench.studies.gru_against_lstm.grid import Sizes

#: Which LSTM a GRU stands against.
At = Literal["equal width", "equal parameters"]
ATS: tuple[At, ...] = get_args(At)

#: What is timed: forward and backward through a layer alone, or a training step of a whole one-layer model.
Work = Literal["layer", "training step"]


#: Columns of a GRU beside an LSTM, whatever is measured of them.
COMPARED: dict[str, Any] = {
    "work": pl.String(),
    "B": pl.Int64(),
    "T": pl.Int64(),
    "I": pl.Int64(),  # of the layer; null for a whole model
    "H": pl.Int64(),  # of the GRU
    "at": pl.String(),
    "lstm_width": pl.Int64(),
    "gru_parameters": pl.Int64(),  # of the layer, or of the whole model
    "lstm_parameters": pl.Int64(),
}


def compared(work: Work, sizes: Sizes, at: At, gru: Case, lstm: Case) -> dict[str, Any]:
    """Returns the columns of `COMPARED`."""
    return {
        "work": work,
        **{letter: sizes.get(letter) for letter in "BTIH"},
        "at": at,
        "lstm_width": lstm.sizes["H"],
        "gru_parameters": parameters_of(gru),
        "lstm_parameters": parameters_of(lstm),
    }


def layer_cases(sizes: Sizes, prefix: str = "") -> tuple[Case, dict[At, Case]]:
    """Returns the GRU's case and the LSTMs', for layers alone."""
    inputs, width = sizes["I"], sizes["H"]
    equal = equal_lstm_width(gru_parameters(inputs, width), lambda _: inputs)
    return Case(f"{prefix}gru", dict(sizes)), {
        "equal width": Case(f"{prefix}lstm", dict(sizes)),
        "equal parameters": Case(f"{prefix}lstm", dict(sizes) | {"H": equal}),
    }


def model_cases(sizes: Sizes) -> tuple[Case, dict[At, Case]]:
    """Returns the GRU's case and the LSTMs', for training steps of whole models on copy memory."""
    budget = parameters_of(Case("train_gru", sizes))
    match = solve_width(_architecture("train_lstm", 1), "parameters", budget, **_COPY_MEMORY)
    return Case("train_gru", dict(sizes)), {
        "equal width": Case("train_lstm", dict(sizes)),
        "equal parameters": Case("train_lstm", dict(sizes) | {"H": match.width}),
    }


_COPY_MEMORY: dict[str, Any] = {"encoder": "embedding", "inputs": TOKENS, "outputs": CLASSES}


def _architecture(measurement: str, width: int) -> Architecture:
    layer = {"train_gru": GRU, "train_lstm": LSTM}[measurement]
    return Architecture(layer, layers=1, norm="none", residual=False, width=width)


def parameters_of(case: Case) -> int:
    """Returns the parameters of a case's layer, or of its whole model."""
    width = case.sizes["H"]
    if case.measurement.startswith("train_"):
        return _architecture(case.measurement, width).build(**_COPY_MEMORY).parameters
    count = gru_parameters if case.measurement.endswith("gru") else lstm_parameters
    return count(case.sizes["I"], width)
