"""The numbers, the verdict and the drawing of induction heads, and the reading of long sequences."""

import json
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
import pytest
from synthetic_results import lane_rows, table_of

from lrbench.evaluation import make_examiner
from lrbench.figures import Number, figure_of
from lrbench.runs.configuration import Run, make_run
from lrbench.runs.sweep import plan
from lrbench.studies import SCALES, Results
from lrbench.studies.long_lengths import COLUMNS, long_scores, read_long
from lrbench.studies.rates import at_selected_rates

FIGURE = figure_of("induction_heads")


def numbers_of(mamba: float, longest: float = 2.0**20) -> dict[str, Number]:
    values = {"mamba_reach": mamba, "gru_reach": 128.0, "lstm_reach": 64.0, "train_length": 64.0, "longest": longest}
    return {key: Number(key, key, value, "median of 8") for key, value in values.items()}


@pytest.mark.parametrize(
    ("reach", "outcome"),
    [
        (2.0**20, "reproduced"),
        (2.0**18, "partly"),
        (8 * 64.0, "partly"),
        (256.0, "not reproduced"),
        (0.0, "not reproduced"),
    ],
)
def test_how_far_mamba_holds_decides(reach, outcome):
    verdict = FIGURE.judge(numbers_of(reach))
    assert verdict.outcome == outcome
    assert f"{reach:,.0f} of 1,048,576 steps; GRU to 128 and LSTM to 64." in verdict.sentence


def made_up(tmp_path, runs=None) -> tuple[Results, dict[str, pl.DataFrame]]:
    """Three seeds a model at 64 and 512 (by rows) and 4096 (by reading); the GRU has a second, worse rate."""
    rows, long = [], []
    for model, at_512, at_4096 in (
        ("gru", (1.0, 0.96, 0.9), (0.98, 0.5, 0.1)),
        ("lstm", (0.3, 0.2, 0.1), (0.1, 0.1, 0.1)),
        ("mamba", (1.0, 1.0, 1.0), (1.0, 0.97, 0.2)),
    ):
        for seed in range(3):
            same = {"run": model, "model": model, "seed": seed, "task": "induction_heads", "train_length": 64}
            same |= {"parameters": 14340, "match_residual": 0.0, "chance": 1 / 15}
            for lane, rate, validation in ((2 * seed, 0.003, 0.5), (2 * seed + 1, 0.01, 0.99))[model != "gru" :]:
                score = {64: 1.0, 512: at_512[seed] if rate == 0.01 else 0.0}
                own = same | {"lane": lane, "learning_rate": rate, "validation_score": validation}
                rows += [row | {"score": score[row["eval_length"]]} for row in lane_rows(score, **own)]
            long.append(
                {name: same[name] for name in ("run", "model", "seed", "train_length", "chance")}
                | {"lane": 2 * seed + 1, "eval_length": 4096, "sequences": 64}
                | {"score": at_4096[seed], "scaled_score": at_4096[seed]}
            )
    results = Results("cpu", table_of(rows).with_columns(arm=pl.lit("trained at 64")), runs or {}, tmp_path)
    return results, {"long": pl.DataFrame(long, schema=COLUMNS)}


def test_numbers_are_medians_at_the_rate_that_validation_chose(tmp_path):
    results, measured = made_up(tmp_path)
    found = {one.key: one for one in FIGURE.numbers(results, measured)}
    gru = found["gru_9"]
    assert (gru.value, gru.low, gru.high, gru.seeds, gru.statistic) == (0.96, 0.9, 1.0, 3, "median of 3")
    assert found["gru_12"].value == 0.5
    assert "64 sequences a seed" in found["gru_12"].what
    assert found["gru_best"].value == 0.98
    # At 64 and 512 the GRU's median is at least 0.95, at 4,096 it is 0.5; the LSTM falls at 512 already.
    assert (found["gru_reach"].value, found["lstm_reach"].value, found["mamba_reach"].value) == (512, 64, 4096)
    assert (found["train_length"].value, found["longest"].value) == (64, 4096)
    assert FIGURE.judge(found).outcome == "reproduced"


def test_published_lengths_that_were_not_tested_have_no_value(tmp_path):
    results, measured = made_up(tmp_path)
    found = {one.key: one for one in FIGURE.numbers(results, measured)}
    assert {one.key for one in FIGURE.published} <= set(found)
    assert np.isnan(found["mamba_20"].value)
    assert found["mamba_20"].seeds == 0
    assert "gru_20" not in found


def test_it_draws_a_line_a_model_and_published_points_within_reach(tmp_path):
    results, measured = made_up(tmp_path)
    (panel,) = FIGURE.draw(results, measured).axes
    lines = {line.get_label(): line for line in panel.lines}
    np.testing.assert_array_equal(lines["GRU"].get_xdata(), [64, 512, 4096])
    np.testing.assert_array_equal(lines["GRU"].get_ydata(), [1.0, 0.96, 0.5])
    words = {text.get_text() for text in panel.texts}
    assert {"trained at 64", "chance", "Mamba (published, trained at 256)", "Hyena (published)"} <= words
    assert all(max(np.atleast_1d(line.get_xdata())) <= 4096 for line in panel.lines)


@pytest.mark.parametrize("scale", SCALES)
def test_lengths_are_powers_of_two_and_no_length_is_read_twice(scale):
    long = FIGURE.text["long_lengths"][scale]
    (arm,) = FIGURE.study.arms[scale]
    (own,) = (json.loads(word.partition("=")[2]) for word in arm.words if word.startswith("eval_lengths="))
    assert not set(long) & set(own)
    assert min(long) > max(own)
    assert all(length & (length - 1) == 0 for length in [*long, *own])


@pytest.fixture(scope="module")
def run() -> Run:
    words = "task=induction_heads model=lstm model.width=6 train_length=8 seeds=3 learning_rates=[0.01,0.02]"
    sweep = plan(words.split())
    return make_run(sweep.configs[0], sweep.choices[0])


@pytest.fixture(scope="module")
def params(run):
    return jax.tree.map(np.asarray, jax.vmap(run.model.init)(jax.random.split(jax.random.key(3), len(run.lanes))))


def test_long_sequences_are_scored_as_by_a_plain_loop(run, params):
    counts = {40: 6, 1500: 6}
    table = read_long(run, params, [1, 4], counts)
    assert table.select("lane", "seed", "eval_length", "sequences").rows() == [
        (1, 0, 40, 6),
        (4, 2, 40, 6),
        (1, 0, 1500, 6),
        (4, 2, 1500, 6),
    ]
    for row in table.iter_rows(named=True):
        count = counts[row["eval_length"]]
        (questions,) = make_examiner(run.task, run.lengths, count, (row["eval_length"],)).test()
        own = jax.tree.map(lambda leaf, lane=row["lane"]: jnp.asarray(leaf[lane]), params)
        _, outputs = run.model.apply(own, jnp.asarray(questions.example.inputs))
        right = np.argmax(np.asarray(outputs)[-1], axis=-1) == questions.example.targets[-1]
        assert row["score"] == right.mean()
        assert row["scaled_score"] == pytest.approx((right.mean() - 1 / 15) / (14 / 15))


def test_what_was_read_is_remembered_beside_the_runs(run, tmp_path, monkeypatch):
    results, measured = made_up(tmp_path, {"gru": replace(run, runs=tmp_path / "runs")})
    chosen = at_selected_rates(results.rows).filter(pl.col("model") == "gru")
    read = []

    def read_long_of(run, params, lanes, counts):
        read.append((run.runs, params, lanes, counts))
        return measured["long"].filter(pl.col("model") == "gru")

    monkeypatch.setattr("lrbench.studies.long_lengths.trained_parameters", lambda one: "parameters")
    monkeypatch.setattr("lrbench.studies.long_lengths.read_long", read_long_of)
    first = long_scores(results, chosen, {4096: 64})
    assert first.equals(measured["long"].filter(pl.col("model") == "gru"))
    another_study = replace(results, folder=tmp_path / "another study")
    assert long_scores(another_study, chosen, {4096: 64}).equals(first)
    assert not another_study.folder.exists()
    assert read == [(tmp_path / "runs", "parameters", [1, 3, 5], {4096: 64})]
    long_scores(results, chosen, {4096: 32})
    assert len(read) == 2
