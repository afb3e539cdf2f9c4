"""Speech commands: a spoken word as raw sound, one sample a step."""

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import numpy as np
from jaxtyping import Float32, Shaped

from lrbench.data import Features, Published
from lrbench.data.fields import require_choice
from lrbench.data.tfds_source import TfdsSource
from lrbench.data.tfds_task import TfdsTask

Classes = Literal["twelve", "ten"]

NAMES = ("down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes", "silence", "other")


@dataclass(frozen=True)
class SpeechCommands(TfdsTask):
    """Listen to a second of sound, sample by sample, and say at the last one which word was spoken.

    16,000 steps of one number, the sample / 32768, between -1 and 1. Recordings of less than a second are padded, and
    the class is asked at their own last sample. TFDS's splits are Warden's: 85,511 training, 10,102 validation and
    4890 test examples, split by speaker. Evaluation at a shorter length plays the first samples only and asks then.

    Warden 2018, "Speech commands: a dataset for limited-vocabulary speech recognition" (arXiv:1804.03209), version
    0.02. There are three ways to count its classes. TFDS keeps Warden's twelve, ten words, silence, and one class for
    the 25 other words, which is most of the training split but a twelfth of the test split. `ten` leaves silence and
    the other words out. The 35 words cannot be told apart in what TFDS stores. Papers with ten classes (SC10, after
    Kidger et al. 2020 and S4) split the recordings at random, 70 : 15 : 15, and not by speaker, so their numbers are
    not quite of this task.

    The data is TFDS's `speech_commands`, 2.5 GB to download; lrbench says how when it is not there. It is too large to
    be kept in memory: examples are decoded anew in every epoch. `ten` reads all of it once, in a minute or two, to
    find the classes, and remembers them in the cache folder.

    Attributes:
        classes: `twelve`, or only the `ten` words.
    """

    paper: ClassVar[str] = "Warden 2018, arXiv:1804.03209"
    published: ClassVar[tuple[Published, ...]] = (
        Published(
            "S4",
            0.983,
            "token accuracy",
            "ten words, 16,000 steps, split at random",
            "Gu, Goel & Ré 2022, arXiv:2111.00396",
            recalled=True,
        ),
    )

    classes: Classes = "twelve"

    def __post_init__(self) -> None:
        require_choice("classes", self.classes, get_args(Classes))

    @property
    def source(self) -> TfdsSource:
        """The sounds, of all classes or of the ten words, which come first."""
        return TfdsSource(
            name="speech_commands",
            folder="speech_commands/0.0.3",
            feature="audio",
            kind="samples",
            steps=16000,
            classes=12,
            kept_classes={"twelve": 12, "ten": 10}[self.classes],
        )

    @property
    def inputs(self) -> Features:
        """One sample of sound."""
        return Features(1)

    def encode(self, values: Shaped[np.ndarray, "n all"], steps: int) -> Float32[np.ndarray, "n steps 1"]:
        """Scales samples."""
        return values[:, :steps, None].astype(np.float32) / np.float32(32768)

    def input_name(self, index: int) -> str:
        """What the feature is."""
        return "sound"

    def output_name(self, index: int) -> str:
        """The word."""
        return NAMES[index]
