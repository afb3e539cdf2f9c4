"""The numbers, the verdict and the drawing of multi-query recall."""

import numpy as np
import polars as pl
import pytest
from synthetic_results import lane_rows, table_of

from lrbench.figures import Number, figure_of
from lrbench.studies import Results

FIGURE = figure_of("associative_recall")

GROWS, FLAT, FALLS, FULL = (0.4, 0.0, 0.3), (0.099, 0.0, 0.3), (0.4, 0.051, 0.3), (0.01, 0.06, 0.95)


def numbers_of(**models: tuple[float, float, float]) -> dict[str, Number]:
    return {
        f"{model}_{name}": Number(f"{model}_{name}", "", value, "of medians of 3")
        for model, values in models.items()
        for name, value in zip(("rise", "fall", "lowest"), values, strict=True)
    }


@pytest.mark.parametrize(
    ("gru", "lstm", "mamba", "outcome"),
    [
        (GROWS, GROWS, GROWS, "reproduced"),
        ((0.1, 0.05, 0.3), GROWS, FULL, "reproduced"),
        (FLAT, GROWS, GROWS, "partly"),
        (GROWS, GROWS, FALLS, "partly"),
        (FLAT, FALLS, FULL, "partly"),
        (FLAT, FALLS, (0.0, 0.0, 0.949), "not reproduced"),
    ],
)
def test_growth_with_the_state_decides(gru, lstm, mamba, outcome):
    verdict = FIGURE.judge(numbers_of(gru=gru, lstm=lstm, mamba=mamba))
    assert verdict.outcome == outcome
    assert f"({100 * gru[0]:+.1f} points" in verdict.sentence


def made_up(tmp_path) -> Results:
    """Three seeds a width; the chosen rate is the smaller, whose tests are worse; a longer test that does not count."""
    rows = []
    for model, carried, medians in (
        ("gru", 2, {16: 0.3, 32: 0.5, 64: 0.45, 128: 0.8}),
        ("lstm", 4, {16: 0.2, 32: 0.4, 64: 0.6, 128: 0.7}),
        ("mamba", 76, {16: 0.96, 32: 1.0, 64: 1.0}),
    ):
        for width, median in medians.items():
            for seed in range(3):
                for lane, rate, validation in ((2 * seed, 0.001, 0.9), (2 * seed + 1, 0.01, 0.5)):
                    value = median + 0.1 * (seed - 1) if rate == 0.001 and model != "mamba" else median
                    own = {"run": f"{model}-{width}", "model": model, "seed": seed, "lane": lane, "width": width}
                    own |= {"learning_rate": rate, "validation_score": validation, "train_length": 64}
                    own |= {"task": "associative_recall_short", "parameters": 100 * width + carried}
                    own |= {"state_size": carried * width, "score_name": "token_accuracy", "chance": 1 / 32}
                    score = {64: value, 128: 0.0}
                    rows += [row | {"score": score[row["eval_length"]]} for row in lane_rows(score, **own)]
    return Results("cpu", table_of(rows).with_columns(arm=pl.lit("widths")), {}, tmp_path)


def test_numbers_are_medians_at_each_width_and_their_rise(tmp_path):
    found = {one.key: one for one in FIGURE.numbers(made_up(tmp_path), {})}
    gru = found["gru_64"]
    assert (gru.value, gru.seeds) == (0.45, 3)
    assert (gru.low, gru.high) == pytest.approx((0.35, 0.55))
    assert "width 64, 128 numbers carried" in gru.what
    assert found["gru_rise"].value == pytest.approx(0.5)
    assert found["gru_fall"].value == pytest.approx(0.05)
    assert (found["lstm_fall"].value, found["lstm_lowest"].value) == (0.0, 0.2)
    assert found["best"].value == 1.0
    assert "Mamba, width 32, 2,432 numbers carried" in found["best"].what
    assert (found["chance"].value, found["seen"].value) == (1 / 32, 1 / 4)


def test_it_draws_accuracy_over_what_is_carried_and_names_the_widths(tmp_path):
    (panel,) = FIGURE.draw(made_up(tmp_path), {}).axes
    lines = {line.get_label(): line for line in panel.lines}
    np.testing.assert_array_equal(lines["LSTM"].get_xdata(), [64, 128, 256, 512])
    np.testing.assert_allclose(lines["LSTM"].get_ydata(), [0.2, 0.4, 0.6, 0.7])
    words = [text.get_text() for text in panel.texts]
    assert words.count("128") == 2
    assert "attention, every width (published)" in words


def test_the_pairs_of_the_rule_are_those_of_the_sweeps():
    for arms in FIGURE.study.arms.values():
        for arm in arms:
            assert not any(word.startswith("task.pairs") for word in arm.words)
