"""Claim 20: most differences between LSTM and GRU are within noise. Decided over all comparisons of other claims."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from lrbench.analysis import wording
from lrbench.analysis.flip_interval import flip_interval
from lrbench.analysis.power import fewest_pairs
from lrbench.analysis.resampling import sign_flip
from lrbench.claims.claim import Claim, Decision, Fact, Outcome
from lrbench.claims.lstm_against_gru import Duel, duels, learned
from lrbench.claims.two_matchings import with_shared_gru
from lrbench.studies import Results


class WithinNoise(Claim):
    """The share of comparisons of LSTM and GRU whose corrected interval contains zero."""

    number = 20

    def decide(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Decision:
        """Applies the rule."""
        del measured
        text = self.text
        here = with_shared_gru(results.rows.filter(pl.col("eval_length") == pl.col("train_length")))
        family = duels(here, level=text["level"], margin=text["margin"])
        intervals = holm_intervals(family, text["level"])
        inside = [
            contains_zero(interval) or not duel.decision.call.established
            for duel, interval in zip(family, intervals, strict=True)
        ]
        counted = [learned(duel, text["learned"]) for duel in family]
        groups: dict[str, list[bool]] = defaultdict(list)
        for duel, zero, counts in zip(family, inside, counted, strict=True):
            if counts:
                groups[self._group(duel)].append(zero)
        possible = any(duel.decision.call.test.smallest * len(family) <= text["level"] for duel in family)
        reached = outcome(list(groups.values()), possible=possible, fewest=text["fewest"])
        facts = self._facts(family, intervals, groups)
        return Decision(reached, self._sentence(family, groups, possible), tuple(facts))

    def _group(self, duel: Duel) -> str:
        """Names the group of a comparison: its matching, and whether its sequences are long."""
        size = f"up to {self.text['short']:,}" if duel.train_length <= self.text["short"] else "longer"
        return f"{duel.arm}, {size}" + (" steps" if size != "longer" else "")

    def _sentence(self, family: Sequence[Duel], groups: Mapping[str, Sequence[bool]], possible: bool) -> str:
        """Says what was seen."""
        text = self.text
        seen = [zero for group in groups.values() for zero in group]
        practical = [duel.decision.practical for duel in family if learned(duel, text["learned"])]
        within = f"{sum(seen)} of {wording.plural(len(seen), 'comparison')} where a model learned"
        parts = wording.listing([f"{name} {sum(group)} of {len(group)}" for name, group in sorted(groups.items())])
        pairs = max((duel.decision.difference.pairs for duel in family), default=0)
        sentence = (
            "No model learned anything, so no comparison counts."
            if not seen
            else (
                f"{within} are within noise ({parts}), with {pairs} seeds and Holm's correction over "
                f"{len(family)}. {practical.count('equal')} are practically equal within {text['margin']:g}, so the "
                "others within noise may be differences that more seeds would show."
            )
        )
        if not possible:
            sentence += (
                f" So few seeds can establish no difference at all; it takes "
                f"{fewest_pairs(text['level'] / len(family))} seeds."
            )
        return sentence

    def _facts(
        self,
        family: Sequence[Duel],
        intervals: Sequence[tuple[float, float]],
        groups: Mapping[str, Sequence[bool]],
    ) -> list[Fact]:
        """Returns the shares, and every comparison with its corrected interval."""
        facts = []
        everything = [zero for group in groups.values() for zero in group]
        for name, group in (("all", everything), *sorted(groups.items())):
            if group:
                facts.append(Fact(f"share of comparisons within noise, {name} ({len(group)})", float(np.mean(group))))
        for duel, (low, high) in zip(family, intervals, strict=True):
            finite = np.isfinite(low)
            facts.append(replace(duel.fact(), low=low if finite else None, high=high if finite else None))
        return facts


def contains_zero(interval: tuple[float, float]) -> bool:
    """Says whether an interval contains zero; its ends belong to it."""
    return interval[0] <= 0 <= interval[1]


def holm_levels(p_values: Sequence[float], level: float) -> tuple[float, ...]:
    """Returns the level at which Holm's procedure judges each p-value, in the order given.

    It goes up from the smallest p-value, at level / n, level / (n - 1) and so on, and stops at the first that is above
    its level; all that come after are judged at the level where it stopped. So exactly those that it calls are at or
    below their level.
    """
    levels = [0.0] * len(p_values)
    stopped: float | None = None
    for rank, index in enumerate(np.argsort(p_values, kind="stable").tolist()):
        here = level / (len(p_values) - rank) if stopped is None else stopped
        levels[index] = here
        if stopped is None and p_values[index] > here:
            stopped = here
    return tuple(levels)


def holm_intervals(family: Sequence[Duel], level: float) -> list[tuple[float, float]]:
    """Returns the interval of each comparison that the sign-flip test gives at its level in Holm's procedure.

    It takes the chosen rates as given; whether their choice alone explains a difference, the decision says.
    """
    levels = holm_levels([sign_flip(duel.differences).p_value for duel in family], level)
    return [flip_interval(duel.differences, own) for duel, own in zip(family, levels, strict=True)]


def outcome(groups: Sequence[Sequence[bool]], *, possible: bool, fewest: int) -> Outcome:
    """Decides from which comparisons contain zero.

    Undecided where so few seeds can establish nothing, where no comparison counts, or where it is exactly half. It
    depends where more than half contain zero in one group and less than half in another, each of at least `fewest`
    comparisons. Else supported where more than half of all contain zero, and contradicted where less than half do.

    Args:
        groups: by matching and length; True where the interval contains zero.
        possible: whether any difference can be established with so many seeds.
        fewest: comparisons that a group needs to have a say of its own.
    """
    everything = [zero for group in groups for zero in group]
    if not possible or not everything:
        return "undecided"
    shares = [float(np.mean(group)) for group in groups if len(group) >= fewest]
    if any(share > 0.5 for share in shares) and any(share < 0.5 for share in shares):
        return "depends"
    share = float(np.mean(everything))
    return "undecided" if share == 0.5 else "supported" if share > 0.5 else "contradicted"
