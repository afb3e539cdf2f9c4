"""What limits a comparison, found in its results, and how its numbers were made: a sentence each."""

import polars as pl

from lrbench.analysis import wording
from lrbench.analysis.comparison import FAILED_AT, Comparison
from lrbench.analysis.contenders import HELD_AT
from lrbench.analysis.decision import FEWEST_EQUAL
from lrbench.analysis.selection import SETTING


def find_cautions(comparison: Comparison) -> tuple[str, ...]:
    """Returns a sentence for everything in a comparison that a reader should know before acting on it."""
    return (
        *_too_few(comparison),
        *_left_out(comparison),
        *comparison.notes,
        *_bimodal(comparison),
        *_diverged(comparison),
        *comparison.selection.notes,
    )


def _too_few(comparison: Comparison) -> list[str]:
    """Names comparisons of fewer seeds than any call takes; where that is all of them, the headline says so."""
    if comparison.impossible:
        return []
    return [
        f"{comparison.place(pair)}, {pair['first']} and {pair['second']}: with "
        f"{wording.plural(pair['pairs'], 'paired seed')} the sign-flip test's smallest p-value is "
        f"{pair['smallest_p']:.3g}, above {comparison.level:g}, so nothing can be established there."
        for pair in comparison.family.filter(pl.col("smallest_p") > comparison.level).to_dicts()
    ]


def _left_out(comparison: Comparison) -> list[str]:
    """Names comparisons of which not all seeds are shared."""
    lanes = comparison.models.select(*SETTING, "eval_length", "contender", "lanes")
    key = [*SETTING, "eval_length"]
    both = comparison.family.join(lanes, left_on=[*key, "first"], right_on=[*key, "contender"]).join(
        lanes, left_on=[*key, "second"], right_on=[*key, "contender"], suffix="_second"
    )
    alone = (pl.col("lanes") + pl.col("lanes_second") - 2 * pl.col("pairs")).alias("alone")
    return [
        f"{comparison.place(pair)}, {pair['first']} and {pair['second']}: {wording.plural(pair['alone'], 'lane')} "
        "without a partner of the same seed; no part of the tests."
        for pair in both.with_columns(alone).filter(pl.col("alone") > 0).to_dicts()
    ]


def _bimodal(comparison: Comparison) -> list[str]:
    """Names contenders whose lanes either hold or fail, at the lengths to decide at."""
    deciding = comparison.pairs.filter("decides").select(*SETTING, "eval_length").unique()
    cells = comparison.models.join(deciding, on=deciding.columns, how="semi", maintain_order="left")
    both = cells.filter((pl.col("held") > 0) & (pl.col("failed") > 0))
    return [
        f"{comparison.place(one)}, the lanes of {one['contender']} fall apart: {one['held']} of {one['lanes']} reach "
        f"{HELD_AT}, {one['failed']} end at {FAILED_AT} or below. A mean describes neither; read how many hold."
        for one in both.to_dicts()
    ]


def _diverged(comparison: Comparison) -> list[str]:
    """Counts diverged lanes."""
    one_each = comparison.models.unique([*SETTING, "contender"], keep="first", maintain_order=True)
    return [
        f"{one['diverged']} of {wording.plural(one['lanes'], 'lane')} of {one['contender']} on "
        f"{comparison.name(one['task'], one['train_length'])} diverged in training: counted, with the scores that "
        "they have, or 0 (chance) where they have none."
        for one in one_each.filter(pl.col("diverged") > 0).to_dicts()
    ]


def how_it_was_made(comparison: Comparison) -> tuple[str, ...]:
    """Returns how the numbers of a comparison were made, a sentence or two for each kind."""
    family, rates = comparison.family, comparison.selection.rates
    places = [comparison.place(one) for one in family.unique([*SETTING, "eval_length"], maintain_order=True).to_dicts()]
    several = rates.height > rates.filter("selected").height
    where = f", on {wording.listing(places)}" if places else ""
    return (
        f"The family is {wording.plural(family.height, 'comparison')}: every two models that share a seed{where}. The "
        f"sign-flip test over paired seeds decides, with Holm's correction at {comparison.level:g}; the t-test and the "
        "test of how many lanes hold stand beside it, uncorrected. Other lengths are described and not tested.",
        "Learning rates are chosen on validation, by the highest median over lanes; test scores are not looked at. "
        "Where both searched the same rates, every flip of the sign-flip test chooses them anew; where they did not, "
        "no difference is established. The other tests, effect sizes and intervals take the chosen rates as given."
        if several
        else "One learning rate was trained for each model, so none was selected.",
        "Scores are scaled: 0 is chance, 1 is perfect; a score that is not a number counts as 0. No lane is dropped.",
        "Intervals are 95 % bootstrap intervals of a mean. Practically equal means that two 95 % intervals of the mean "
        f"difference, bootstrap and Student's t, lie within ±{comparison.margin:g} over at least {FEWEST_EQUAL} pairs. "
        "Intervals are not corrected for the number of comparisons.",
        "Seeds for power 0.8 are those of a t-test at the level divided by the size of the family. They rest on the "
        "effect seen, which few seeds tell poorly.",
        "Seconds are those of a whole run, all of its lanes together.",
    )
