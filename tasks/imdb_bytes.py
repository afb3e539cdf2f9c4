"""Reviews of films, byte by byte: did the writer like it?"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Int32, Shaped

from lrbench.data import Published, Tokens
from lrbench.data.fields import require_whole
from lrbench.data.tfds_source import TfdsSource
from lrbench.data.tfds_task import TfdsTask

#: No review is longer, and every one that is read takes so many.
MOST_BYTES = 2**14

LRA = "Tay et al. 2020, Long Range Arena, results in google-research/long-range-arena"
LRA_SETTING = "first 4000 bytes; validated on the test split"


@dataclass(frozen=True)
class ImdbBytes(TfdsTask):
    """Read a review of a film byte by byte and say at its last byte whether it is negative or positive.

    Tokens are the bytes of the text in UTF-8, 0 … 255, without a mark for the end. Of a review that is longer than
    the length only the first bytes are read; a shorter one is padded, and its class is asked at its own last byte.
    25,000 training examples, of which a tenth, chosen once for ever, is the validation split; 25,000 test examples.
    Both classes are as frequent. Reviews have 1300 bytes on average and up to 14,000.

    Maas et al. 2011, "Learning word vectors for sentiment analysis"; as bytes Tay et al. 2020, "Long Range Arena"
    (arXiv:2011.04006), task Text, which reads 4000 (`task=imdb_bytes_4000`) in the paper and 1000 by default in its
    code. Theirs has no validation split and validates on the test split; here that is never done. S4 reads 4096
    characters and adds a token for the end.

    The data is TFDS's `imdb_reviews`, 84 MB to download; lrbench says how when it is not there.

    Attributes:
        longest: bytes that are read of a review, at most: the longest length.
    """

    paper: ClassVar[str] = "Maas et al. 2011; Tay et al. 2020, arXiv:2011.04006 (Text)"
    published: ClassVar[tuple[Published, ...]] = (
        Published("Transformer", 0.6427, "token accuracy", LRA_SETTING, LRA),
        Published("Linear Transformer", 0.6590, "token accuracy", LRA_SETTING, LRA),
        Published(
            "S4",
            0.865,
            "token accuracy",
            "first 4096 characters; bidirectional; approximate",
            "state-spaces/s4, models/s4/experiments.md",
        ),
    )

    longest: int = 1000

    def __post_init__(self) -> None:
        require_whole("longest", self.longest, 1, most=MOST_BYTES)

    @property
    def source(self) -> TfdsSource:
        """The reviews that have a class."""
        return TfdsSource(
            name="imdb_reviews",
            folder="imdb_reviews/plain_text/1.0.0",
            feature="text",
            kind="bytes",
            steps=self.longest,
            classes=2,
            kept_classes=2,
        )

    @property
    def inputs(self) -> Tokens:
        """The bytes."""
        return Tokens(256)

    def encode(self, values: Shaped[np.ndarray, "n all"], steps: int) -> Int32[np.ndarray, "n steps"]:
        """Bytes are tokens already."""
        return values[:, :steps].astype(np.int32)

    def input_name(self, index: int) -> str:
        """The character where it is one that can be seen, an open box for the blank, else two hex digits."""
        if index == ord(" "):
            return "␣"
        return chr(index) if ord(" ") < index < 127 else f"{index:02x}"

    def output_name(self, index: int) -> str:
        """Negative or positive."""
        return ("neg", "pos")[index]
