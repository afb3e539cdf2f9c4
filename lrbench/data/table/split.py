"""The parts of a data set, drawn example by example."""

import numpy as np
from jaxtyping import Int

from lrbench.data.recorded import Split


def split_examples(count: int, validation: float, test: float, seed: int) -> dict[Split, Int[np.ndarray, " examples"]]:
    """Draws which examples are for training, validation and test.

    Every part has at least one. The bits of the generator are the same in every version of NumPy; what its methods make
    of them need not be.

    Args:
        count: of all examples, at least 3.
        validation: share of them, between 0 and 1.
        test: the same; together below 1.
        seed: another one gives other parts.

    Returns:
        The places of each part's examples, rising.
    """
    order = np.argsort(np.random.PCG64(seed).random_raw(count), kind="stable")
    tested = min(max(1, round(test * count)), count - 2)
    validated = min(max(1, round(validation * count)), count - 1 - tested)
    parts = np.split(order, [tested, tested + validated])
    return dict(zip((Split.TEST, Split.VALIDATION, Split.TRAINING), map(np.sort, parts), strict=True))
