"""Sequential MNIST: a digit, one pixel a step."""

from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Literal, get_args

import numpy as np
from jaxtyping import Float32, Int64, Shaped

from lrbench.data import Features, Published
from lrbench.data.fields import require_choice
from lrbench.data.tfds_source import TfdsSource
from lrbench.data.tfds_task import TfdsTask

Order = Literal["raster", "permuted"]

SIDE = 28
#: The seed that the code of Wisdom et al. 2016 (stwisdom/urnn) has, and many others' since.
PERMUTATION_SEED = 92916

SOURCE = TfdsSource(
    name="mnist",
    folder="mnist/3.0.1",
    feature="image",
    kind="pixels",
    steps=SIDE * SIDE,
    classes=10,
    kept_classes=10,
)

BAI = "Bai, Kolter & Koltun 2018, arXiv:1803.01271, Table 1"
SETTING = "784 steps, {} order; about 70,000 parameters"
BAI_NUMBERS = (
    ("LSTM", 0.872, 0.857),
    ("GRU", 0.962, 0.873),
    ("RNN", 0.215, 0.253),
    ("TCN", 0.990, 0.972),
)


@cache
def pixel_order(order: Order) -> Int64[np.ndarray, " pixels"]:
    """Which pixel stands at which step; pixels are numbered row by row."""
    pixels = SIDE * SIDE
    return np.arange(pixels) if order == "raster" else np.random.RandomState(PERMUTATION_SEED).permutation(pixels)


@dataclass(frozen=True)
class SequentialMnist(TfdsTask):
    """Read a handwritten digit pixel by pixel and say which it is at the last one.

    784 steps of one number, the pixel's grey as 0 … 1 (its byte / 255, no further scaling). 10 classes; the class is
    asked at the last step, and only there. 60,000 training examples, of which a tenth, chosen once for ever, is the
    validation split; 10,000 test examples. Evaluation at a shorter length shows the model that many pixels and asks
    then. Chance is 0.1, as in the papers; always saying 1, the most frequent digit, has 0.1135 on the test split.

    Le, Jaitly and Hinton 2015, "A simple way to initialize recurrent networks of rectified linear units"
    (arXiv:1504.00941). Their permutation was not published. Papers whose code uses seed 92916 share one; Bai et al.
    drew another, so permuted scores of different papers may be of different, equally drawn, permutations.

    The data is TFDS's `mnist`, 12 MB to download; lrbench says how when it is not there.

    Attributes:
        order: `raster` reads the rows from top to bottom, each from left to right; `permuted` reads the pixels in one
            fixed random order, numpy's `RandomState(92916).permutation(784)`.
    """

    paper: ClassVar[str] = "Le, Jaitly & Hinton 2015, arXiv:1504.00941"
    published: ClassVar[tuple[Published, ...]] = tuple(
        Published(model, value, "token accuracy", SETTING.format(order), BAI)
        for model, *values in BAI_NUMBERS
        for order, value in zip(get_args(Order), values, strict=True)
    )

    order: Order = "raster"

    def __post_init__(self) -> None:
        require_choice("order", self.order, get_args(Order))

    @property
    def source(self) -> TfdsSource:
        """MNIST, in grey as it is."""
        return SOURCE

    @property
    def inputs(self) -> Features:
        """One pixel."""
        return Features(1)

    def encode(self, values: Shaped[np.ndarray, "n all"], steps: int) -> Float32[np.ndarray, "n steps 1"]:
        """Puts pixels in order and scales them."""
        return values[:, pixel_order(self.order)[:steps], None].astype(np.float32) / np.float32(255)

    def input_name(self, index: int) -> str:
        """What the feature is."""
        return "pixel"
