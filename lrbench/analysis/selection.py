"""Which learning rate each contender is compared at: chosen on validation, the test scores unseen."""

from dataclasses import dataclass

import polars as pl

from lrbench.analysis import wording
from lrbench.runs.table import validate

#: What is compared with what: the contenders of one task, trained to one length.
SETTING = ("task", "train_length")

#: All that selection looks at. No score of a test is among them.
_SEEN = (
    *("run", "task", "model", "lane", "seed", "learning_rate", "train_length", "parameters"),
    *("validation_score", "validation_loss", "solved_step", "diverged_step"),
)


@dataclass(frozen=True)
class Selection:
    """The learning rates of all contenders.

    Attributes:
        rates: a row per (task, train_length, contender, learning_rate): `lanes`; `diverged`, those that diverged;
            `solved`, those that solved validation; `median`, `min` and `max` of the scaled score on validation;
            `loss`, the median loss there (infinite where it is not a number); `selected`, whether it is the one.
        notes: sentences on grids that end at the best rate, that differ between contenders, or that cannot be judged.
        blind: whether a contender has several rates and no score on validation to choose one by.
    """

    rates: pl.DataFrame
    notes: tuple[str, ...]
    blind: bool

    def keep(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Returns the rows of the selected rates, of a table with the column `contender` as `with_contender` adds."""
        chosen = self.rates.filter("selected").select(*SETTING, "contender", "learning_rate")
        return rows.join(chosen, on=chosen.columns, how="semi", maintain_order="left")


def with_contender(table: pl.DataFrame) -> pl.DataFrame:
    """Adds the column `contender`: what is compared in one setting, at whichever learning rate is selected.

    It is the model, plus whatever else tells apart its rows in one setting: the parameter count, and, where one seed
    appears at one rate in several runs, the identity of the run.
    """
    own = (*SETTING, "model")
    sizes = pl.when(pl.col("parameters").n_unique().over(own) > 1).then(pl.format("{} parameters", "parameters"))
    named = table.with_columns(pl.concat_str([pl.col("model"), sizes], separator=" ", ignore_nulls=True).alias("name"))
    several = pl.col("run").n_unique().over(*SETTING, "name", "seed", "learning_rate") > 1
    identity = pl.when(several.max().over(*SETTING, "name")).then(pl.col("run").str.extract(r"([^-]+)$"))
    contender = pl.concat_str([pl.col("name"), identity], separator=" ", ignore_nulls=True)
    return named.with_columns(contender.alias("contender")).drop("name")


def with_validation(table: pl.DataFrame) -> pl.DataFrame:
    """Closes the gaps of validation: a score that is not a number becomes 0, a loss that is not one infinite."""
    score, loss = pl.col("validation_score"), pl.col("validation_loss")
    return table.with_columns(
        validation_score=pl.when(score.is_finite()).then(score).otherwise(0.0),
        validation_loss=pl.when(loss.is_finite()).then(loss).otherwise(float("inf")),
    )


def select_rates(table: pl.DataFrame) -> Selection:
    """Chooses each contender's learning rate: the highest median scaled score on validation over its lanes.

    A validation score that is not a number counts as 0, so a lane that diverged counts against its rate. Ties go to
    the lower median loss on validation, then to the smaller rate. The scores of the test are not looked at.

    Raises:
        ValueError: the table is empty or not a table of results.
    """
    lanes = with_contender(validate(table).select(_SEEN)).unique(["run", "lane"], keep="first", maintain_order=True)
    own, score = [*SETTING, "contender"], pl.col("validation_score")
    known = score.is_not_null().any().over(own).alias("known")
    rates = _best_first(
        lanes.with_columns(known),
        own,
        pl.len().alias("lanes"),
        pl.col("diverged_step").count().alias("diverged"),
        pl.col("solved_step").count().alias("solved"),
        score.min().alias("min"),
        score.max().alias("max"),
        pl.col("known").first(),
    )
    chosen = pl.col("learning_rate") == pl.col("learning_rate").first().over(own)
    rates = rates.with_columns(chosen.alias("selected")).sort(*own, "learning_rate")
    shown = ("learning_rate", "lanes", "diverged", "solved", "median", "min", "max", "loss", "selected")
    blind = rates.filter(~pl.col("known"), pl.len().over(own) > 1)
    return Selection(rates.select(*own, *shown), tuple(_notes(rates)), not blind.is_empty())


def at_best_rate(lanes: pl.DataFrame) -> pl.DataFrame:
    """Returns the lanes of one contender at the rate that validation chooses, as `select_rates` does.

    Args:
        lanes: a row for each lane: `learning_rate`, `validation_score`, `validation_loss` and whatever else.
    """
    if lanes.is_empty():
        return lanes
    return lanes.filter(pl.col("learning_rate") == _best_first(lanes, [])["learning_rate"].item(0))


def _best_first(lanes: pl.DataFrame, own: list[str], *more: pl.Expr) -> pl.DataFrame:
    """Returns the rates of each contender, which the columns `own` name, the one to be chosen first.

    `searched.chosen` is the same rule over arrays.
    """
    score, loss = pl.col("validation_score").median(), pl.col("validation_loss").median()
    return (
        with_validation(lanes)
        .group_by(*own, "learning_rate")
        .agg(score.alias("median"), loss.alias("loss"), *more)
        .sort(*own, "median", "loss", "learning_rate", descending=[False] * len(own) + [True, False, False])
    )


def setting_name(table: pl.DataFrame, task: str, train_length: int) -> str:
    """Returns the name of a setting: the task, and its training length where it was trained to several."""
    several = table.filter(pl.col("task") == task)["train_length"].n_unique() > 1
    return f"{task} (trained to {train_length})" if several else task


def _notes(rates: pl.DataFrame) -> list[str]:
    """Names best rates at the edge of their grid, missing validation scores, and unequal searches."""
    notes = []
    for (task, length, contender), grid in rates.group_by(*SETTING, "contender", maintain_order=True):
        if grid.height < 2:
            continue
        place = f"{contender} on {setting_name(rates, str(task), int(str(length)))}"
        known, best = grid["learning_rate"].to_list(), grid.filter("selected")["learning_rate"].item()
        if not grid["known"].any():
            notes.append(
                f"No validation score of {place} is known, so its rate {best:g} was not chosen by one; train it again."
            )
        elif best in (known[0], known[-1]):
            end, more = ("smallest", "smaller") if best == known[0] else ("largest", "larger")
            notes.append(
                f"The best learning rate of {place}, {best:g}, is the {end} of the {len(known)} trained; {more} ones "
                "may be better, so train some."
            )
    for (task, length), setting in rates.group_by(SETTING, maintain_order=True):
        grids: dict[tuple[float, ...], list[str]] = {}
        for (contender,), grid in setting.group_by("contender", maintain_order=True):
            grids.setdefault(tuple(grid["learning_rate"].to_list()), []).append(str(contender))
        if len(grids) > 1:
            parts = [
                f"{wording.listing(names)} {wording.listing([f'{rate:g}' for rate in grid])}"
                for grid, names in grids.items()
            ]
            notes.append(
                f"The search on {setting_name(rates, str(task), int(str(length)))} was not equal; learning rates "
                f"trained: {'; '.join(parts)}. The tests take the chosen rates as given."
            )
    return notes
