"""The cells, the costs and the rule of claim 18: Mamba beyond 1,000 steps."""

import numpy as np
import polars as pl
import pytest

from lrbench.claims import claim_of
from lrbench.claims.claim_18 import Cost, compare, medians, pace_cost, training_cost, weigh
from lrbench.figures import figure_of
from lrbench.studies import SCALES

CLAIM = claim_of(18)
MARGIN, LEVEL, AFFORDABLE = (CLAIM.text[name] for name in ("margin", "level", "affordable"))

#: Eight seeds of Mamba less a rival, and how Mamba then stands with three pairs of comparisons in the family.
AHEAD, BEHIND = np.linspace(0.2, 0.4, 8), np.linspace(-0.4, -0.2, 8)
LEVEL_WITH = np.linspace(-0.02, 0.02, 8)
OPEN = np.array([0.5, -0.4, 0.3, -0.2, 0.6, 0.1, -0.1, 0.2])
MAMBA = np.array([0.1, 0.9, 0.4, 0.6, 0.2, 0.8, 0.3, 0.7])  # what Mamba itself scores
SMALL = np.linspace(0.01, 0.03, 8)  # established, and too small to matter


def scores_of(*cells: tuple[str, int, np.ndarray, np.ndarray]) -> pl.DataFrame:
    """A row a lane from (task, length, Mamba less GRU, Mamba less LSTM); the seeds in different orders."""
    rows = []
    for task, length, gru, lstm in cells:
        for model, values in (("mamba", MAMBA), ("gru", MAMBA - gru), ("lstm", MAMBA - lstm)):
            rows += [
                {"task": task, "model": model, "seed": seed, "eval_length": length, "scaled_score": float(values[seed])}
                for seed in (range(8) if model == "gru" else reversed(range(8)))
            ]
    return pl.DataFrame(rows)


@pytest.mark.parametrize(
    ("gru", "lstm", "standing"),
    [
        (AHEAD, AHEAD, "ahead"),
        (AHEAD, LEVEL_WITH, "open"),
        (AHEAD, BEHIND, "behind"),
        (LEVEL_WITH, BEHIND, "behind"),
        (LEVEL_WITH, LEVEL_WITH, "level"),
        (SMALL, SMALL, "level"),
        (-SMALL, -SMALL, "level"),
        (SMALL, AHEAD, "open"),
        (OPEN, LEVEL_WITH, "open"),
        (OPEN, OPEN, "open"),
        (np.zeros(8), np.zeros(8), "level"),
    ],
)
def test_a_cell_stands_by_both_rivals(gru, lstm, standing):
    scores = scores_of(("a", 1024, gru, lstm), ("a", 2048, AHEAD, AHEAD), ("b", 4096, BEHIND, AHEAD))
    cells = compare(scores, {"a": [1024, 2048], "b": [4096]}, LEVEL, MARGIN)
    assert [(cell.task, cell.length) for cell in cells] == [("a", 1024), ("a", 2048), ("b", 4096)]
    assert [cell.standing(MARGIN) for cell in cells] == [standing, "ahead", "behind"]
    assert cells[0].compared["gru"].difference.mean == pytest.approx(gru.mean())


def test_eight_seeds_can_decide_six_comparisons_and_no_seventh():
    # The smallest p of 8 pairs is 2 / 2^8; six times that is 0.047, eight times 0.063.
    three = [("a", length, AHEAD, AHEAD) for length in (1, 2, 3)]
    (cell, *_) = compare(scores_of(*three), {"a": [1, 2, 3]}, LEVEL, MARGIN)
    assert cell.compared["gru"].call.corrected == pytest.approx(6 * 2 / 2**8)
    assert cell.standing(MARGIN) == "ahead"
    four = [("a", length, AHEAD, AHEAD) for length in (1, 2, 3, 4)]
    (cell, *_) = compare(scores_of(*four), {"a": [1, 2, 3, 4]}, LEVEL, MARGIN)
    assert cell.standing(MARGIN) == "open"


def test_a_length_that_was_not_tested_is_named():
    with pytest.raises(ValueError, match="gru were not both tested on a at length 7"):
        compare(scores_of(("a", 1024, AHEAD, AHEAD)), {"a": [7]}, LEVEL, MARGIN)


def cells_of(*standings: str):
    made = {"ahead": AHEAD, "behind": BEHIND, "level": LEVEL_WITH, "open": OPEN}
    places = [("a", length, made[one], made[one]) for length, one in enumerate(standings, 1000)]
    return compare(scores_of(*places), {"a": [place[1] for place in places]}, LEVEL, MARGIN)


def costs_of(*ratios: float) -> list[Cost]:
    return [Cost(f"of a token in {number}", ratio, ratio, ratio, 1) for number, ratio in enumerate(ratios)]


@pytest.mark.parametrize(
    ("standings", "ratios", "outcome"),
    [
        (("ahead", "level"), (7.0, 10.0), "supported"),
        (("ahead", "open"), (7.0, 4.0), "supported"),
        (("ahead", "level"), (7.0, 10.1), "depends"),
        (("ahead", "behind"), (1.0, 1.0), "depends"),
        (("behind", "level"), (7.0, 4.0), "contradicted"),
        (("behind", "open"), (1.0, 1.0), "contradicted"),
        (("behind", "level"), (7.0, 0.9), "depends"),
        (("level", "open"), (0.5, 0.5), "undecided"),
        (("level", "level"), (0.5, 0.9), "supported"),
        (("level", "level"), (0.5, 1.0), "depends"),
        (("level", "level"), (7.0, 1.0), "contradicted"),
    ],
)
def test_scores_and_costs_decide_together(standings, ratios, outcome):
    found, sentence = weigh(cells_of(*standings), costs_of(*ratios), MARGIN, AFFORDABLE)
    assert found == outcome
    assert f"{ratios[0]:.2g} times the cheaper rival's cost of a token in 0" in sentence


def test_a_cost_is_under_one_only_where_all_of_its_range_is():
    torn = [Cost("of reading", 0.9, 0.8, 1.1, 9)]
    assert weigh(cells_of("level"), torn, MARGIN, AFFORDABLE)[0] == "contradicted"
    # A round that was disturbed does not make it unaffordable.
    torn = [Cost("of reading", 9.0, 8.0, 11.0, 9)]
    assert weigh(cells_of("ahead"), torn, MARGIN, AFFORDABLE)[0] == "supported"


def test_an_open_verdict_says_how_many_seeds_would_decide():
    cells = cells_of("open", "level")
    needed = max(one.seeds_needed for one in cells[0].compared.values())
    outcome, sentence = weigh(cells, costs_of(2.0), MARGIN, AFFORDABLE)
    assert outcome == "undecided"
    assert f"{needed} seeds would call them" in sentence


def test_training_costs_by_the_faster_rival():
    pace = {"gru": 900.0, "lstm": 1000.0, "mamba": 200.0}
    rows = pl.DataFrame(
        [
            {"task": task, "model": model, "tokens_per_second": value * (3 if task == "b" and model == "gru" else 1)}
            for task in ("a", "b")
            for model, value in pace.items()
            for _ in range(2)
        ]
    )
    assert training_cost(rows, "a").ratio == pytest.approx(5.0)
    assert training_cost(rows, "b").ratio == pytest.approx(13.5)


def test_reading_costs_round_by_round_by_the_rival_that_is_cheaper_at_the_median():
    seconds = {"gru": [1.0, 2.0, 9.0], "lstm": [3.0, 3.0, 3.0], "mamba": [4.0, 6.0, 9.0]}
    pace = pl.DataFrame(
        [
            {"model": model, "round": turn, "seconds_a_token": values[turn]}
            for model, values in seconds.items()
            for turn in (2, 0, 1)
        ]
    )
    cost = pace_cost(pace)
    assert (cost.ratio, cost.low, cost.high, cost.pairs) == (3.0, 1.0, 4.0, 3)


def test_medians_are_shown_beyond_a_thousand_steps_only():
    scores = scores_of(("selective_copying", 1000, OPEN, OPEN), ("selective_copying", 1152, OPEN, LEVEL_WITH))
    facts = {fact.what: fact for fact in medians(scores, 1000)}
    assert len(facts) == 3
    fact = facts["GRU on selective_copying at 1,152 steps: median scaled score"]
    assert (fact.value, fact.seeds) == (pytest.approx(np.median(MAMBA - OPEN)), 8)
    assert (fact.low, fact.high) == pytest.approx((np.min(MAMBA - OPEN), np.max(MAMBA - OPEN)))


@pytest.mark.parametrize("scale", SCALES)
def test_it_shares_the_runs_of_two_figures_and_decides_where_they_were_tested(scale):
    heads, copying = figure_of("induction_heads"), figure_of("selective_copying")
    own = {arm.words for arm in CLAIM.study.arms[scale]}
    assert own == {arm.words for figure in (heads, copying) for arm in figure.study.arms[scale]}
    tested = {"induction_heads": set(heads.text["long_lengths"][scale]), "selective_copying": set()}
    for figure in (heads, copying):
        for arm in figure.study.arms[scale]:
            (lengths,) = (word for word in arm.words if word.startswith("eval_lengths="))
            tested[figure.name] |= set(map(int, lengths.partition("=")[2].strip("[]").split(",")))
    for task, lengths in CLAIM.text["decided_at"][scale].items():
        assert set(lengths) <= tested[task]
        assert scale == "smoke" or min(lengths) > CLAIM.text["beyond"]
