import io
from pathlib import Path

import polars as pl
import pytest

from lrbench.figures import Number, figure_of
from lrbench.studies import Results
from lrbench.studies.gru_against_lstm.cases import ATS
from lrbench.studies.gru_against_lstm.grid import GRIDS
from lrbench.studies.gru_against_lstm.times import TIMES


@pytest.fixture(scope="module")
def figure():
    return figure_of("parameters_and_time")


def results():
    return Results("cpu", pl.DataFrame(), {}, Path("none"))


def table(ratios):
    """A table of the layers of the cpu scale, all of one ratio at equal width and one at equal parameters."""
    rows = [
        {
            "work": "layer",
            **sizes,
            "at": at,
            "lstm_width": sizes["H"],
            "gru_parameters": 3,
            "lstm_parameters": 4,
            "gru_seconds": 1.0,
            "lstm_seconds": ratio,
            "ratio": ratio,
            "ratio_low": ratio - 0.05,
            "ratio_high": ratio + 0.1,
            "repeats": 7,
            "deviation": 1e-7,
            "implementation": "sequential",
            "machine": "1 x abacus, 2 cores; jax 0.10.2",
            "versions": "{}",
            "load": 0.25,
        }
        for place, sizes in enumerate(GRIDS["cpu"].layers)
        for at, ratio in zip(ATS, ratios(place), strict=True)
    ]
    return pl.DataFrame(rows, schema=TIMES)


def test_the_numbers_of_a_made_up_table(figure):
    made = table(lambda place: (1.2 + place / 100, 0.9) if place else (1.0, 0.9))
    numbers = {one.key: one for one in figure.numbers(results(), {"times": made})}
    count = len(GRIDS["cpu"].layers)
    assert (numbers["gru_parameters"].value, numbers["lstm_parameters"].value) == (295680, 394240)
    assert numbers["saving"].value == 25
    assert numbers["equal_parameters_width"].value == 215
    assert numbers["width_ratio"].value == 215 / 256
    wide = numbers["equal_width"]
    assert (wide.low, wide.high, wide.seeds) == (1.0, pytest.approx(1.2 + (count - 1) / 100), 7)
    assert wide.value == pytest.approx(sorted([1.0, *(1.2 + place / 100 for place in range(1, count))])[count // 2])
    assert numbers["share_equal_width"].value == pytest.approx((count - 1) / count)
    assert numbers["share_equal_parameters"].value == 0
    one = numbers["layer B32 T256 I64 H128 equal width"]
    assert (one.value, one.low, one.high) == pytest.approx((1.0, 0.95, 1.1))
    assert {published.key for published in figure.published} <= set(numbers)
    assert len(numbers) == len(figure.numbers(results(), {"times": made}))


@pytest.mark.parametrize(
    ("gru", "share", "outcome"),
    [
        (295680, 0.8, "reproduced"),
        (295680, 0.79, "partly"),
        (295000 * 1.0051, 0.8, "partly"),
        (295000 * 0.99, 0.0, "not reproduced"),
    ],
)
def test_each_branch_of_the_rule(figure, gru, share, outcome):
    made = {one.key: one for one in figure.numbers(results(), {"times": table(lambda _: (1.2, 1.0))})}
    made["gru_parameters"] = Number("gru_parameters", "", gru, "exact")
    made["share_equal_width"] = Number("share_equal_width", "", share, "of 12 cases")
    verdict = figure.judge(made)
    assert verdict.outcome == outcome
    assert f"in {share:.0%} of the cases" in verdict.sentence


def test_a_round_under_one_does_not_count_as_faster(figure):
    numbers = {one.key: one for one in figure.numbers(results(), {"times": table(lambda _: (1.105, 1.04))})}
    assert numbers["share_equal_width"].value == 1
    under = table(lambda _: (1.105, 1.04)).with_columns(ratio_low=pl.lit(1.0))
    numbers = {one.key: one for one in figure.numbers(results(), {"times": under})}
    assert numbers["share_equal_width"].value == 0


def test_a_panel_shows_the_layers_that_differ_in_its_letter(figure):
    drawn = figure.draw(results(), {"times": table(lambda place: (1.2, 1.0))})
    by_label = {panel.get_xlabel().split(",")[0]: panel for panel in drawn.axes}
    panel = by_label["sequences in a batch"]
    ticks = [label.get_text() for label in panel.get_xticklabels()]
    assert ticks == [str(size) for size in sorted({32, *GRIDS["cpu"].others["B"]})]
    assert len({panel.get_ylim() for panel in drawn.axes[2:]}) == 1
    drawn.savefig(io.BytesIO(), format="png")


def test_nothing_is_trained(figure):
    assert figure.study.arms == {"smoke": (), "cpu": (), "paper": ()}
    assert set(figure.text["deviations"]) == {"smoke", "cpu", "paper"}
