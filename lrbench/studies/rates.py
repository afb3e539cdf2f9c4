"""The learning rates that validation chose in a study: their lanes, and whether they lie at the end of their grid."""

from typing import Any

import polars as pl

from lrbench.analysis.contenders import prepare
from lrbench.analysis.selection import select_rates, with_contender


def at_selected_rates(rows: pl.DataFrame) -> pl.DataFrame:
    """Returns the rows of the rates that validation chose, gaps in the scores closed, with a column `contender`.

    Raises:
        ValueError: the table is empty or not a table of results.
    """
    return select_rates(rows).keep(with_contender(prepare(rows)))


def at_all_rates(rows: pl.DataFrame) -> pl.DataFrame:
    """Returns the rows of all rates, gaps in the scores closed, for a test that chooses the rates anew.

    Raises:
        ValueError: the table is empty or not a table of results.
    """
    return with_contender(prepare(rows))


def at_selected_rates_of_arms(rows: pl.DataFrame) -> pl.DataFrame:
    """Returns the rows, as they are, of the rate that validation chose for each contender of each arm."""
    kept = [
        select_rates(one).keep(with_contender(one)).drop("contender")
        for _, one in rows.group_by("arm", maintain_order=True)
    ]
    return pl.concat(kept) if kept else rows


def chosen_rates(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """Returns a mapping for each arm, task, training length and contender.

    Each has `arm`, `task`, `train_length`, `contender`, `rate`, `grid` (the rates trained) and `edge`: whether the
    rate is the smallest or the largest of several.

    Args:
        rows: of a study, with the column `arm`.
    """
    found = []
    for (arm,), part in rows.group_by("arm", maintain_order=True):
        table = part.drop("arm").unique(["run", "lane", "eval_length"], maintain_order=True)
        own = ["task", "train_length", "contender"]
        for key, grid in select_rates(table).rates.group_by(own, maintain_order=True):
            known = grid["learning_rate"].sort().to_list()
            rate = float(grid.filter("selected")["learning_rate"].item())
            found.append(
                {"arm": arm, **dict(zip(own, key, strict=True)), "rate": rate, "grid": known}
                | {"edge": len(known) > 1 and rate in (known[0], known[-1])}
            )
    return found


def edge_sentence(chosen: list[dict[str, Any]]) -> str | None:
    """Says how many of the chosen rates lie at the end of their grid; None where there was no choice."""
    searched = [one for one in chosen if len(one["grid"]) > 1]
    if not searched:
        return None
    edges = sum(one["edge"] for one in searched)
    return (
        f"Learning rates were chosen on validation from {min(len(one['grid']) for one in searched)} or more; "
        f"{edges} of {len(searched)} chosen ones are the smallest or largest of their grid, where others may be better."
    )
