"""Two contenders, each at the rate that validation chose for it, paired by seed, and tested as such."""

import numpy as np
import polars as pl
from jaxtyping import Float

from lrbench.analysis.decision import Paired
from lrbench.analysis.searched import searched_lanes
from lrbench.analysis.selection import at_best_rate, with_validation


def contest(first: pl.DataFrame, second: pl.DataFrame, *, value: str = "scaled_score") -> Paired:
    """Returns what the comparison of two contenders rests on.

    The differences are of the rates that they chose; the test deals the lanes of all rates, and lets them choose anew
    (see `searched`), where both were trained at the same ones.

    Args:
        first: a row for each lane of all rates: `seed`, `learning_rate`, `validation_score`, `validation_loss` and the
            column that `value` names.
        second: the same of the other.
        value: the column that is compared.
    """
    first, second = (with_validation(side).with_columns(pl.col(value).cast(pl.Float64)) for side in (first, second))
    chosen = [at_best_rate(side).select("seed", value) for side in (first, second)]
    both = chosen[0].join(chosen[1], on="seed", suffix="_second").sort("seed")
    return paired((both[value] - both[f"{value}_second"]).to_numpy(), first, second, value=value)


def paired(
    differences: Float[np.ndarray, " pairs"], first: pl.DataFrame, second: pl.DataFrame, *, value: str = "scaled_score"
) -> Paired:
    """Returns differences at the chosen rates with the test that chooses the rates anew, and whether that is fair.

    It is not where a rate was chosen on either side, but the two were not trained at the same rates, all of them over
    all seeds; nor where these lanes alone would choose other rates than those that the differences are of.

    Args:
        differences: at the chosen rates, over shared seeds.
        first: as in `contest`, gaps in validation closed.
        second: the same of the other.
        value: the column that is compared.
    """
    searched = searched_lanes(first, second, value)
    if searched is None:
        return Paired(differences, fair=max(side["learning_rate"].n_unique() for side in (first, second)) == 1)
    own = np.arange(searched.pairs)
    shown = searched.difference(own, own + searched.pairs)
    return Paired(differences, searched, fair=bool(np.isclose(shown, differences.mean(), rtol=0, atol=1e-9)))
