"""Two contenders, each at the rate that validation chose for it, paired by seed, and tested as such."""

import polars as pl

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
    differences = (both[value] - both[f"{value}_second"]).to_numpy()
    return Paired(differences, searched_lanes(first, second, value))
