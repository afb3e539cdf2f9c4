"""What a search over hyper-parameters finds after k trials: exact, over all orders in which they may be tried."""

import numpy as np
from jaxtyping import Float
from scipy.special import comb


def chances_of_rank(trials: int, drawn: int) -> Float[np.ndarray, " trials"]:
    """Returns the probability that the best of some trials, drawn without replacement, is the r-th best of all.

    The r-th best (r from 0) is the best of those drawn if it is among them and none of the r better ones is:
    C(trials - 1 - r, drawn - 1) / C(trials, drawn). The idea of a curve over the number of trials is that of Dodge et
    al. 2019, "Show your work" (arXiv:1909.03004), who draw with replacement.

    Raises:
        ValueError: not between 1 and all of the trials are drawn.
    """
    if not 1 <= drawn <= trials:
        raise ValueError(f"{drawn} of {trials} trials cannot be drawn; draw from 1 to {trials}.")
    ranks = np.arange(trials)
    ways: Float[np.ndarray, " trials"] = comb(trials - 1 - ranks, drawn - 1) / comb(trials, drawn)
    return ways


def expected_scores(
    validation: Float[np.ndarray, " trials"],
    loss: Float[np.ndarray, " trials"],
    test: Float[np.ndarray, " trials"],
) -> Float[np.ndarray, " trials"]:
    """Returns the test score that is to be expected after 1, 2, … all trials, the best of which validation tells.

    Args:
        validation: score of each trial, by which the best is chosen; the higher, the better.
        loss: on validation; of equal scores the lower loss is the better, and of equal losses the earlier trial.
        test: score of each trial, which nothing is chosen by.
    """
    order = np.lexsort((np.arange(len(test)), loss, -validation))
    trials = len(test)
    chances = np.stack([chances_of_rank(trials, drawn) for drawn in range(1, trials + 1)])
    expected: Float[np.ndarray, " trials"] = chances @ test[order]
    return expected
