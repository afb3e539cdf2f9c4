import numpy as np
import polars as pl
from synthetic_results import lane_rows, sweep, table_of

from lrbench.analysis.comparison import compare
from lrbench.analysis.differences import paired_differences
from lrbench.analysis.drawing import save


def compared(table):
    comparison = compare(table, margin=0.05, level=0.05)
    return paired_differences(table, comparison), comparison


def test_a_panel_a_task_and_a_row_a_comparison():
    figure, _ = compared(sweep(10).filter(pl.col("task") != "anbn"))
    assert [panel.get_title(loc="left") for panel in figure.axes] == ["adding", "parity"]
    assert [len(panel.get_yticks()) for panel in figure.axes] == [6, 6]
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()][:2] == ["gru − lstm, 50", "gru − mamba, 50"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        *("established at 0.05", "not established", "margin ±0.05")
    ]


def test_dots_are_the_pairs_and_diamonds_the_means():
    figure, comparison = compared(sweep(10).filter(pl.col("task") == "adding"))
    (panel,) = figure.axes
    dots = [line for line in panel.get_lines() if line.get_marker() == "o"]
    means = [line for line in panel.get_lines() if line.get_marker() == "D"]
    for drawn, mean, pair in zip(dots, means, comparison.family.to_dicts(), strict=True):
        assert len(drawn.get_xdata()) == pair["pairs"] == 10
        np.testing.assert_allclose(np.mean(drawn.get_xdata()), pair["mean_difference"])
        np.testing.assert_allclose(mean.get_xdata(), pair["mean_difference"])
        assert (mean.get_markerfacecolor() != "white") == pair["established"]


def test_an_interval_is_a_line():
    figure, comparison = compared(sweep(10).filter(pl.col("task") == "adding"))
    lines = [line.get_xdata() for line in figure.axes[0].get_lines() if line.get_linewidth() == 2.2]
    np.testing.assert_allclose(lines, comparison.family.select("low", "high").to_numpy())


def test_without_a_pair_there_is_nothing_to_draw():
    rows = [
        line
        for model, seed in (("gru", 0), ("lstm", 1))
        for line in lane_rows({40: 0.5}, run=f"parity-{model}-1", model=model, seed=seed)
    ]
    assert compared(table_of(rows))[0] is None


def test_one_pair_and_wild_scores_are_drawn(tmp_path):
    rows = [
        line
        for model, score in (("gru", 0.5), ("lstm", -40.0))
        for line in lane_rows({40: score}, run=f"parity-{model}-1", model=model)
    ]
    figure, _ = compared(table_of(rows))
    assert figure.axes[0].get_xlim()[1] < 1.5
    assert all(path.stat().st_size for path in save(figure, tmp_path, "differences"))
