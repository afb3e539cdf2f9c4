"""What was seen on one task, a sentence for each contender, for the lead and for what went wrong."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from lrbench.analysis import wording
from lrbench.analysis.contenders import prepare
from lrbench.analysis.lead import FEWEST_PAIRS, Lead, at_chosen_rates, find_lead
from lrbench.analysis.summary import lanes, overview


@dataclass(frozen=True)
class Evidence:
    """One task's part of the results.

    Attributes:
        task: the task.
        rows: its rows, prepared.
        lanes: its lanes, as `summary.lanes` has them.
        contenders: a mapping for each contender, as `summary.overview` has them.
        chosen: the contenders at the learning rate that validation chooses; all of them where none has several.
        lead: who leads at the longest length.
    """

    task: str
    rows: pl.DataFrame
    lanes: pl.DataFrame
    contenders: tuple[dict[str, Any], ...]
    chosen: frozenset[str]
    lead: Lead | None

    @property
    def counting(self) -> bool:
        """Whether the task counts to an n."""
        return self.rows["n"].count() > 0

    @property
    def beyond(self) -> tuple[str, ...]:
        """The contenders of which more than half of the lanes hold, or count exactly, beyond the training length."""
        if self.counting:
            return tuple(
                one["contender"] for one in self.contenders if one["exact_n"] > self.trained_n(one["train_length"])
            )
        return tuple(one["contender"] for one in self.contenders if one["reach"] > one["train_length"])

    def trained_n(self, train_length: int) -> int:
        """The largest evaluated n whose sequence is no longer than the training sequences; 0 if none is."""
        return max(self.rows.filter(pl.col("eval_length") <= train_length)["n"].drop_nulls().to_list(), default=0)

    def extent(self, contender: str) -> str:
        """Says how far more than half of a contender's lanes hold: "parity to 8×", or "anbn to n = 180"."""
        one = next(one for one in self.contenders if one["contender"] == contender)
        if self.counting:
            return f"{self.task} to n = {one['exact_n']} (trained to {self.trained_n(one['train_length'])})"
        return f"{self.task} to {wording.ratio(one['reach'], one['train_length'])}"

    def sentences(self) -> tuple[str, ...]:
        """Returns what was seen, a sentence each."""
        reached = [self._counted(one) if self.counting else self._reached(one) for one in self.contenders]
        wrong = [sentence for one in self.contenders for sentence in _failures(one)]
        return (*reached, *_lead_sentences(self.lead), *wrong)

    def _reached(self, one: dict[str, Any]) -> str:
        """Says how far more than half of a contender's lanes hold, or how it scores where they do not."""
        name, trained = one["contender"], one["train_length"]
        rows = self.rows.filter(pl.col("contender") == name)
        shortest, longest = min(rows["eval_length"].to_list()), max(rows["eval_length"].to_list())
        reach = one["reach"]
        if reach < trained:
            reach = min(rows["eval_length"].to_list(), key=lambda length: abs(length - trained))
        share = self._share(one, "reach", reach)
        at = (
            f"length {reach}"
            if reach == trained
            else f"length {reach} ({wording.ratio(reach, trained)} its training length)"
        )
        if one["reach"] >= reach:
            end = ", the longest evaluated" if reach == longest else ""
            return f"{name} holds up to {at}{end}, in {share}."
        scaled = rows.filter(pl.col("eval_length") == reach)["scaled_score"].sort().to_list()
        middle = (scaled[(len(scaled) - 1) // 2] + scaled[len(scaled) // 2]) / 2
        upto = "at" if reach == shortest else "up to"
        seen = f"the median scaled score there is {wording.score(middle)} {wording.span(scaled[0], scaled[-1])}"
        return f"{name} holds {upto} {at} in {share}; {seen}."

    def _counted(self, one: dict[str, Any]) -> str:
        """Says how far more than half of a contender's lanes count exactly."""
        name, n = one["contender"], one["exact_n"]
        trained = self.trained_n(one["train_length"])
        largest = max(self.rows.filter(pl.col("contender") == name)["n"].to_list())
        if n == 0:
            share = wording.plural(one["lanes"], "lane")
            return f"{name} is not exact even at the smallest n in most of {share}; training went to n = {trained}."
        end = ", the largest evaluated" if n == largest else ""
        return f"{name} is exact to n = {n}{end}, in {self._share(one, 'exact_n', n)}; training went to n = {trained}."

    def _share(self, one: dict[str, Any], reached: str, target: int) -> str:
        """Says how many lanes reached a target, and the range of all if not all did."""
        mine = self.lanes.filter(pl.col("contender") == one["contender"])[reached]
        reaching = int((mine >= target).sum())
        if reaching == len(mine):
            return {1: "its 1 lane", 2: "both lanes"}.get(reaching, f"all {reaching} lanes")
        if reaching == 0:
            return f"none of {wording.plural(len(mine), 'lane')}"
        low, high = one[f"{reached}_min"], one[f"{reached}_max"]
        return f"{reaching} of {wording.plural(len(mine), 'lane')} (they range from {low or 'none'} to {high})"


def gather(table: pl.DataFrame) -> tuple[Evidence, ...]:
    """Returns the evidence of each task in a table of results."""
    rows, each_lane, contenders = prepare(table), lanes(table), overview(table).to_dicts()
    return tuple(
        Evidence(
            task,
            rows.filter(pl.col("task") == task),
            each_lane.filter(pl.col("task") == task),
            tuple(one for one in contenders if one["task"] == task),
            frozenset(at_chosen_rates(table, task)["shown"]),
            find_lead(table, task),
        )
        for task in rows["task"].unique(maintain_order=True).to_list()
    )


def _lead_sentences(lead: Lead | None) -> tuple[str, ...]:
    """Says who leads at the longest length, and whether that can be called."""
    if lead is None or len(lead.standings) < 2:
        return ()
    if not lead.above_chance:
        best = lead.standings[0]
        median = f"{wording.score(best.median)} {wording.span(best.low, best.high)}"
        return (f"At length {lead.length} no median is above chance; the best is {best.contender}'s, {median}.",)
    if len(lead.tied) > 1:
        median = wording.score(lead.standings[0].median)
        return (f"At length {lead.length}, medians do not tell {wording.listing(lead.tied)} apart: {median}.",)
    first, second = lead.standings[:2]
    ranges = "the ranges overlap" if lead.overlap else "the ranges do not overlap"
    seen = (
        f"At length {lead.length}, {first.contender} has the highest median, {wording.score(first.median)} "
        f"{wording.span(first.low, first.high)}, before {second.contender}, {wording.score(second.median)} "
        f"{wording.span(second.low, second.high)}; {ranges}."
    )
    return seen, _verdict(lead)


def _verdict(lead: Lead) -> str:
    """Says whether the first is established as better than the second."""
    test = lead.test
    if test is None:
        return "They share no seed, so no paired test can be made: the lead is seen, not established."
    if test.pairs < FEWEST_PAIRS:
        return (
            f"With {wording.plural(test.pairs, 'paired seed')} no exact two-sided sign-flip test can reach 0.05 "
            f"(its smallest p is {min(test.smallest, 1.0):.3g}): the lead is seen, not established."
        )
    assert lead.p_value is not None
    if lead.chosen_blindly:
        return "No validation score is known to choose learning rates by: the lead is seen, not established."
    if lead.paired is not None and lead.paired.differences.mean() <= 0:
        return "Over paired seeds its mean is not the higher one: the lead is seen in the median only."
    if lead.paired is not None and not lead.paired.fair:
        return (
            "They did not choose from equal searches, so the choice alone can make a difference: the lead is seen, not "
            "established."
        )
    times = "" if lead.comparisons == 1 else f", times {lead.comparisons} pairs of models = {lead.p_value:.3g}"
    result = "the lead is established at the 5 % level" if lead.established else "the lead is not established"
    return f"Sign-flip test over {test.pairs} paired seeds: p = {test.p_value:.3g}{times}; {result}."


def _failures(one: dict[str, Any]) -> list[str]:
    """Names lanes that diverged or never solved the task on validation."""
    found = []
    if one["diverged"]:
        lanes_of = f"{one['diverged']} of {wording.plural(one['lanes'], 'lane')} of {one['contender']}"
        counts = "counts with the score that it has" if one["diverged"] == 1 else "count with the scores that they have"
        found.append(f"{lanes_of} diverged in training and {counts}.")
    unsolved = one["lanes"] - one["solved"]
    if unsolved:
        who = "No lane" if not one["solved"] else f"Only {one['solved']} of {wording.plural(one['lanes'], 'lane')}"
        found.append(f"{who} of {one['contender']} solved the task on validation.")
    return found
