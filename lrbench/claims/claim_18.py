"""Claim 18: Mamba is worth considering beyond 1,000 steps. Scores and costs at equal parameters, to 2^20 steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, cast

import jax
import numpy as np
import polars as pl

from lrbench.analysis import wording
from lrbench.analysis.decision import Decision as Compared
from lrbench.analysis.decision import decide
from lrbench.claims.claim import Claim, Decision, Fact, Outcome
from lrbench.data import GeneratedTask
from lrbench.evaluation.reading_pace import reading_pace
from lrbench.runs.trained import trained_parameters
from lrbench.studies import Results
from lrbench.studies.long_lengths import long_scores
from lrbench.studies.model_names import MODEL_NAMES
from lrbench.studies.rates import at_selected_rates
from lrbench.studies.this_machine import this_machine

LONG, PACE = "long", "pace"
RIVALS = ("gru", "lstm")

Standing = Literal["ahead", "behind", "level", "open"]


@dataclass(frozen=True)
class Cell:
    """Mamba against its rivals on one task at one length.

    Attributes:
        task: of the config group.
        length: steps.
        compared: the decision against each rival, Mamba's score less the rival's.
    """

    task: str
    length: int
    compared: Mapping[str, Compared]

    @property
    def words(self) -> str:
        """The cell, as it stands in a sentence."""
        return f"{self.task} at {self.length:,} steps"

    def standing(self, margin: float) -> Standing:
        """Returns how Mamba stands: ahead of both rivals, behind one of them, level with both, or open."""
        called = {name: one.difference.mean for name, one in self.compared.items() if one.call.established}
        if any(mean < -margin for mean in called.values()):
            return "behind"
        if len(called) == len(self.compared) and all(mean > margin for mean in called.values()):
            return "ahead"
        return "level" if all(one.practical == "equal" for one in self.compared.values()) else "open"


@dataclass(frozen=True)
class Cost:
    """What Mamba costs in units of the cheaper rival, the median with its range.

    Attributes:
        what: of training or of reading, as it stands in a sentence.
        ratio: the median over pairs.
        low: the smallest.
        high: the largest.
        pairs: how many there are: of runs or of rounds.
    """

    what: str
    ratio: float
    low: float
    high: float
    pairs: int

    @property
    def fact(self) -> Fact:
        """The cost as a number that the decision rests on."""
        return Fact(
            f"Mamba's cost {self.what}, in units of the cheaper rival's",
            self.ratio,
            self.low,
            self.high,
            None,
            self.pairs,
        )


class Claim18(Claim):
    """Mamba beyond 1,000 steps."""

    number: ClassVar[int] = 18
    of_machine: ClassVar[bool] = True

    def measure(self, results: Results) -> dict[str, pl.DataFrame]:
        """Reads the longest sequences, as the figure of induction heads does, and times a single sequence's reading."""
        chosen = at_selected_rates(results.rows)
        heads = chosen.filter(pl.col("task") == "induction_heads")
        counts = {int(length): int(count) for length, count in _long_lengths()[results.scale].items()}
        names = sorted(set(heads["run"].to_list()))
        return {
            LONG: long_scores(results, heads, counts),
            PACE: results.remembered(
                PACE, lambda: self._pace(results, names), of=(*names, str(self.text["pace"]), *this_machine().key)
            ),
        }

    def _pace(self, results: Results, names: Sequence[str]) -> pl.DataFrame:
        """Times the models of some runs, one run a model, on one sequence."""
        runs = [results.runs[name] for name in names]
        task = cast(GeneratedTask, runs[0].task)
        first = {
            run.model_name: (run.model, jax.tree.map(lambda leaf: leaf[0], trained_parameters(run))) for run in runs
        }
        return reading_pace(task, first, length=self.text["pace"]["length"], rounds=self.text["pace"]["rounds"])

    def decide(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Decision:
        """Weighs the scores at the lengths of the rule against the costs of training and of reading."""
        rows = at_selected_rates(results.rows)
        long = measured[LONG].with_columns(pl.lit("induction_heads").alias("task"))
        shared = ["task", "model", "seed", "eval_length", "scaled_score"]
        scores = pl.concat([rows.select(shared), long.select(shared)])
        lengths = self.text["decided_at"][results.scale]
        cells = compare(scores, lengths, self.text["level"], self.text["margin"])
        costs = [*(training_cost(rows, task) for task in lengths), pace_cost(measured[PACE])]
        facts = [
            Fact(
                f"Mamba less {MODEL_NAMES[rival]} on {cell.words}: scaled score",
                one.difference.mean,
                one.difference.low,
                one.difference.high,
                one.call.corrected,
                one.difference.pairs,
            )
            for cell in cells
            for rival, one in cell.compared.items()
        ]
        facts += [cost.fact for cost in costs]
        facts += medians(scores, self.text["beyond"])
        facts += [
            Fact(f"{MODEL_NAMES[model]} on {task}: numbers carried", float(own["state_size"].item(0)))
            for (task, model), own in rows.group_by(["task", "model"], maintain_order=True)
        ]
        outcome, sentence = weigh(cells, costs, self.text["margin"], self.text["affordable"])
        return Decision(outcome, sentence, tuple(facts))


def compare(
    scores: pl.DataFrame, lengths: Mapping[str, Sequence[int]], level: float, margin: float
) -> tuple[Cell, ...]:
    """Compares Mamba with each rival at the lengths of the rule, as one family.

    Args:
        scores: a row a lane and length: `task`, `model`, `seed`, `eval_length`, `scaled_score`.
        lengths: of each task, where to decide.
        level: the chance of any false call in the family.
        margin: the smallest difference of mean scaled scores that matters.

    Raises:
        ValueError: a model was not tested at a length of the rule.
    """
    places = [(task, length, rival) for task, at in lengths.items() for length in at for rival in RIVALS]
    decided = decide([_differences(scores, *place) for place in places], level, margin)
    found = dict(zip(places, decided, strict=True))
    return tuple(
        Cell(task, length, {rival: found[task, length, rival] for rival in RIVALS})
        for task, at in lengths.items()
        for length in at
    )


def training_cost(rows: pl.DataFrame, task: str) -> Cost:
    """Returns what Mamba's training costs a token on a task, all lanes together, by the faster rival's; of one run."""
    pace = {
        str(model): float(own["tokens_per_second"].item(0))
        for (model,), own in rows.filter(pl.col("task") == task).group_by(["model"], maintain_order=True)
    }
    ratio = max(pace[rival] for rival in RIVALS) / pace["mamba"]
    return Cost(f"of a token in training on {task}", ratio, ratio, ratio, 1)


def pace_cost(pace: pl.DataFrame) -> Cost:
    """Returns what reading costs Mamba a token, in each round, by the rival whose median is the lower."""
    seconds = {
        str(model): own.sort("round")["seconds_a_token"].to_numpy()
        for (model,), own in pace.group_by(["model"], maintain_order=True)
    }
    cheaper = min(RIVALS, key=lambda rival: float(np.median(seconds[rival])))
    ratios = seconds["mamba"] / seconds[cheaper]
    what = "of a token in reading one sequence"
    return Cost(what, float(np.median(ratios)), float(ratios.min()), float(ratios.max()), ratios.size)


def medians(scores: pl.DataFrame, beyond: int) -> list[Fact]:
    """Returns each model's median scaled score, with its range over seeds, at every tested length over `beyond`."""
    cells = (
        scores.filter(pl.col("eval_length") > beyond)
        .group_by("task", "eval_length", "model")
        .agg(
            pl.col("scaled_score").median().alias("median"),
            pl.col("scaled_score").min().alias("min"),
            pl.col("scaled_score").max().alias("max"),
            pl.len().alias("seeds"),
        )
        .sort("task", "eval_length", "model")
    )
    return [
        Fact(
            f"{MODEL_NAMES[one['model']]} on {one['task']} at {one['eval_length']:,} steps: median scaled score",
            one["median"],
            one["min"],
            one["max"],
            None,
            one["seeds"],
        )
        for one in cells.iter_rows(named=True)
    ]


def weigh(cells: Sequence[Cell], costs: Sequence[Cost], margin: float, affordable: float) -> tuple[Outcome, str]:
    """Applies the rule to the standings and the costs; returns the outcome and its sentence."""
    standings: dict[Standing, list[Cell]] = {"ahead": [], "behind": [], "level": [], "open": []}
    for cell in cells:
        standings[cell.standing(margin)].append(cell)
    seen = "; ".join(
        f"{words} {wording.listing([cell.words for cell in standings[name]])}"
        for name, words in _STANDINGS.items()
        if standings[name]
    )
    dear = max(cost.ratio for cost in costs)
    cheaper = [cost for cost in costs if cost.high < 1]
    price = "; ".join(f"{cost.ratio:.2g} times the cheaper rival's cost {cost.what}" for cost in costs)
    told = f"At equal parameters Mamba is {seen}. It takes {price}."
    if standings["ahead"] and standings["behind"]:
        return "depends", f"It depends on the task and the length. {told}"
    if standings["ahead"]:
        if dear <= affordable:
            return "supported", f"It scores more somewhere and less nowhere, at an affordable cost. {told}"
        return "depends", f"It scores more, for those who can pay over {affordable:g} times the cost. {told}"
    if standings["behind"]:
        if cheaper:
            return "depends", f"It scores less, and costs less {_of(cheaper)}. {told}"
        return "contradicted", f"It scores less somewhere and more nowhere, and costs more. {told}"
    if standings["open"]:
        return "undecided", f"{told} {_needed(standings['open'])}"
    if len(cheaper) == len(costs):
        return "supported", f"It scores the same and costs less. {told}"
    if cheaper:
        return "depends", f"It scores the same, and costs less only {_of(cheaper)}. {told}"
    return "contradicted", f"It scores the same and costs more. {told}"


_STANDINGS: dict[Standing, str] = {
    "ahead": "ahead of GRU and LSTM on",
    "behind": "behind at least one of them on",
    "level": "level with both on",
    "open": "neither ahead nor behind nor level, as far as the seeds tell, on",
}


def _of(costs: Sequence[Cost]) -> str:
    return wording.listing([cost.what for cost in costs])


def _needed(open_cells: Sequence[Cell]) -> str:
    """Says how many seeds would decide the cells that are open."""
    needed = [one.seeds_needed for cell in open_cells for one in cell.compared.values() if not one.call.established]
    known = [one for one in needed if one is not None]
    if not known:
        return "No number of seeds would call more of the differences, if they are those seen."
    return f"If the differences are those seen, {max(known)} seeds would call them with power 0.8."


def _differences(scores: pl.DataFrame, task: str, length: int, rival: str) -> np.ndarray:
    """Returns Mamba's scaled score less a rival's, seed by seed."""
    here = scores.filter(pl.col("task") == task, pl.col("eval_length") == length)
    mamba, other = (here.filter(pl.col("model") == model).select("seed", "scaled_score") for model in ("mamba", rival))
    paired = mamba.join(other, on="seed", suffix="_other").sort("seed")
    if paired.is_empty():
        raise ValueError(f"mamba and {rival} were not both tested on {task} at length {length}")
    return (paired["scaled_score"] - paired["scaled_score_other"]).to_numpy()


def _long_lengths() -> Mapping[str, Mapping[int, int]]:
    """Returns how many sequences are read at each long length: as in the figure, whose measurement this one shares."""
    from lrbench.figures import figure_of

    return cast(Mapping[str, Mapping[int, int]], figure_of("induction_heads").text["long_lengths"])
