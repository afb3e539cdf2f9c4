"""Whether the tests keep their word: how often they call a difference between a model and itself."""

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
import polars as pl
from jaxtyping import Float
from scipy import stats

from lrbench.analysis.contenders import HELD_AT
from lrbench.analysis.decision import Paired, call
from lrbench.analysis.difference import t_test
from lrbench.analysis.solved import fisher, mcnemar

#: The name of the test that decides; the others stand beside it.
DECIDES = "sign-flip"

#: How simulated outcomes of one lane are distributed: an even spread; solved or failed; a few values only.
Outcomes = Literal["continuous", "bimodal", "tied"]

_SCHEMA: dict[str, pl.DataType] = {
    "test": pl.String(),
    "comparisons": pl.Int64(),
    "called": pl.Int64(),  # comparisons with a p-value at or below the level
    "rate": pl.Float64(),
    "low": pl.Float64(),  # exact 95 % interval of the rate (Clopper and Pearson 1934)
    "high": pl.Float64(),
}


def calibrate(
    first: Float[np.ndarray, "comparisons seeds"], second: Float[np.ndarray, "comparisons seeds"], level: float
) -> pl.DataFrame:
    """Counts how often each test calls a difference where there is none.

    Args:
        first: scaled scores of one model, a row a comparison; every lane is another.
        second: of the same model, over fresh seeds.
        level: of each comparison, which is a family of its own.

    Returns:
        A row a test: the one that decides in a comparison, the paired t-test, McNemar's and Fisher's of how many hold.
    """
    tests: dict[str, Callable[[np.ndarray, np.ndarray], bool]] = {
        DECIDES: lambda one, other: call([Paired(one - other)], level)[0].established,
        "t-test": lambda one, other: _at_most(t_test(one - other), level),
        "McNemar": lambda one, other: mcnemar(one >= HELD_AT, other >= HELD_AT).p_value <= level,
        "Fisher": lambda one, other: fisher(one >= HELD_AT, other >= HELD_AT).p_value <= level,
    }
    comparisons = first.shape[0]
    rows = []
    for name, calls in tests.items():
        called = sum(calls(one, other) for one, other in zip(first, second, strict=True))
        low, high = stats.binomtest(called, comparisons).proportion_ci(0.95, method="exact")
        rows.append((name, comparisons, called, called / comparisons, float(low), float(high)))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _at_most(p_value: float | None, level: float) -> bool:
    return p_value is not None and p_value <= level


def split(
    scores: Float[np.ndarray, " lanes"], seeds: int, comparisons: int
) -> tuple[Float[np.ndarray, "comparisons seeds"], Float[np.ndarray, "comparisons seeds"]]:
    """Splits one model's lanes into so many comparisons of two groups; each lane is used once.

    Raises:
        ValueError: there are too few lanes.
    """
    needed = 2 * seeds * comparisons
    if scores.size < needed:
        raise ValueError(f"{comparisons} comparisons of 2 × {seeds} seeds take {needed:,} lanes, not {scores.size:,}.")
    blocks = scores[:needed].reshape(comparisons, 2, seeds)
    return blocks[:, 0], blocks[:, 1]


def simulate(outcomes: Outcomes, comparisons: int, seeds: int, entropy: int) -> Float[np.ndarray, " lanes"]:
    """Draws scaled scores of so many lanes that `split` can split them; the same arguments give the same scores.

    Continuous: even between 0.2 and 0.9. Bimodal: 6 of 10 lanes hold, the others stay near chance. Tied: one of four
    values, of which one holds.
    """
    lanes = 2 * seeds * comparisons
    rng = np.random.default_rng([entropy, get_args(Outcomes).index(outcomes), seeds])
    if outcomes == "continuous":
        return rng.uniform(0.2, 0.9, lanes)
    if outcomes == "bimodal":
        holds = rng.uniform(size=lanes) < 0.6
        return np.where(holds, rng.uniform(HELD_AT, 1.0, lanes), rng.uniform(0.0, 0.2, lanes))
    return rng.choice([0.25, 0.5, 0.75, 1.0], lanes)


def most_called(comparisons: int, level: float, chance: float = 0.001) -> int:
    """Returns the most calls that a test whose true rate is the level makes, but for a small chance of more."""
    return int(stats.binom.isf(chance, comparisons, level))
