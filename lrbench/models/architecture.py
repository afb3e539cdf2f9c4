"""What a model is before it meets a task: the layer, how many, how wide, how they are joined."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, cast, get_args

import jax.numpy as jnp

from lrbench.models.functional import Model, functional
from lrbench.models.layers import Layer
from lrbench.models.stack import Encoder, Norm, SequenceModel

Precision = Literal["float32", "tf32", "bfloat16"]


@dataclass(frozen=True)
class Architecture:
    """A recipe for models; Hydra constructs it from conf/model/*.yaml.

    Attributes:
        layer: a layer's class or a partial of it with options, as `functools.partial(GRU, reset="after")`.
        layers: number of blocks.
        norm: before each block's layer and before the head: "none", "rms" or "layer".
        residual: whether each block adds its input to its output.
        width: width of the blocks; None where it is still to be solved for (see capacity.py).
        embedding: width of the encoder; None: `width`.

    Raises:
        ValueError: values that make no model.
    """

    layer: Callable[..., Layer]
    layers: int
    norm: str
    residual: bool
    width: int | None
    embedding: int | None = None

    def __post_init__(self) -> None:
        """Checks the values."""
        if not callable(self.layer):
            raise ValueError(
                f"model.layer={self.layer!r} is no layer; give a class of lrbench.models, with _partial_: true"
            )
        if self.layers < 1:
            raise ValueError(
                f"model.layers={self.layers} makes no model: a model has at least one layer; give 1 or more"
            )
        for name, value in (("width", self.width), ("embedding", self.embedding)):
            if value is not None and value < 1:
                raise ValueError(f"model.{name}={value} makes no model: every layer needs units; give 1 or more")
        if self.norm not in get_args(Norm):
            raise ValueError(f"model.norm={self.norm!r} is unknown; choose one of {', '.join(get_args(Norm))}")
        if self.residual and self.embedding not in (None, self.width):
            raise ValueError(
                f"model.residual=true adds the encoder's output (model.embedding={self.embedding}) to the first "
                f"layer's (model.width={self.width}), which needs equal widths; set model.embedding=null, or "
                "model.residual=false"
            )

    def build(self, *, encoder: Encoder, inputs: int, outputs: int, precision: Precision = "float32") -> Model:
        """Builds the model, without allocating its parameters.

        Args:
            encoder: "embedding" for tokens, "linear" for features.
            inputs: tokens of the vocabulary, or features.
            outputs: numbers out a step: classes or values.
            precision: type of the operands of matrix products; all else is float32. "tf32" leaves the operands
                float32: that a GPU may round them is `jax.default_matmul_precision`, set around the whole run.

        Raises:
            ValueError: the width is None, or a layer refuses its options.
        """
        if self.width is None:
            raise ValueError("model.width=null is no width to build with; give a number, or match a budget")
        width = self.width
        embedding = width if self.embedding is None else self.embedding
        return functional(
            lambda rngs: SequenceModel(
                self.layer,
                layers=self.layers,
                norm=cast(Norm, self.norm),
                residual=self.residual,
                encoder=encoder,
                inputs=inputs,
                embedding=embedding,
                width=width,
                outputs=outputs,
                dtype=jnp.dtype(precision) if precision == "bfloat16" else None,
                rngs=rngs,
            )
        )
