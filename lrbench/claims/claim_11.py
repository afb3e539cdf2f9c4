"""Claim 11: GRUs are less sensitive to hyper-parameters, ten trials are enough. Decided by best-of-k curves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from lrbench.analysis import wording
from lrbench.analysis.decision import Decision, decide
from lrbench.analysis.difference import Difference, describe
from lrbench.claims.best_of_k import expected_scores
from lrbench.claims.claim import Claim, Fact, Outcome
from lrbench.claims.claim import Decision as ClaimDecision
from lrbench.claims.final_scores import final_scores
from lrbench.claims.interval import at_least, at_most, ends
from lrbench.claims.part import Part, Voice, part
from lrbench.studies import Results


@dataclass(frozen=True)
class Search:
    """What searches for the best trial find on one task.

    Attributes:
        task: the task and its length.
        curves: for `lstm` and `gru`, the expected test score after 1, 2, … trials, by seed: `[seeds, trials]`.
    """

    task: str
    curves: Mapping[str, np.ndarray]

    @property
    def trials(self) -> int:
        """How many trials a search has at most."""
        return int(self.curves["gru"].shape[1])

    def shortfall(self, model: str, trials: int) -> np.ndarray:
        """Returns, by seed, how far the expected score after some trials stays behind that after all of them."""
        curve = self.curves[model]
        missing: np.ndarray = curve[:, -1] - curve[:, min(trials, curve.shape[1]) - 1]
        return missing


def searches(rows: pl.DataFrame) -> list[Search]:
    """Returns the searches on every task: a trial is a learning rate of an arm, with one seed.

    Rows count at the length of training. A score below chance, or none, counts as 0, and so does one on validation.
    Seeds that one of the two models lacks are left out.
    """
    found = []
    for (task, length), tried in final_scores(rows).group_by("task", "train_length", maintain_order=True):
        of_model = {model: _curves(tried.filter(pl.col("model") == model)) for model in ("lstm", "gru")}
        shared = sorted(of_model["lstm"].keys() & of_model["gru"].keys())
        if shared:
            curves = {model: np.stack([known[seed] for seed in shared]) for model, known in of_model.items()}
            found.append(Search(f"{task} at length {int(str(length)):,}", curves))
    return found


def _curves(lanes: pl.DataFrame) -> dict[int, np.ndarray]:
    """Returns the curve of each seed of one model on one task."""
    score, loss = pl.col("validation_score"), pl.col("validation_loss")
    known = lanes.with_columns(
        pl.when(score.is_finite()).then(score).otherwise(0.0).clip(lower_bound=0.0).alias("validation_score"),
        pl.when(loss.is_finite()).then(loss).otherwise(float("inf")).alias("validation_loss"),
    ).sort("seed", "arm", "learning_rate")
    return {
        int(str(seed)): expected_scores(
            *(one[name].to_numpy() for name in ("validation_score", "validation_loss", "scaled_score"))
        )
        for (seed,), one in known.group_by("seed", maintain_order=True)
    }


@dataclass(frozen=True)
class _Found:
    """What was found on one task."""

    search: Search
    sensitivity: Decision  # of the LSTM's shortfall after one trial less the GRU's
    enough: Difference  # the GRU's shortfall after ten trials
    less: Voice  # whether the GRU is less sensitive
    suffice: Voice  # whether ten trials are enough for it


class FewTrials(Claim):
    """Searches over learning rates and clipping, LSTM and GRU, at equal parameters."""

    number = 11

    def decide(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> ClaimDecision:
        """Applies the rule."""
        del measured
        found = self._found(searches(results.rows))
        less, suffice = part([one.less for one in found]), part([one.suffice for one in found])
        return ClaimDecision(outcome(less, suffice), self._sentence(found), tuple(self._facts(found)))

    def _found(self, made: Sequence[Search]) -> list[_Found]:
        """Judges every search; the tests of sensitivity are one family."""
        margin, trials = self.text["margin"], self.text["trials"]
        family = [one.shortfall("lstm", 1) - one.shortfall("gru", 1) for one in made]
        found = []
        for one, sensitivity in zip(made, decide(family, self.text["level"], margin), strict=True):
            enough = describe(one.shortfall("gru", trials))
            learned = {model: float(one.curves[model][:, -1].mean()) for model in ("lstm", "gru")}
            found.append(
                _Found(
                    one,
                    sensitivity,
                    enough,
                    less_sensitive(sensitivity, margin) if max(learned.values()) >= self.text["learned"] else "silent",
                    suffices(enough, margin) if learned["gru"] >= self.text["learned"] else "silent",
                )
            )
        return found

    def _sentence(self, found: Sequence[_Found]) -> str:
        """Says what was seen."""
        trials = self.text["trials"]
        words = {
            "says": "the GRU is less sensitive",
            "denies": "the GRU is not less sensitive",
            "open": "open whether the GRU is less sensitive",
            "silent": "neither learned",
        }
        parts = [
            f"{one.search.task}: one of {one.search.trials} trials leaves the LSTM {_mean(one.search, 'lstm', 1)} and "
            f"the GRU {_mean(one.search, 'gru', 1)} of scaled score behind the best ({words[one.less]}); {trials} "
            f"trials leave the GRU {_mean(one.search, 'gru', trials)} behind"
            for one in found
        ]
        open_ones = [one.sensitivity.seeds_needed for one in found if one.less == "open"]
        more = ""
        if open_ones:
            known = [seeds for seeds in open_ones if seeds is not None]
            more = (
                f" About {max(known):,} seeds would decide the open ones, if the differences seen are the true ones."
                if len(known) == len(open_ones)
                else " No number of seeds up to 10,000 would decide all of the open ones, if the differences seen are "
                "the true ones."
            )
        return f"{'; '.join(parts)}.{more}"

    def _facts(self, found: Sequence[_Found]) -> list[Fact]:
        """Returns the numbers."""
        facts = []
        for one in found:
            seen = one.sensitivity.difference
            low, high = ends(seen)
            facts.append(
                Fact(
                    f"{one.search.task}: what one trial leaves to the best of all, LSTM less GRU",
                    seen.mean,
                    low,
                    high,
                    one.sensitivity.call.corrected,
                    seen.pairs,
                )
            )
            for model in ("gru", "lstm"):
                for drawn in [drawn for drawn in sorted({1, 3, self.text["trials"]}) if drawn <= one.search.trials]:
                    missing = describe(one.search.shortfall(model, drawn))
                    low, high = ends(missing)
                    facts.append(
                        Fact(
                            f"{one.search.task}: what {wording.plural(drawn, 'trial')} of "
                            f"{one.search.trials} leave to the best, {model.upper()}",
                            missing.mean,
                            low,
                            high,
                            seeds=missing.pairs,
                        )
                    )
        return facts


def _mean(search: Search, model: str, trials: int) -> str:
    return wording.score(float(search.shortfall(model, trials).mean()))


def less_sensitive(sensitivity: Decision, margin: float) -> Voice:
    """Says whether the GRU is less sensitive: one trial leaves the LSTM established further behind, and not hardly so.

    It is not where the LSTM is the less sensitive, established, or where the interval ends below the margin.
    """
    seen = sensitivity.difference
    called = sensitivity.call.established and sensitivity.practical != "equal"
    if called and seen.mean > 0:
        return "says"
    if (called and seen.mean < 0) or at_most(seen, margin):
        return "denies"
    return "open"


def suffices(missing: Difference, margin: float) -> Voice:
    """Says whether some trials are enough: the interval of what they leave to the best ends below the margin.

    They are not where it begins above the margin.
    """
    if at_most(missing, margin):
        return "says"
    return "denies" if at_least(missing, margin) else "open"


def outcome(less: Part, suffice: Part) -> Outcome:
    """Decides from the two parts.

    Supported where both hold; contradicted where either fails; it depends where either is mixed and none fails;
    undecided otherwise.
    """
    if "fails" in (less, suffice):
        return "contradicted"
    if "mixed" in (less, suffice):
        return "depends"
    return "supported" if less == suffice == "holds" else "undecided"
