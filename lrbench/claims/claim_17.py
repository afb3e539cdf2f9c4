"""Claim 17: 8-bit (4-bit) weights cost a GRU less than 1 % accuracy; decided by the same networks, quantised."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from lrbench.analysis import wording
from lrbench.analysis.difference import describe
from lrbench.claims.claim import Claim, Decision, Fact, Outcome
from lrbench.evaluation.number_formats import FORMATS, WEIGHT_FORMATS
from lrbench.studies import Results
from lrbench.studies.format_scores import scores_of_lanes
from lrbench.studies.rates import at_selected_rates_of_arms

#: At most so many seeds are ever asked for.
_MOST_SEEDS = 10_000
#: A network, at whichever length and in whichever format.
NETWORK = ("task", "model", "run", "lane", "seed")


@dataclass(frozen=True)
class Cell:
    """What a format costs one model on one task at one length, over seeds.

    Attributes:
        task: which.
        model: which.
        kept: the format's name.
        length: steps of the sequences; of a task that has one word a length, of the longest.
        before: mean scaled score in float32.
        drop: mean over seeds of the scaled score in float32 less that in the format.
        low: lower end of the drop's 95 % interval: the lower of bootstrap and Student's t.
        high: the upper end: the higher of the two.
        seeds: how many.
    """

    task: str
    model: str
    kept: str
    length: int
    before: float
    drop: float
    low: float
    high: float
    seeds: int

    @property
    def name(self) -> str:
        """Task, length and format."""
        return f"{self.task} at length {self.length}, {self.kept}"


class QuantisedWeights(Claim):
    """8-bit (4-bit) weights cost a GRU less than 1 % accuracy."""

    number = 17

    def measure(self, results: Results) -> dict[str, pl.DataFrame]:
        """Tests every network again in every format."""
        rows = at_selected_rates_of_arms(results.rows)
        lanes = rows.select(*NETWORK, "train_length").unique(maintain_order=True)
        of = tuple(f"{one['run']} lane {one['lane']}" for one in lanes.sort("run", "lane").to_dicts())
        scores = results.remembered(
            "formats",
            lambda: scores_of_lanes(list(results.runs.values()), rows, FORMATS),
            of=(*of, *(one.name for one in FORMATS)),
        )
        return {"scores": lanes.join(scores, on=["run", "lane"], how="inner", maintain_order="left_right")}

    def decide(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Decision:
        """Looks at the GRU's drops with quantised weights; other models and carries are told beside them."""
        cells = cells_of(by_length(measured["scores"]), float(self.text["worth_keeping"]))
        weights = {one.name for one in WEIGHT_FORMATS}
        of_gru = [cell for cell in cells if cell.model == "gru" and cell.kept in weights]
        outcome, sentence = self._rule(of_gru)
        return Decision(outcome, sentence, tuple(_facts(cells)))

    def _rule(self, cells: list[Cell]) -> tuple[Outcome, str]:
        """Applies the rule; returns outcome and sentence."""
        most = float(self.text["most"])
        if not cells:
            return "undecided", (
                f"The GRUs' mean scaled score is nowhere {self.text['worth_keeping']:g}, so there is no accuracy to "
                "lose; train them longer."
            )
        within = [cell for cell in cells if cell.high < most]
        beyond = [cell for cell in cells if cell.low > most]
        share = f"{len(within)} of {len(cells)} (task, length, format)"
        if len(within) == len(cells):
            worst = max(cells, key=lambda cell: cell.high)
            return "supported", (
                f"With weights of 8 and 4 bits the GRU loses less than {most:.0%} of the scaled score in all {share}; "
                f"at worst {worst.drop:.2%} (up to {worst.high:.2%}) on {worst.name}."
            )
        if len(beyond) == len(cells):
            return "contradicted", f"The GRU loses more than {most:.0%} in all {len(cells)} (task, length, format)."
        if beyond and within:
            return "depends", f"{_condition(cells, most)} The interval stays below {most:.0%} in {share}."
        if beyond:
            names = wording.listing([cell.name for cell in beyond[:3]])
            return "contradicted", (
                f"The GRU loses more than {most:.0%} in {len(beyond)} of {len(cells)} (task, length, format), as on "
                f"{names}, and is shown to lose less in none."
            )
        needed = [seeds for cell in cells if cell.high >= most and (seeds := seeds_to_decide(cell, most)) is not None]
        ask = f"; about {max(needed):,} seeds would narrow the widest interval enough" if needed else ""
        return "undecided", f"The loss is below {most:.0%} for certain in {share}, and above it in none{ask}."


def by_length(scores: pl.DataFrame) -> pl.DataFrame:
    """Gathers the words of counting tasks, one for each n, into ranges of length; other tasks stay as they are.

    The score of a range is the mean over its words. The ranges end at 1, 2, 4, 8 and 16 times the training length, and
    each begins where the one before ends.
    """
    times = pl.max_horizontal(
        pl.lit(1), (2 ** ((pl.col("eval_length") / pl.col("train_length")).log(2) - 1e-9).ceil()).cast(pl.Int64)
    )
    words = (
        scores.filter(pl.col("n").is_not_null())
        .with_columns((times * pl.col("train_length")).alias("eval_length"))
        .group_by(*NETWORK, "format", "eval_length", maintain_order=True)
        .agg(pl.col("scaled_score").mean())
    )
    others = scores.filter(pl.col("n").is_null()).select(words.columns)
    return pl.concat([words, others])


def cells_of(scores: pl.DataFrame, worth_keeping: float) -> list[Cell]:
    """Returns what each format costs each model on each task and length.

    Args:
        scores: as `by_length` returns them. A score that is not a number counts as 0.
        worth_keeping: lengths at which a model's mean scaled score in float32 is below this are left out: there is
            nothing to lose.
    """
    whole = FORMATS[0].name
    known = scores.with_columns(pl.when(pl.col("scaled_score").is_finite()).then(pl.col("scaled_score")).otherwise(0.0))
    before = known.filter(pl.col("format") == whole).drop("format").rename({"scaled_score": "before"})
    paired = known.filter(pl.col("format") != whole).join(before, on=[*NETWORK, "eval_length"])
    order = ["task", "model", "format", "eval_length"]
    cells = []
    for (task, model, kept, length), one in paired.sort(*order, "seed").group_by(order, maintain_order=True):
        mean = float(one["before"].to_numpy().mean())
        if mean < worth_keeping:
            continue
        seen = describe((one["before"] - one["scaled_score"]).to_numpy())
        lows = [end for end in (seen.low, seen.t_low) if end is not None]
        highs = [end for end in (seen.high, seen.t_high) if end is not None]
        cells.append(
            Cell(
                str(task),
                str(model),
                str(kept),
                int(str(length)),
                mean,
                seen.mean,
                min(lows, default=-math.inf),
                max(highs, default=math.inf),
                seen.pairs,
            )
        )
    return cells


def seeds_to_decide(cell: Cell, most: float) -> int | None:
    """Returns how many seeds would bring the interval below a drop, as it shrinks with the root of their number.

    None where the drop seen is not below it, or where more than 10,000 were needed.
    """
    room, half = most - cell.drop, (cell.high - cell.low) / 2
    if room <= 0 or not math.isfinite(half):
        return None
    needed = math.ceil(cell.seeds * (half / room) ** 2)
    return max(needed, cell.seeds + 1) if needed <= _MOST_SEEDS else None


def _condition(cells: list[Cell], most: float) -> str:
    """Says format by format where the loss is beyond the limit, as seen over seeds, and where it is within."""
    parts = []
    for one in WEIGHT_FORMATS:
        own = [cell for cell in cells if cell.kept == one.name]
        beyond = [cell for cell in own if cell.low > most]
        within = [cell for cell in own if cell.high < most]
        if not own:
            continue
        if len(within) == len(own):
            parts.append(f"{one.name} cost the GRU less than {most:.0%} on every task and length")
        elif beyond:
            tasks = sorted({cell.task for cell in beyond})
            worst = max(beyond, key=lambda cell: cell.drop)
            parts.append(
                f"{one.name} cost more on {wording.listing(tasks)} (most on {worst.task} at length {worst.length}: "
                f"{worst.drop:.1%})"
            )
        else:
            parts.append(
                f"{one.name} cost more for certain nowhere, and less for certain in {len(within)} of {len(own)}"
            )
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def _facts(cells: list[Cell]) -> list[Fact]:
    """Returns, for each task, model and format, the length at which it costs most."""
    order = [one.name for one in FORMATS]
    places: dict[tuple[str, str, str], list[Cell]] = {}
    for cell in cells:
        places.setdefault((cell.model, cell.task, cell.kept), []).append(cell)
    facts = []
    for (model, task, kept), own in sorted(places.items(), key=lambda one: (*one[0][:2], order.index(one[0][2]))):
        worst = max(own, key=lambda cell: cell.drop)
        finite = math.isfinite(worst.low) and math.isfinite(worst.high)
        facts.append(
            Fact(
                f"{model}, {task}, {kept}: mean drop of the scaled score where it is largest of "
                f"{wording.plural(len(own), 'length')}, at {worst.length} (float32: {worst.before:.2f})",
                worst.drop,
                worst.low if finite else None,
                worst.high if finite else None,
                None,
                worst.seeds,
            )
        )
    return facts
