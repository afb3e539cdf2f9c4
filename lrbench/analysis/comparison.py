"""A fair comparison of contenders: each at its selected rate, paired by seed, decided over one family."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl

from lrbench.analysis import wording
from lrbench.analysis.contenders import HELD_AT, prepare
from lrbench.analysis.contest import paired as paired_contest
from lrbench.analysis.decision import Decision, Paired, decide
from lrbench.analysis.difference import Difference, describe_each
from lrbench.analysis.resampling import mean_intervals
from lrbench.analysis.selection import (
    SETTING,
    Selection,
    select_rates,
    setting_name,
    with_contender,
    with_validation,
)
from lrbench.analysis.solved import fisher, mcnemar
from lrbench.runs.errors import ConfigurationError

#: Where contenders meet.
_PLACE = (*SETTING, "eval_length")

#: A lane at or below this has failed clearly; one at `HELD_AT` or above holds.
FAILED_AT = 0.75

#: The columns of `Comparison.pairs`.
_PAIRS: dict[str, pl.DataType] = {
    "task": pl.String(),
    "train_length": pl.Int64(),
    "eval_length": pl.Int64(),
    "n": pl.Int64(),  # of counting tasks
    "first": pl.String(),
    "second": pl.String(),
    "decides": pl.Boolean(),  # whether it belongs to the family; the others are described and not tested
    "pairs": pl.Int64(),  # seeds that both have
    "mean_difference": pl.Float64(),  # of the scaled score, first less second
    "low": pl.Float64(),  # of its 95 % bootstrap interval
    "high": pl.Float64(),
    "first_median": pl.Float64(),  # of the scaled score, over all lanes
    "second_median": pl.Float64(),
    "won": pl.Int64(),  # pairs where the first is above
    "tied": pl.Int64(),
    "lost": pl.Int64(),
    "share_won": pl.Float64(),  # a tie counts half
    "effect_size": pl.Float64(),  # d_z
    "rates": pl.String(),  # of the test: "one", chosen "anew" at every flip, or "unequal": nothing is called
    "sign_flip_p": pl.Float64(),
    "smallest_p": pl.Float64(),  # that so many pairs can give
    "holm_p": pl.Float64(),  # decides
    "t_test_p": pl.Float64(),
    "solved_test": pl.String(),  # McNemar, or Fisher where no seed is shared
    "solved_p": pl.Float64(),
    "first_held": pl.Int64(),  # lanes with a scaled score of 0.99 or more, among those of the solved test
    "second_held": pl.Int64(),
    "first_of": pl.Int64(),
    "second_of": pl.Int64(),
    "established": pl.Boolean(),
    "practical": pl.String(),
    "beyond": pl.Int64(),  # pairs that differ by more than the margin
    "beyond_at_most": pl.Float64(),  # upper 95 % bound of the share of seeds that do
    "seeds_needed": pl.Int64(),
    "both_solved": pl.Int64(),  # pairs of which both solved validation
    "steps_ratio": pl.Float64(),  # median over those of first's steps to solve over second's
    "seconds_ratio": pl.Float64(),
    "parameters_ratio": pl.Float64(),
}


@dataclass(frozen=True)
class Comparison:
    """All contenders of a table, compared.

    Attributes:
        selection: the learning rate of each.
        models: a row per (task, train_length, contender, evaluated length): `lanes`; `median`, `mean`, `min` and
            `best` of the scaled score, with `low` and `high`, the ends of the mean's 95 % bootstrap interval; `held`,
            lanes at 0.99 or more; `failed`, lanes at 0.75 or less; `diverged`; `solved`, lanes that solved
            validation, with their median `solved_step` and `solved_seconds`; `parameters`, `state_size`, `match`,
            `match_residual`, `seconds` (training, its whole runs), `learning_rate`.
        pairs: a row per (task, train_length, evaluated length, first, second), as `_PAIRS` has them.
        level: the chance of any false call in the family.
        margin: the smallest difference of mean scaled scores that matters.
        notes: what was not compared, and why.
    """

    selection: Selection
    models: pl.DataFrame
    pairs: pl.DataFrame
    level: float
    margin: float
    notes: tuple[str, ...]

    @property
    def family(self) -> pl.DataFrame:
        """The comparisons that are decided, of which each has a seed that both have."""
        return self.pairs.filter("decides", pl.col("pairs") > 0)

    @property
    def impossible(self) -> bool:
        """Whether nothing in the family could have been called, whatever the scores: there are too few seeds."""
        family = self.family
        return family.is_empty() or bool((family["smallest_p"] * family.height > self.level).all())

    def name(self, task: str, train_length: int) -> str:
        """Returns the name of a setting: the task, and its training length where it was trained to several."""
        return setting_name(self.models, task, train_length)

    def place(self, row: Mapping[str, Any]) -> str:
        """Returns the task and length of a row of `pairs` or `models`, such as "parity at length 320 (8×)".

        Counting tasks have their n instead of the length.
        """
        times = wording.ratio(row["eval_length"], row["train_length"])
        beyond = "" if row["eval_length"] == row["train_length"] else f" ({times})"
        length = f"length {row['eval_length']}" if row["n"] is None else f"n = {row['n']}"
        return f"{self.name(row['task'], row['train_length'])} at {length}{beyond}"


def compare(table: pl.DataFrame, *, margin: float, level: float, lengths: Sequence[int] | None = None) -> Comparison:
    """Compares every two contenders that were trained on one task to one length.

    Args:
        table: of results.
        margin: the smallest difference of mean scaled scores that matters, between 0 and 1.
        level: the chance of any false call in the family, between 0 and 1.
        lengths: where to decide, where all contenders of a task were evaluated; None: at the evaluated length nearest
            the training length, and at the longest.

    Raises:
        ConfigurationError: a margin or level out of range, a length that is not there, or nothing to compare.
        ValueError: the table is empty or not a table of results.
    """
    for name, value in (("margin", margin), ("level", level)):
        if not 0 < value < 1:
            raise ConfigurationError(f"{name} is {value:g}; it must be between 0 and 1, as 0.05")
    selection = select_rates(table)
    everything = with_validation(with_contender(prepare(table)))
    rows = selection.keep(everything)
    deciding, notes = _deciding(rows, lengths)
    pairs = _pairs(_cells(everything, rows, deciding), level, margin)
    return Comparison(selection, _models(rows), pairs, level, margin, tuple(notes))


def _deciding(
    rows: pl.DataFrame, lengths: Sequence[int] | None
) -> tuple[dict[tuple[str, int], tuple[int, ...]], list[str]]:
    """Returns the lengths to decide at in each setting, and why some settings have none."""
    deciding, notes, alone, common = {}, [], [], set[int]()
    for key, setting in rows.group_by(SETTING, maintain_order=True):
        task, trained = str(key[0]), int(str(key[1]))
        place = setting_name(rows, task, trained)
        contenders = setting["contender"].unique(maintain_order=True).to_list()
        if len(contenders) < 2:
            alone.append(f"{contenders[0]} on {place}")
            continue
        met = setting.group_by("eval_length").agg(pl.col("contender").n_unique())
        shared = sorted(met.filter(pl.col("contender") == len(contenders))["eval_length"].to_list())
        if not shared:
            notes.append(f"{wording.listing(contenders)} on {place} share no evaluated length; test them at the same.")
            continue
        common |= set(shared)
        nearest = min(shared, key=lambda length: abs(length - trained))
        wanted = {nearest, shared[-1]} if lengths is None else set(lengths) & set(shared)
        if wanted:
            deciding[task, trained] = tuple(sorted(wanted))
        else:
            notes.append(f"None of the lengths to decide at was evaluated on {place}.")
    if not deciding and alone and not notes:
        raise ConfigurationError(
            f"nothing to compare: each model stands alone ({wording.listing(alone)}); give runs of at least 2 models "
            "on the same task, trained to the same length"
        )
    absent = sorted(set(lengths or ()) - common)
    if absent and common:
        # Of thousands of n, say, some are enough to choose from.
        known = sorted(common)
        shown = known if len(known) <= 12 else [*known[:6], *known[-6:]]
        choices = ", ".join(str(length) for length in shown)
        raise ConfigurationError(
            f"length {absent[0]} was not evaluated for all models of any task; choose from: {choices}"
        )
    if not deciding:
        raise ConfigurationError(f"nothing to compare: {' '.join(notes)}".rstrip("."))
    notes += [f"{one} has nothing to be compared with." for one in alone]
    return deciding, notes


def _models(rows: pl.DataFrame) -> pl.DataFrame:
    """Returns the statistics of each contender at each evaluated length; see `Comparison.models`."""
    scaled, own = pl.col("scaled_score"), [*SETTING, "contender"]
    # A run's seconds stand in all of its rows.
    seconds = rows.unique([*own, "run"], maintain_order=True).group_by(own).agg(pl.col("seconds").sum())
    solved = pl.col("solved_step").is_not_null()
    cells = (
        rows.group_by([*own, "eval_length"], maintain_order=True)
        .agg(
            pl.col("n", "learning_rate", "parameters", "state_size", "match", "match_residual").first(),
            pl.len().alias("lanes"),
            scaled.median().alias("median"),
            scaled.mean().alias("mean"),
            scaled.min().alias("min"),
            scaled.max().alias("best"),
            (scaled >= HELD_AT).sum().alias("held"),
            (scaled <= FAILED_AT).sum().alias("failed"),
            pl.col("diverged_step").count().alias("diverged"),
            solved.sum().alias("solved"),
            pl.col("solved_step").median(),
            pl.col("solved_seconds").filter(solved).median(),
            scaled.alias("values"),
        )
        .join(seconds, on=own, maintain_order="left")
        .sort(*own, "eval_length")
    )
    ends = [end or (None, None) for end in mean_intervals(cells["values"].to_list())]
    low, high = (pl.Series(name, [end[at] for end in ends], pl.Float64) for at, name in enumerate(("low", "high")))
    return cells.drop("values").with_columns(low, high)


@dataclass(frozen=True)
class _Cell:
    """Two contenders at one length.

    Attributes:
        key: its columns of `Comparison.pairs`.
        first: the first's lanes at its rate.
        second: the second's.
        paired: those of the seeds that both have, side by side.
        contest: what decides, where it is decided.
    """

    key: dict[str, Any]
    first: pl.DataFrame
    second: pl.DataFrame
    paired: pl.DataFrame
    contest: Paired | None

    @property
    def decides(self) -> bool:
        return bool(self.key["decides"])

    @property
    def differences(self) -> np.ndarray:
        """Of the scaled score, over shared seeds."""
        return (self.paired["scaled_score"] - self.paired["scaled_score_second"]).to_numpy()


def _cells(
    everything: pl.DataFrame, rows: pl.DataFrame, deciding: Mapping[tuple[str, int], Sequence[int]]
) -> list[_Cell]:
    """Returns every two contenders at every length that both were evaluated at, of the settings to decide on.

    Args:
        everything: the lanes of all rates.
        rows: those of the selected rates.
        deciding: the lengths to decide at in each setting.
    """
    by_rate = everything.partition_by(*_PLACE, as_dict=True)
    cells = []
    for key, lanes in rows.partition_by(*_PLACE, as_dict=True, maintain_order=True).items():
        task, trained, length = key
        if (task, trained) not in deciding:
            continue
        decides = length in deciding[task, trained]
        of_all = by_rate[key].partition_by("contender", as_dict=True)
        of_one = {name: mine for (name,), mine in lanes.partition_by("contender", as_dict=True).items()}
        for first, second in combinations(sorted(of_one), 2):
            paired = of_one[first].join(of_one[second], on="seed", suffix="_second").sort("seed")
            names = {"first": first, "second": second, "decides": decides, "n": lanes["n"].first()}
            where = dict(zip(_PLACE, key, strict=True))
            cell = _Cell(where | names, of_one[first], of_one[second], paired, None)
            if decides and paired.height:
                cell = replace(cell, contest=paired_contest(cell.differences, of_all[first,], of_all[second,]))
            cells.append(cell)
    return cells


def _pairs(cells: list[_Cell], level: float, margin: float) -> pl.DataFrame:
    """Returns a row for each cell; see `Comparison.pairs`."""
    met = [index for index, cell in enumerate(cells) if cell.paired.height]
    contests = {index: cell.contest for index, cell in enumerate(cells) if cell.contest is not None}
    described = dict(zip(met, describe_each([cells[index].differences for index in met]), strict=True))
    decided = dict(zip(contests, decide(list(contests.values()), level, margin), strict=True))
    empty = dict.fromkeys(_PAIRS) | {"pairs": 0}
    lines = [
        empty
        | cell.key
        | _costs(cell)
        | _held(cell)
        | (_described(described[index]) if index in described else {})
        | (_decided(contests[index], decided[index]) if index in decided else {})
        for index, cell in enumerate(cells)
    ]
    return pl.DataFrame(lines, schema=_PAIRS).sort(*SETTING, "eval_length", "first", "second")


def _described(difference: Difference) -> dict[str, Any]:
    """Returns the columns of a difference."""
    return {
        "pairs": difference.pairs,
        "mean_difference": difference.mean,
        "low": difference.low,
        "high": difference.high,
        "won": difference.won,
        "tied": difference.tied,
        "lost": difference.lost,
        "share_won": difference.share_won,
        "effect_size": difference.effect,
    }


def _decided(contest: Paired, decision: Decision) -> dict[str, Any]:
    """Returns the columns of a decision."""
    return {
        "rates": "unequal" if not contest.fair else "one" if contest.searched is None else "anew",
        "sign_flip_p": decision.call.test.p_value,
        "smallest_p": decision.call.test.smallest,
        "holm_p": decision.call.corrected,
        "established": decision.call.established,
        "t_test_p": decision.t_test,
        "practical": decision.practical,
        "beyond": decision.beyond,
        "beyond_at_most": decision.beyond_at_most,
        "seeds_needed": decision.seeds_needed,
    }


def _held(cell: _Cell) -> dict[str, Any]:
    """Returns the medians and how many lanes hold, with the test of that where the comparison is decided."""
    first, second = cell.first["scaled_score"], cell.second["scaled_score"]
    if cell.paired.height:
        shared = cell.paired["scaled_score"], cell.paired["scaled_score_second"]
        test = mcnemar(*((scores >= HELD_AT).to_numpy() for scores in shared))
    else:
        test = fisher(*((scores >= HELD_AT).to_numpy() for scores in (first, second)))
    return {
        "first_median": first.median(),
        "second_median": second.median(),
        "solved_test": test.name if cell.decides else None,
        "solved_p": test.p_value if cell.decides else None,
        "first_held": test.first,
        "second_held": test.second,
        "first_of": test.first_lanes,
        "second_of": test.second_lanes,
    }


def _costs(cell: _Cell) -> dict[str, Any]:
    """Returns how the costs of two contenders compare."""
    both = cell.paired.filter(pl.col("solved_step").is_not_null() & pl.col("solved_step_second").is_not_null())
    return {
        "both_solved": both.height,
        "steps_ratio": (both["solved_step"] / both["solved_step_second"]).median(),
        "seconds_ratio": (both["solved_seconds"] / both["solved_seconds_second"]).median(),
        "parameters_ratio": cell.first["parameters"].item(0) / cell.second["parameters"].item(0),
    }
