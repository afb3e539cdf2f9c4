"""One batch of copy memory in NumPy, for libraries that do not draw their own sequences."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lrbench.bench.case import Case

#: The task's own numbers (Arjovsky et al. 2016): a blank, 8 symbols of which 10 are to be copied, a marker.
SYMBOLS, ALPHABET = 10, 8
TOKENS, CLASSES = ALPHABET + 2, ALPHABET + 1
LEARNING_RATE = 1e-3
#: Gradients are clipped to this global norm, as conf/optimizer/adam.yaml has it.
CLIP = 1.0


class CopyBatch(NamedTuple):
    """Tokens and their classes, every one of which counts.

    Attributes:
        inputs: [T, B].
        targets: [T, B].
    """

    inputs: npt.NDArray[np.int32]
    targets: npt.NDArray[np.int32]


def copy_batch(case: Case) -> CopyBatch:
    """Returns a batch of the sizes B and T of a case: symbols, blanks, the marker, then the symbols as targets."""
    T, B = case.sizes["T"], case.sizes["B"]
    symbols = np.random.default_rng(case.seed).integers(1, ALPHABET + 1, (SYMBOLS, B), np.int32)
    inputs, targets = np.zeros((2, T, B), np.int32)
    inputs[:SYMBOLS], inputs[T - SYMBOLS - 1] = symbols, ALPHABET + 1
    targets[T - SYMBOLS :] = symbols
    return CopyBatch(inputs, targets)
