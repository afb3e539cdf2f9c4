"""The sign-flip test of two contenders whose learning rate was chosen: each flip chooses the rates anew.

Were the rates held fixed, two contenders that do not differ could still be called different: chance in validation gives
them different rates, and the rates do differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from jaxtyping import Float, Int

from lrbench.analysis.resampling import SignFlip, flip_test


@dataclass(frozen=True)
class Side:
    """One contender's lanes: a row a seed, a column a rate, the rates ascending.

    Attributes:
        validation: scaled scores on validation; 0 where there is none.
        loss: losses on validation; infinite where there is none.
        score: what is compared, as the scaled scores of the test, of the shared seeds only.
    """

    validation: Float[np.ndarray, "seeds rates"]
    loss: Float[np.ndarray, "seeds rates"]
    score: Float[np.ndarray, "shared rates"]


@dataclass(frozen=True)
class Searched:
    """Two contenders that were trained at the same rates. Their shared seeds come first, in the same order."""

    first: Side
    second: Side

    @property
    def pairs(self) -> int:
        """Shared seeds."""
        return self.first.score.shape[0]

    @property
    def rates(self) -> int:
        """Learning rates that each side chose from."""
        return self.first.score.shape[1]

    def at_chosen_rates(self) -> tuple[Float[np.ndarray, " pairs"], Float[np.ndarray, " pairs"]]:
        """Returns the scores of both over the shared seeds, each at the rate that it chooses."""
        first, second = (side.score[:, int(chosen(side.validation, side.loss))] for side in (self.first, self.second))
        return first, second

    def difference(
        self, first: Int[np.ndarray, "*batch pairs"], second: Int[np.ndarray, "*batch pairs"]
    ) -> Float[np.ndarray, "*batch"]:
        """Returns the mean difference of the test score where the sides are dealt anew and choose their rates anew.

        Args:
            first: whose lanes the first side gets for each shared seed: `seed` its own, `pairs + seed` the second's.
            second: the same of the second side.
        """
        return np.asarray(self._mean(self.first, first) - self._mean(self.second, second))

    def _mean(self, side: Side, dealt: np.ndarray) -> np.ndarray:
        """Returns the mean test score of a side over the shared seeds, at the rate that it chooses."""
        rate = chosen(self._dealt(side, dealt, "validation"), self._dealt(side, dealt, "loss"))
        scores = np.concatenate([self.first.score, self.second.score])[dealt].mean(axis=-2)
        return np.take_along_axis(scores, rate[..., None], axis=-1)[..., 0]

    def _dealt(self, side: Side, dealt: np.ndarray, name: str) -> np.ndarray:
        """Returns what a side looks at to choose: the shared seeds as dealt, and its own others."""
        shared = np.concatenate([getattr(one, name)[: self.pairs] for one in (self.first, self.second)])[dealt]
        own = getattr(side, name)[self.pairs :]
        return np.concatenate([shared, np.broadcast_to(own, (*dealt.shape[:-1], *own.shape))], axis=-2)


def searched_lanes(first: pl.DataFrame, second: pl.DataFrame, value: str = "scaled_score") -> Searched | None:
    """Returns two contenders' lanes of all rates at one evaluated length, or None where the plain test will do.

    That is where there was one rate, so no choice. Also None where no seed is shared, or where the two were not trained
    at the same rates, all of them over all seeds: then no exchange of lanes is fair.

    Args:
        first: one contender's rows: `seed`, `learning_rate`, what is compared, and the validation columns as
            `selection.with_validation` leaves them.
        second: the other's.
        value: the column that is compared.
    """
    rates = [side["learning_rate"].unique().sort().to_list() for side in (first, second)]
    whole = all(side.height == side["seed"].n_unique() * len(rates[0]) for side in (first, second))
    shared = sorted(set(first["seed"]) & set(second["seed"]))
    if len(rates[0]) < 2 or rates[0] != rates[1] or not whole or not shared:
        return None
    return Searched(*(side_of(lanes, shared, value) for lanes in (first, second)))


def side_of(lanes: pl.DataFrame, shared: Sequence[int], value: str = "scaled_score") -> Side:
    """Returns one contender's lanes as arrays, the shared seeds first.

    Args:
        lanes: as in `searched_lanes`; every seed has a row at every rate.
        shared: seeds that the other has too.
        value: the column that is compared.
    """
    rates = lanes["learning_rate"].n_unique()
    ordered = lanes.sort(~pl.col("seed").is_in(shared), "seed", "learning_rate")
    validation, loss, score = (
        ordered[name].to_numpy().reshape(-1, rates) for name in ("validation_score", "validation_loss", value)
    )
    return Side(validation, loss, score[: len(shared)])


def chosen(
    validation: Float[np.ndarray, "*batch seeds rates"], loss: Float[np.ndarray, "*batch seeds rates"]
) -> Int[np.ndarray, "*batch"]:
    """Returns the index of the rate that selection chooses: highest median score, lowest median loss, first."""
    median = np.median(validation, axis=-2)
    # An infinite loss of a rate that ties is still below that of one that does not.
    losses = np.minimum(np.median(loss, axis=-2), np.finfo(np.float64).max)
    tied = median == median.max(axis=-1, keepdims=True)
    return np.asarray(np.where(tied, losses, np.inf).argmin(axis=-1))


def searched_flip(searched: Searched) -> SignFlip:
    """Tests, two-sided, whether two contenders differ when each chooses its rate.

    If they do not, then for every seed the lanes of all rates could as well be the other's. All of them change sides
    together, the rates are chosen anew, and the p-value is the share of such deals whose mean difference is at least as
    far from 0 as the one seen. With one rate it is the sign-flip test.

    Raises:
        ValueError: there is no shared seed.
    """
    return flip_test(searched.pairs, searched.difference)
