"""Sequential CIFAR-10 in grey: a small photograph, one pixel a step."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float32, Shaped

from lrbench.data import Features, Published
from lrbench.data.tfds_source import TfdsSource
from lrbench.data.tfds_task import TfdsTask

NAMES = ("plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

SOURCE = TfdsSource(
    name="cifar10",
    folder="cifar10/3.0.2",
    feature="image",
    kind="pixels",
    steps=32 * 32,
    classes=10,
    kept_classes=10,
)

LRA = "Tay et al. 2020, Long Range Arena, results in google-research/long-range-arena"


@dataclass(frozen=True)
class SequentialCifar10(TfdsTask):
    """Read a small photograph in grey pixel by pixel and say what it shows at the last one.

    1024 steps of one number, rows from top to bottom, each from left to right. A colour (R, G, B) becomes the grey
    0.299 R + 0.587 G + 0.114 B, rounded to a byte (ITU-R 601-2, as Pillow and torchvision convert), and the byte / 255
    is the input. 10 classes; the class is asked at the last step, and only there. 50,000 training examples, of which
    a tenth, chosen once for ever, is the validation split; 10,000 test examples, 1000 a class. Evaluation at a shorter
    length shows the model that many pixels and asks then.

    Tay et al. 2020, "Long Range Arena" (arXiv:2011.04006), task Image. Theirs embeds the grey as one of 256 tokens;
    here it is a number, as S4's code has it. Their weights are TensorFlow's, 0.2989, 0.587 and 0.114, so a pixel can
    differ by 1 of 255. Their validation split is the last tenth in TFDS's order.

    The data is TFDS's `cifar10`, 170 MB to download; lrbench says how when it is not there.
    """

    paper: ClassVar[str] = "Tay et al. 2020, arXiv:2011.04006 (Image)"
    published: ClassVar[tuple[Published, ...]] = (
        Published("Transformer", 0.4244, "token accuracy", "1024 steps, grey as tokens", LRA),
        Published("BigBird", 0.4083, "token accuracy", "1024 steps, grey as tokens", LRA),
        Published(
            "S4",
            0.885,
            "token accuracy",
            "1024 steps, grey as a number; bidirectional; approximate",
            "state-spaces/s4, models/s4/experiments.md",
        ),
    )

    @property
    def source(self) -> TfdsSource:
        """CIFAR-10, in grey."""
        return SOURCE

    @property
    def inputs(self) -> Features:
        """One pixel."""
        return Features(1)

    def encode(self, values: Shaped[np.ndarray, "n all"], steps: int) -> Float32[np.ndarray, "n steps 1"]:
        """Scales pixels."""
        return values[:, :steps, None].astype(np.float32) / np.float32(255)

    def input_name(self, index: int) -> str:
        """What the feature is."""
        return "grey"

    def output_name(self, index: int) -> str:
        """What the photograph shows."""
        return NAMES[index]
