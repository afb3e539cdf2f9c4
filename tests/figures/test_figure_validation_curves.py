import json

import matplotlib as mpl
import numpy as np
import polars as pl
import pytest
from synthetic_results import row, table_of

from lrbench.analysis.drawing import looks, panels
from lrbench.figures.validation_curves import draw_validation_curves, validation_curves

mpl.use("agg")


@pytest.fixture
def logged(tmp_path):
    for name, scale in (("one", 1.0), ("two", 10.0)):
        folder = tmp_path / name
        folder.mkdir()
        lines = [
            {"step": step, "validation_loss": [scale * step, None if step == 20 else scale * (step + 1), 5.0]}
            for step in (10, 20)
        ]
        (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return {"one": tmp_path / "one", "two": tmp_path / "two"}


def rows():
    """Lanes 0 and 1 of run one, lane 1 of run two, each at two lengths; lane 2 of either has no row."""
    made = [
        row(run=run, lane=lane, seed=lane + 4, model=model, eval_length=length)
        for run, lane, model in (("one", 0, "gru"), ("one", 1, "gru"), ("two", 1, "lstm"))
        for length in (40, 80)
    ]
    return table_of(made).with_columns(arm=pl.lit("a"))


def test_every_lane_with_rows_has_its_losses_once_and_no_other(logged):
    curves = validation_curves(rows(), logged)
    found = curves.select("model", "seed", "step", "loss").rows()
    assert found == [
        ("gru", 4, 10, 10.0),
        ("gru", 4, 20, 20.0),
        ("gru", 5, 10, 11.0),
        ("gru", 5, 20, None),
        ("lstm", 5, 10, 110.0),
        ("lstm", 5, 20, None),
    ]
    assert set(curves["arm"]) == {"a"}


def test_the_line_is_the_median_of_what_is_finite(logged):
    curves = validation_curves(rows(), logged)
    _, (panel,) = panels(1)
    draw_validation_curves(panel, curves, "model", looks(["gru", "lstm"]))
    lines = {line.get_label(): line for line in panel.get_lines()}
    np.testing.assert_allclose(lines["gru"].get_xydata(), [[10, 10.5], [20, 20.0]])
    np.testing.assert_allclose(lines["lstm"].get_xydata(), [[10, 110.0]])
