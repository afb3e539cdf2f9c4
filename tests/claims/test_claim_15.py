"""Claim 15: norms read from the log, the two families, trouble and alarms, and every outcome of the rule."""

from itertools import product
from pathlib import Path

import polars as pl
import pytest
from duel_rows import lanes, spread

from lrbench.claims import claim_of
from lrbench.claims.claim_15 import alarm, outcome, warning, with_trouble
from lrbench.studies import Results
from lrbench.studies.gradient_norms import SCHEMA, norms_of_lanes

ARMS = {"no clipping": None, "clipping at 1.0": 1.0, "clipping at 5.0": 5.0}


def logged(step: int, norm: list[float | None], largest: list[float | None], clipped: list[float]) -> dict[str, object]:
    return {"step": step, "norm": norm, "norm_max": largest, "clipped": clipped}


def test_norms_are_weighted_by_the_updates_between_evaluations():
    log = [logged(100, [1.0, None], [4.0, 0.0], [0.5, 0.0]), logged(150, [4.0, None], [9.0, None], [0.2, 0.0])]
    first, second = norms_of_lanes(log)
    assert first == {"lane": 0, "norm": 2.0, "norm_max": 9.0, "clipped": pytest.approx(0.4)}
    assert second == {"lane": 1, "norm": None, "norm_max": None, "clipped": None}
    assert norms_of_lanes([]) == []


def scored(scores: dict[str, tuple[float, float]], task: str = "adding", seeds: int = 10) -> pl.DataFrame:
    """Rows of a GRU: what each arm scores at a small and at a large rate."""
    return pl.concat(
        [
            lanes(
                "gru",
                [
                    score + 0.0007 * (seed % 3) * (arm != "no clipping")
                    for seed, score in enumerate(spread(centre, seeds))
                ],
                arm=arm,
                task=task,
                rate=rate,
            )
            for arm, both in scores.items()
            for rate, centre in zip((0.01, 0.1), both, strict=True)
        ]
    )


def norms(rows: pl.DataFrame, large: float, small: float) -> pl.DataFrame:
    """Norms of the clipped lanes, in thresholds: of the large rate, and of the small one."""
    clip = pl.col("arm").replace_strict(ARMS, return_dtype=pl.Float64)
    times = pl.when(pl.col("learning_rate") > 0.05).then(large).otherwise(small)
    table = rows.select("run", "lane", clip.alias("clip"), (times * clip).alias("norm_max"))
    return table.with_columns(norm=pl.lit(0.5), clipped=pl.lit(0.1)).select(list(SCHEMA))


def decided(rows: pl.DataFrame, large: float = 20.0, small: float = 2.0):
    measured = {"norms": norms(rows, large, small)}
    return claim_of(15).decide(Results("cpu", rows, {}, Path("nowhere")), measured)


def test_supported_where_nothing_learns_unclipped_and_large_norms_come_to_no_good():
    rows = scored({"no clipping": (0.3, 0.2), "clipping at 1.0": (0.9, 0.1), "clipping at 5.0": (0.8, 0.1)})
    found = decided(rows)
    assert found.outcome == "supported"
    values = {fact.what: fact.value for fact in found.facts}
    assert values["GRU on adding with clipping at 1.0 less without, at the selected rates, scaled score"] == (
        pytest.approx(0.6, abs=0.001)
    )
    assert values["GRU on adding with clipping at 1.0 less without, mean over all rates, scaled score"] == (
        pytest.approx(0.25, abs=0.001)
    )
    assert values["clipped lanes with a norm over 5 times the threshold, share of 40"] == 0.5


def test_contradicted_where_clipping_changes_nothing():
    same = dict.fromkeys(ARMS, (0.9, 0.8))
    assert decided(scored(same)).outcome == "contradicted"  # alarms, and no trouble
    assert decided(scored(same), large=2.0).outcome == "contradicted"  # no alarms


def test_depends_where_clipping_helps_at_bad_rates_only():
    rows = scored({"no clipping": (0.9, 0.1), "clipping at 1.0": (0.9, 0.8), "clipping at 5.0": (0.9, 0.1)})
    found = decided(rows)
    assert found.outcome == "depends"
    assert "helps GRU on adding with clipping at 1.0." in found.sentence


def test_depends_where_tasks_disagree():
    needed = scored({"no clipping": (0.3, 0.2), "clipping at 1.0": (0.9, 0.1), "clipping at 5.0": (0.8, 0.1)})
    free = scored(dict.fromkeys(ARMS, (0.9, 0.1)), task="copy")
    assert decided(pl.concat([needed, free])).outcome == "depends"


def test_undecided_with_few_seeds_and_without_learning():
    clear = {"no clipping": (0.3, 0.2), "clipping at 1.0": (0.9, 0.1), "clipping at 5.0": (0.8, 0.1)}
    assert decided(scored(clear, seeds=4)).outcome == "undecided"
    assert decided(scored(dict.fromkeys(ARMS, (0.05, 0.03)))).outcome == "undecided"


def test_diverged_lanes_are_counted_in_their_arm():
    rows = scored(dict.fromkeys(ARMS, (0.9, 0.8)))
    blown = (pl.col("arm") == "no clipping") & (pl.col("learning_rate") > 0.05) & (pl.col("seed") < 4)
    rows = rows.with_columns(diverged_step=pl.when(blown).then(7).otherwise(None).cast(pl.Int64))
    shares = {fact.what: fact for fact in decided(rows).facts if "diverged" in fact.what}
    free = shares["share of diverged lanes, no clipping (20 lanes, all rates)"]
    assert (free.value, free.low, free.high) == (0.2, 0.0, 0.5)
    assert shares["share of diverged lanes, clipping at 1.0 (20 lanes, all rates)"].value == 0.0


def test_trouble_is_less_than_half_of_the_best_median_or_divergence():
    rows = pl.concat(
        [
            lanes("gru", [0.8, 0.8, 0.9], rate=0.01),
            lanes("gru", [0.39, 0.41, 0.0], rate=0.1),
            lanes("gru", [0.8], rate=0.2, diverged_step=5),
        ]
    )
    assert with_trouble(rows)["trouble"].to_list() == [False, False, False, True, False, True, True]


def alarmed(trouble_with: list[bool], trouble_without: list[bool]) -> pl.DataFrame:
    rows = [
        {"arm": "clipping at 1.0", "seed": seed, "clip": 1.0, "norm_max": norm, "trouble": bad}
        for norm, lanes_of in ((5.1, trouble_with), (5.0, trouble_without))
        for seed, bad in enumerate(lanes_of)
    ]
    return pl.DataFrame(rows)


def test_an_alarm_is_more_than_so_many_times_the_threshold():
    found = alarm(alarmed([True] * 6 + [False] * 2, [False] * 8), 5, 0.05)
    assert (found.lanes, found.alarmed, found.trouble, found.otherwise) == (16, 8, 0.75, 0.0)
    assert found.difference is not None
    assert found.difference.call.test.p_value == pytest.approx(2 / 64)


@pytest.mark.parametrize(
    ("trouble_with", "trouble_without", "expected"),
    [
        ([True] * 8, [False] * 8, "holds"),
        ([True] * 8, [True] * 8, "open"),
        ([True] * 4 + [False] * 4, [False] * 8, "fails"),  # exactly half
        ([True] * 5 + [False] * 3, [True] * 5 + [False] * 3, "open"),
        ([], [True] * 8, "unseen"),
        ([True] * 3, [], "open"),
    ],
)
def test_whether_large_norms_mean_trouble(trouble_with, trouble_without, expected):
    assert warning(alarm(alarmed(trouble_with, trouble_without), 5, 0.05)) == expected


def test_the_table_of_outcomes():
    parts = ("holds", "fails", "mixed", "open", "unseen")
    table = {(*key, helps): outcome(*key, helps=helps) for key in product(parts, parts) for helps in (False, True)}
    assert {key[:2] for key, found in table.items() if found == "supported"} == {("holds", "holds")}
    assert {key for key, found in table.items() if found == "contradicted"} == {
        ("fails", "fails", False),
        ("fails", "unseen", False),
    }
    depends = {key for key, found in table.items() if found == "depends"}
    assert depends == {
        *(("mixed", warns, helps) for warns in parts for helps in (False, True)),
        *(("fails", warns, True) for warns in parts),
        ("fails", "holds", False),
        *(("holds", "fails", helps) for helps in (False, True)),
    }
