"""Whether the tests keep their word: how often they call a difference between a model and itself."""

from collections.abc import Callable, Sequence
from typing import Literal, get_args

import numpy as np
import polars as pl
from scipy import stats

from lrbench.analysis.contenders import HELD_AT
from lrbench.analysis.decision import Paired, call
from lrbench.analysis.difference import t_test
from lrbench.analysis.resampling import sign_flip
from lrbench.analysis.searched import Searched, Side
from lrbench.analysis.solved import fisher, mcnemar

#: The name of the test that decides; the others stand beside it.
DECIDES = "sign-flip"
#: The same, were the chosen rates taken as given: not used, and shown for what it is where there are several.
HELD_RATES = "sign-flip, rates held"

#: How simulated outcomes of one lane are distributed: an even spread; solved or failed; a few values only; and
#: normal around a mean that depends on the rate, while validation cannot tell the three rates apart.
Outcomes = Literal["continuous", "bimodal", "tied", "three rates"]

_SCHEMA: dict[str, pl.DataType] = {
    "test": pl.String(),
    "comparisons": pl.Int64(),
    "called": pl.Int64(),  # comparisons with a p-value at or below the level
    "rate": pl.Float64(),
    "low": pl.Float64(),  # exact 95 % interval of the rate (Clopper and Pearson 1934)
    "high": pl.Float64(),
}


def calibrate(comparisons: Sequence[Searched], level: float) -> pl.DataFrame:
    """Counts how often each test calls a difference where there is none.

    Args:
        comparisons: of one model with itself; every lane is another.
        level: of each comparison, which is a family of its own.

    Returns:
        A row a test: the one that decides in a comparison; where there are several rates, the same with the rates taken
        as chosen; the paired t-test, McNemar's and Fisher's of how many hold, at the chosen rates.
    """
    tests: dict[str, Callable[[np.ndarray, np.ndarray], bool]] = {
        HELD_RATES: lambda one, other: sign_flip(one - other).p_value <= level,
        "t-test": lambda one, other: _at_most(t_test(one - other), level),
        "McNemar": lambda one, other: mcnemar(one >= HELD_AT, other >= HELD_AT).p_value <= level,
        "Fisher": lambda one, other: fisher(one >= HELD_AT, other >= HELD_AT).p_value <= level,
    }
    if comparisons[0].rates == 1:
        del tests[HELD_RATES]
    sides = [one.at_chosen_rates() for one in comparisons]
    called = {DECIDES: sum(_established(one, *side, level) for one, side in zip(comparisons, sides, strict=True))}
    called |= {name: sum(calls(*side) for side in sides) for name, calls in tests.items()}
    rows = []
    for name, count in called.items():
        low, high = stats.binomtest(count, len(comparisons)).proportion_ci(0.95, method="exact")
        rows.append((name, len(comparisons), count, count / len(comparisons), float(low), float(high)))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _established(searched: Searched, first: np.ndarray, second: np.ndarray, level: float) -> bool:
    """Decides as a comparison does, of scores at the chosen rates."""
    return call([Paired(first - second, searched if searched.rates > 1 else None)], level)[0].established


def _at_most(p_value: float | None, level: float) -> bool:
    return p_value is not None and p_value <= level


def split(lanes: Side, seeds: int, comparisons: int) -> list[Searched]:
    """Splits one model's lanes into so many comparisons of two groups of seeds; each lane is used once.

    Raises:
        ValueError: there are too few seeds.
    """
    known, needed = lanes.score.shape[0], 2 * seeds * comparisons
    if known < needed:
        raise ValueError(f"{comparisons} comparisons of 2 × {seeds} seeds take {needed:,} seeds, not {known:,}.")
    groups = [
        Side(*(leaf[start : start + seeds] for leaf in (lanes.validation, lanes.loss, lanes.score)))
        for start in range(0, needed, seeds)
    ]
    return [Searched(first, second) for first, second in zip(groups[::2], groups[1::2], strict=True)]


def simulate(outcomes: Outcomes, comparisons: int, seeds: int, entropy: int) -> Side:
    """Draws lanes of one model, so many that `split` can split them; the same arguments give the same lanes.

    Continuous: scaled scores even between 0.2 and 0.9. Bimodal: 6 of 10 lanes hold, the others stay near chance. Tied:
    one of four values, of which one holds. Three rates: normal around 0.9, 0.6 and 0.3 with a deviation of 0.05, while
    validation is near 1 at each of them and its loss is chance, so that the choice between them is.
    """
    lanes = 2 * seeds * comparisons
    rng = np.random.default_rng([entropy, get_args(Outcomes).index(outcomes), seeds])
    if outcomes == "three rates":
        score = np.array([0.9, 0.6, 0.3]) + rng.normal(0.0, 0.05, (lanes, 3))
        return Side(np.minimum(1.0, rng.normal(0.99, 0.02, (lanes, 3))), rng.exponential(size=(lanes, 3)), score)
    if outcomes == "continuous":
        score = rng.uniform(0.2, 0.9, lanes)
    elif outcomes == "bimodal":
        holds = rng.uniform(size=lanes) < 0.6
        score = np.where(holds, rng.uniform(HELD_AT, 1.0, lanes), rng.uniform(0.0, 0.2, lanes))
    else:
        score = rng.choice([0.25, 0.5, 0.75, 1.0], lanes)
    return Side(np.zeros((lanes, 1)), np.zeros((lanes, 1)), score[:, None])


def most_called(comparisons: int, level: float, chance: float = 0.001) -> int:
    """Returns the most calls that a test whose true rate is the level makes, but for a small chance of more."""
    return int(stats.binom.isf(chance, comparisons, level))
