"""Claim 15: clipping at 1.0 to 5.0 is needed, and norms far over the threshold mean trouble."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from lrbench.analysis import wording
from lrbench.analysis.contest import contest
from lrbench.analysis.decision import Decision as Decided
from lrbench.analysis.decision import decide
from lrbench.claims.claim import Claim, Decision, Fact, Outcome
from lrbench.claims.final_scores import final_scores
from lrbench.claims.interval import at_most, ends
from lrbench.claims.lstm_against_gru import searched
from lrbench.claims.part import Part, Voice, part
from lrbench.studies import Results
from lrbench.studies.gradient_norms import gradient_norms

#: The arm that clips nothing.
FREE = "no clipping"
#: One model on one task.
PLACE = ("task", "train_length", "model")


@dataclass(frozen=True)
class Clipped:
    """One threshold against none, for one model on one task, paired by seed.

    Attributes:
        name: of model, task and threshold.
        best: clipped less not clipped, each at the rate that validation selects.
        grid: the same, the mean over all learning rates.
        score: the higher of the two mean scores at the selected rates.
    """

    name: str
    best: Decided
    grid: Decided
    score: float


@dataclass(frozen=True)
class Alarm:
    """What norms far over the threshold foretold, over all clipped lanes.

    Attributes:
        lanes: clipped lanes.
        alarmed: those with a norm of so many times their threshold.
        trouble: share of those that came to no good; NaN where there is none.
        otherwise: share of the others that came to no good; NaN where there is none.
        difference: of the two shares by seed, tested; None where no seed has lanes of both kinds.
    """

    lanes: int
    alarmed: int
    trouble: float
    otherwise: float
    difference: Decided | None


class Clipping(Claim):
    """No clipping, at 1.0 and at 5.0, over learning rates from small to much too large."""

    number = 15

    def measure(self, results: Results) -> dict[str, pl.DataFrame]:
        """Reads the norms that the runs logged."""
        return {"norms": results.remembered(f"{self.name}-norms", lambda: gradient_norms(results.runs))}

    def decide(self, results: Results, measured: Mapping[str, pl.DataFrame]) -> Decision:
        """Applies the rule."""
        text = self.text
        lanes = final_scores(results.rows)
        compared = comparisons(results.rows, lanes, level=text["level"], margin=text["margin"])
        voices = [needed(one, margin=text["margin"], least=text["learned"]) for one in compared]
        helps = [one for one in compared if _called(one.grid) and one.grid.difference.mean > 0]
        alarms = {
            times: alarm(with_trouble(lanes.join(measured["norms"], on=["run", "lane"])), times, text["level"])
            for times in text["alarms"]
        }
        need, warns = part(voices), warning(alarms[text["alarms"][0]])
        reached = outcome(need, warns, helps=bool(helps))
        facts = [
            *_facts(compared),
            *_diverged(lanes),
            *(fact for times, one in alarms.items() for fact in _warned(times, one)),
        ]
        return Decision(reached, self._sentence(compared, voices, helps, alarms, reached), tuple(facts))

    def _sentence(
        self,
        compared: Sequence[Clipped],
        voices: Sequence[Voice],
        helps: Sequence[Clipped],
        alarms: Mapping[float, Alarm],
        reached: Outcome,
    ) -> str:
        """Says what was seen."""
        words = {
            "says": "it is needed",
            "denies": "it is not needed",
            "open": "it is open",
            "silent": "nothing was learned",
        }
        names = {key: [one.name for one, voice in zip(compared, voices, strict=True) if voice == key] for key in words}
        seen = [f"{said} for {wording.listing(names[key])}" for key, said in words.items() if names[key]]
        parts = [f"Clipping with each rate chosen on validation: {'; '.join(seen)}." if seen else ""]
        parts.append(
            f"Over all rates, the bad ones included, it helps {wording.listing([one.name for one in helps])}."
            if helps
            else "Over all rates, the bad ones included, it is nowhere established to help."
        )
        for times, one in alarms.items():
            parts.append(
                f"Norms over {times:g} times the threshold came in {one.alarmed} of {one.lanes} clipped lanes"
                + (f"; {one.trouble:.0%} of these came to no good" if one.alarmed else "")
                + (f", of the others {one.otherwise:.0%}." if one.alarmed < one.lanes else ".")
            )
        open_ones = [one.best.seeds_needed for one, voice in zip(compared, voices, strict=True) if voice == "open"]
        known = [seeds for seeds in open_ones if seeds is not None]
        if reached == "undecided" and known:
            parts.append(
                f"If the differences seen are the true ones, {max(known):,} seeds would decide {len(known)} of the "
                f"{len(open_ones)} open comparisons."
            )
        return " ".join(text for text in parts if text)


def comparisons(rows: pl.DataFrame, lanes: pl.DataFrame, *, level: float, margin: float) -> list[Clipped]:
    """Compares every threshold with none, for every model and task.

    Those at the selected rates are one family, and those over all rates another.

    Args:
        rows: of all arms, one of which is `no clipping`.
        lanes: the same, as `final_scores` returns them.
        level: chance of any false call in a family.
        margin: the smallest difference of mean scaled scores that matters.
    """
    own = ["arm", *PLACE, "seed"]
    here = rows.filter(pl.col("eval_length") == pl.col("train_length"))
    best = _by_seed(searched(here, selected=True).select(*own, "scaled_score"))
    grid = _by_seed(lanes.group_by(own, maintain_order=True).agg(pl.col("scaled_score").mean()))
    keys = sorted(best.keys() & grid.keys())
    everything = searched(here, selected=False)
    contests = [contest(_lanes(everything, key), _lanes(everything, (FREE, *key[1:]))) for key in keys]
    decided = [
        decide(contests, level, margin),
        decide([grid[key][0] - grid[key][1] for key in keys], level, margin),
    ]
    return [
        Clipped(
            f"{str(key[3]).upper()} on {key[1]} with {key[0]}",
            at_best,
            over_grid,
            max(float(scores.mean()) for scores in best[key]),
        )
        for key, at_best, over_grid in zip(keys, *decided, strict=True)
    ]


def _lanes(rows: pl.DataFrame, key: tuple[str, str, int, str]) -> pl.DataFrame:
    """Returns the lanes of all rates of an arm, task, training length and model."""
    return rows.filter(*(pl.col(name) == value for name, value in zip(("arm", *PLACE), key, strict=True)))


def _by_seed(scores: pl.DataFrame) -> dict[tuple[str, str, int, str], tuple[np.ndarray, np.ndarray]]:
    """Returns the scores by seed, clipped and not, of each arm that clips, task, training length and model."""
    free = scores.filter(pl.col("arm") == FREE).select(*PLACE, "seed", pl.col("scaled_score").alias("free"))
    both = scores.filter(pl.col("arm") != FREE).join(free, on=[*PLACE, "seed"]).sort("arm", *PLACE, "seed")
    return {
        (str(key[0]), str(key[1]), int(str(key[2])), str(key[3])): (
            one["scaled_score"].to_numpy(),
            one["free"].to_numpy(),
        )
        for key, one in both.group_by("arm", *PLACE, maintain_order=True)
    }


def _called(decided: Decided) -> bool:
    return decided.call.established and decided.practical != "equal"


def needed(one: Clipped, *, margin: float, least: float) -> Voice:
    """Says whether clipping is needed: its lead at the selected rates is established and not practically nothing.

    It is not needed where training without it is established to be better, or where no more than the margin of the lead
    of clipping is left (both 95 % intervals of the mean end below it, over at least 6 pairs). Where neither of the two
    learned the task, nothing is said.
    """
    if one.score < least:
        return "silent"
    if _called(one.best):
        return "says" if one.best.difference.mean > 0 else "denies"
    return "denies" if at_most(one.best.difference, margin) else "open"


def with_trouble(lanes: pl.DataFrame) -> pl.DataFrame:
    """Adds `trouble`: the lane diverged, or has less than half of the best score of its model on its task.

    The best score is the highest median over seeds that any arm and rate has there.
    """
    medians = lanes.group_by(*PLACE, "arm", "learning_rate").agg(pl.col("scaled_score").median().alias("best"))
    best = medians.group_by(PLACE).agg(pl.col("best").max())
    bad = (pl.col("scaled_score") < pl.col("best") / 2) | pl.col("diverged_step").is_not_null()
    return lanes.join(best, on=PLACE, maintain_order="left").with_columns(bad.alias("trouble"))


def alarm(lanes: pl.DataFrame, times: float, level: float) -> Alarm:
    """Compares the clipped lanes whose largest norm was more than so many times their threshold with the others.

    Args:
        lanes: with the columns `arm`, `seed`, `clip`, `norm_max` and `trouble`.
        times: the threshold.
        level: of the test over seeds.
    """
    # A lane without any finite norm has none that is large or small.
    clipped = lanes.filter(pl.col("clip").is_not_null(), pl.col("norm_max").is_not_null()).with_columns(
        (pl.col("norm_max") > times * pl.col("clip")).alias("alarmed")
    )
    shares = clipped.group_by("seed").agg(
        pl.col("trouble").filter("alarmed").mean().alias("with"),
        pl.col("trouble").filter(~pl.col("alarmed")).mean().alias("without"),
    )
    both = shares.drop_nulls().sort("seed")
    differences = (both["with"] - both["without"]).to_numpy()
    warned, others = clipped.filter("alarmed")["trouble"], clipped.filter(~pl.col("alarmed"))["trouble"]
    return Alarm(
        lanes=clipped.height,
        alarmed=len(warned),
        trouble=_share(warned),
        otherwise=_share(others),
        difference=decide([differences], level, 0.0)[0] if differences.size else None,
    )


def _share(lanes: pl.Series) -> float:
    return float(lanes.to_numpy().mean()) if len(lanes) else float("nan")


def warning(found: Alarm) -> Part:
    """Says whether large norms mean trouble.

    It holds where more than half of the alarmed lanes came to no good, and established more of them than of the others;
    it fails where at most half did, or established fewer than of the others; unseen without alarms; else open.
    """
    if not found.alarmed:
        return "unseen"
    tested = found.difference
    established = tested is not None and tested.call.established
    if found.trouble <= 0.5 or (tested is not None and established and tested.difference.mean < 0):
        return "fails"
    return "holds" if established else "open"


def outcome(need: Part, warns: Part, *, helps: bool) -> Outcome:
    """Decides from the two parts, and from whether clipping helps anywhere over all rates.

    Supported where both parts hold; contradicted where clipping is not needed, helps nowhere, and large norms do not
    mean trouble or never came; it depends where clipping is needed in some places only, is not needed but helps, or
    where one part holds and the other fails; undecided otherwise.
    """
    if need == "holds" and warns == "holds":
        return "supported"
    if need == "fails" and not helps and warns in ("fails", "unseen"):
        return "contradicted"
    if need == "mixed" or (need == "fails" and helps) or {need, warns} == {"holds", "fails"}:
        return "depends"
    return "undecided"


def _facts(compared: Sequence[Clipped]) -> list[Fact]:
    """Returns the differences, at the selected rates and over all rates."""
    facts = []
    for one in compared:
        for what, decided in (("at the selected rates", one.best), ("mean over all rates", one.grid)):
            seen = decided.difference
            low, high = ends(seen)
            facts.append(
                Fact(
                    f"{one.name} less without, {what}, scaled score",
                    seen.mean,
                    low,
                    high,
                    decided.call.corrected,
                    seen.pairs,
                )
            )
    return facts


def _diverged(lanes: pl.DataFrame) -> list[Fact]:
    """Returns the share of lanes that diverged in each arm, and the smallest and largest share over its seeds."""
    facts = []
    for (arm,), part_of in lanes.group_by("arm", maintain_order=True):
        diverged = pl.col("diverged_step").is_not_null().mean().alias("share")
        by_seed = part_of.group_by("seed").agg(diverged)["share"].to_numpy()
        share = float(part_of.select(diverged).item())
        facts.append(
            Fact(
                f"share of diverged lanes, {arm} ({part_of.height} lanes, all rates)",
                share,
                float(by_seed.min()),
                float(by_seed.max()),
                seeds=len(by_seed),
            )
        )
    return facts


def _warned(times: float, one: Alarm) -> list[Fact]:
    """Returns how many lanes had large norms, and how much more often these came to no good."""
    name = f"clipped lanes with a norm over {times:g} times the threshold"
    facts = [Fact(f"{name}, share of {one.lanes:,}", one.alarmed / one.lanes)]
    if one.difference is not None:
        seen = one.difference.difference
        low, high = ends(seen)
        what = f"{name}: share that came to no good, less that of the others"
        facts.append(Fact(what, seen.mean, low, high, one.difference.call.corrected, seen.pairs))
    return facts
