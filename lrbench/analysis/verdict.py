"""What a comparison comes to: a sentence that a person can act on for each, never stronger than the evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from lrbench.analysis import wording
from lrbench.analysis.cautions import find_cautions, how_it_was_made
from lrbench.analysis.comparison import Comparison
from lrbench.analysis.contenders import HELD_AT
from lrbench.analysis.lead import TIE
from lrbench.analysis.power import MOST_SEEDS, fewest_pairs
from lrbench.analysis.selection import SETTING


@dataclass(frozen=True)
class Verdict:
    """A comparison in sentences.

    Attributes:
        headline: one sentence or two over everything.
        sentences: one paragraph for each comparison at the lengths to decide at.
        costs: steps and seconds to solve, and parameters, a paragraph a task.
        cautions: what limits it, found in the results.
        notes: how the numbers were made.
    """

    headline: str
    sentences: tuple[str, ...]
    costs: tuple[str, ...]
    cautions: tuple[str, ...]
    notes: tuple[str, ...]

    def text(self) -> str:
        """Returns all of it as plain text, a paragraph a line."""
        parts = [("", (self.headline,)), ("Comparisons", self.sentences), ("Costs", self.costs)]
        parts += [("Cautions", self.cautions), ("How", self.notes)]
        blocks = ["\n".join([*([title] if title else []), *lines]) for title, lines in parts if lines]
        return "\n\n".join(blocks) + "\n"


def find_verdict(comparison: Comparison, cautions: Sequence[str] = ()) -> Verdict:
    """Returns what a comparison comes to.

    Args:
        comparison: of all contenders.
        cautions: what is known beside the table, a sentence each.
    """
    return Verdict(
        headline=_headline(comparison),
        sentences=tuple(_sentence(comparison, pair) for pair in comparison.pairs.filter("decides").to_dicts()),
        costs=tuple(_costs(comparison)),
        cautions=(*find_cautions(comparison), *cautions),
        notes=how_it_was_made(comparison),
    )


def outcome(pair: dict[str, Any]) -> str:
    """Says in a word how a comparison came out: the better's name, "equal" (practically), "undecided" or "unpaired".

    Args:
        pair: a row of `Comparison.pairs` at a length to decide at.
    """
    if not pair["pairs"]:
        return "unpaired"
    if pair["established"]:
        return _ordered(pair)[0]
    return "equal" if pair["practical"] == "equal" else "undecided"


def _headline(comparison: Comparison) -> str:
    """Says over all comparisons what is established, what is practically equal, and what is undecided."""
    family = comparison.family
    if family.is_empty():
        return "Nothing is decided: no two models share a seed. Train them with the same seeds."
    over = wording.plural(family.height, "comparison")
    if comparison.impossible:
        most, smallest = max(family["pairs"].to_list()), min(family["smallest_p"].to_list())
        times = "" if family.height == 1 else f", times {over}"
        return (
            f"With {wording.plural(most, 'paired seed')} no difference can be established, whatever the scores: the "
            f"smallest p-value of the sign-flip test is {smallest:.3g}{times}, above {comparison.level:g}. It takes at "
            f"least {fewest_pairs(comparison.level / family.height)} seeds."
        )
    called = [pair for pair in family.to_dicts() if pair["established"]]
    equal = [pair for pair in family.to_dicts() if not pair["established"] and pair["practical"] == "equal"]
    rest = family.height - len(called) - len(equal)
    others = [f"{len(equal)} practically equal on the seeds seen"] * bool(equal) + [f"{rest} undecided"] * bool(rest)
    if not called:
        return f"Of {over}, no difference is established at {comparison.level:g}: {wording.listing(others)}."
    names = []
    for pair in called:
        better, worse = _ordered(pair)
        names.append(f"{better} over {worse} on {comparison.place(pair)}{_near_nothing(comparison, pair)}")
    verb = "is" if len(called) == 1 else "are"
    return (
        f"Of {over}, {wording.plural(len(called), 'difference')} {verb} established, with a chance of at most "
        f"{100 * comparison.level:.3g} % of any false one: {wording.listing(names)}."
        + (f" Of the others, {wording.listing(others)}." if others else "")
    )


def _ordered(pair: dict[str, Any]) -> tuple[str, str]:
    """Returns the contender with the higher mean, and the other."""
    return (pair["first"], pair["second"]) if pair["mean_difference"] >= 0 else (pair["second"], pair["first"])


def _at_chance(pair: dict[str, Any]) -> bool:
    """Whether neither median is above chance."""
    return max(pair["first_median"], pair["second_median"]) <= TIE


def _near_nothing(comparison: Comparison, pair: dict[str, Any]) -> str:
    """Says in brackets why an established difference may be of no use."""
    if _at_chance(pair):
        return " (neither above chance)"
    return f" (by less than {comparison.margin:g})" if pair["practical"] == "equal" else ""


def _sentence(comparison: Comparison, pair: dict[str, Any]) -> str:
    """Says how one comparison came out, with its numbers."""
    names = f"{pair['first']} and {pair['second']}"
    if not pair["pairs"]:
        said = [f"{names} share no seed, so nothing decides between them; train both with the same seeds."]
    elif pair["established"]:
        better, worse = _ordered(pair)
        said = [f"{better} is better than {worse}.", _seen(comparison, pair), _matters(comparison, pair)]
    elif pair["practical"] == "equal":
        equal = (
            f"{names} are practically equal on these seeds: both intervals of the mean difference lie within "
            f"±{comparison.margin:g}."
        )
        said = [equal, _seen(comparison, pair), _unseen(comparison, pair)]
    else:
        undecided = f"whether {pair['first']} or {pair['second']} is better is undecided."
        said = [undecided, _seen(comparison, pair), _needed(comparison, pair)]
    medians = f"medians {wording.score(pair['first_median'])} and {wording.score(pair['second_median'])}"
    if _at_chance(pair):
        said.append(f"Neither is above chance ({medians}).")
    return f"{comparison.place(pair)}: {' '.join([*said, _held(pair)])}"


def _seen(comparison: Comparison, pair: dict[str, Any]) -> str:
    """Says how large the difference is, seen from the better, and what the deciding test makes of it."""
    pairs = wording.plural(pair["pairs"], "paired seed")
    if pair["won"] == pair["lost"] == 0:
        return f"On {pairs} their scores are the same."
    better, worse = _ordered(pair)
    sign = 1 if better == pair["first"] else -1
    won, lost = (pair["won"], pair["lost"]) if sign == 1 else (pair["lost"], pair["won"])
    ends = sorted(sign * end for end in (pair["low"], pair["high"]) if end is not None)
    span = f" (95 % interval {_size(ends[0])} to {_size(ends[1])})" if ends else ""
    tied = f", {pair['tied']} tied" if pair["tied"] else ""
    corrected = f", {pair['holm_p']:.3g} after Holm's correction" if comparison.family.height > 1 else ""
    at = "At the chosen rates " if pair["rates"] == "anew" else ""
    return (
        f"{at}{better}'s mean scaled score is {_size(abs(pair['mean_difference']))} above {worse}'s{span}; of {pairs} "
        f"it won {won} and lost {lost}{tied}; sign-flip test p = {pair['sign_flip_p']:.3g}{corrected}."
    )


def _size(value: float) -> str:
    """Returns a difference of scores, with one digit where two decimals would show none."""
    text = f"{value:.2f}" if abs(value) >= 0.005 or abs(value) < 1e-9 else f"{value:.1g}"
    return text.replace("-", "−")


def _matters(comparison: Comparison, pair: dict[str, Any]) -> str:
    """Says whether an established difference is larger than the margin."""
    return {
        "relevant": f"That is more than the margin of {comparison.margin:g}.",
        "equal": f"But it is practically nothing: the mean difference lies within ±{comparison.margin:g}.",
        "open": f"Whether it is more than the margin of {comparison.margin:g} is not decided.",
    }[pair["practical"]]


def _unseen(comparison: Comparison, pair: dict[str, Any]) -> str:
    """Says on how many other seeds the difference may still be larger than the margin."""
    return (
        f"{pair['beyond']} of the {pair['pairs']} pairs differ by more; of other seeds up to "
        f"{100 * pair['beyond_at_most']:.0f} % may."
    )


def _needed(comparison: Comparison, pair: dict[str, Any]) -> str:
    """Says how many seeds would decide."""
    effect = pair["effect_size"]
    if pair["rates"] == "unequal":
        return (
            "The two did not choose from equal searches, and the choice alone can make a difference, so none is "
            "called; train both at the same learning rates and seeds, and test all of them at this length."
        )
    fewest = fewest_pairs(comparison.level / comparison.family.height)
    if not effect:
        return f"That is no effect to plan seeds by; the test works with {fewest} or more."
    if pair["seeds_needed"] is None:
        return f"If the effect seen is the true one, more than {MOST_SEEDS:,} seeds would be needed to establish it."
    if pair["seeds_needed"] <= pair["pairs"]:
        return (
            "At the chosen rates the difference is plain, but not beyond what the choice of the rates alone can make; "
            "train more rates, or the same one for both."
        )
    return (
        f"If the effect seen is the true one (d = {abs(effect):.2g}), establishing it with power 0.8 takes about "
        f"{pair['seeds_needed']:,} seeds."
    )


def _held(pair: dict[str, Any]) -> str:
    """Says how many lanes hold at the length, with the test of that."""
    return (
        f"At {HELD_AT} or more: {pair['first']} {pair['first_held']} of {pair['first_of']}, {pair['second']} "
        f"{pair['second_held']} of {pair['second_of']} ({pair['solved_test']} p = {pair['solved_p']:.3g})."
    )


def _costs(comparison: Comparison) -> list[str]:
    """Compares what contenders cost: parameters, and training steps and seconds until validation was solved."""
    sentences = []
    one_each = comparison.models.unique([*SETTING, "contender"], keep="first", maintain_order=True)
    for (task, length), setting in one_each.group_by(SETTING, maintain_order=True):
        here = comparison.pairs.filter(pl.col("task") == task, pl.col("train_length") == length)
        both = here.unique(["first", "second"], keep="first", maintain_order=True).filter(pl.col("both_solved") > 0)
        alone = [_solving(one) for one in setting.to_dicts()]
        seeds = [_seed_by_seed(pair) for pair in both.to_dicts()]
        by_seed = f" Seed by seed, {'; '.join(seeds)}." if seeds else ""
        sentences.append(f"{comparison.name(str(task), int(str(length)))}: {'; '.join(alone)}.{by_seed}")
    return sentences


def _solving(one: dict[str, Any]) -> str:
    """Says what a contender took to solve validation."""
    name = f"{one['contender']} ({one['parameters']:,} parameters)"
    of = f"{one['solved']} of {wording.plural(one['lanes'], 'lane')}"
    if not one["solved"]:
        return f"{name} solved validation in {of}"
    seconds = "" if one["solved_seconds"] is None else f" and {wording.seconds(one['solved_seconds'])}"
    return f"{name} solved validation in {of}, after a median of {wording.count(one['solved_step'])} steps{seconds}"


def _seed_by_seed(pair: dict[str, Any]) -> str:
    """Compares the steps and seconds of the seeds that two contenders both solved."""
    seconds = "" if pair["seconds_ratio"] is None else f" and {pair['seconds_ratio']:.2g} times its seconds"
    return (
        f"{pair['first']} takes {pair['steps_ratio']:.2g} times {pair['second']}'s steps{seconds} (median of "
        f"{wording.plural(pair['both_solved'], 'seed')} that both solve)"
    )
