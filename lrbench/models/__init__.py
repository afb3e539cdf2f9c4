"""Layers that own parameters, the networks they stand in, and the width that meets a budget."""

from lrbench.models.architecture import Architecture, Precision
from lrbench.models.capacity import Match, Matched, solve_width
from lrbench.models.flops import step_flops
from lrbench.models.functional import Carry, Model, Params, functional
from lrbench.models.layers import GRU, LSTM, Elman, Layer
from lrbench.models.mamba import Mamba
from lrbench.models.stack import Encoder, Norm, SequenceModel

__all__ = [
    "GRU",
    "LSTM",
    "Architecture",
    "Carry",
    "Elman",
    "Encoder",
    "Layer",
    "Mamba",
    "Match",
    "Matched",
    "Model",
    "Norm",
    "Params",
    "Precision",
    "SequenceModel",
    "functional",
    "solve_width",
    "step_flops",
]
