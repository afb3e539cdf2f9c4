import matplotlib as mpl
import polars as pl
import pytest
from synthetic_results import lane_rows, table_of

from lrbench.figures.figure import Number
from lrbench.figures.languages import lane_means, values_of, with_symbols
from lrbench.figures.regular_languages import TASKS, RegularLanguages
from lrbench.studies import Results

mpl.use("agg")
FIGURE = RegularLanguages()
MODELS = ("elman", "gru", "lstm", "mamba", "mamba_signed")


def made(scaled, tmp_path, models=MODELS, tasks=TASKS, seeds=3):
    """A table of the tasks; `scaled(model, seed, symbols)` says the scores. Rate 0.01 is worse on validation."""
    rows = []
    for task in tasks:
        for model in models:
            for lane, (seed, rate) in enumerate((seed, rate) for seed in range(seeds) for rate in (0.003, 0.01)):
                query = 0 if task == "parity" else 1
                scores = {
                    symbols + query: scaled(model, seed, symbols) if rate == 0.003 else 0.77
                    for symbols in (30, 41, 92, 245, 500)
                }
                changes = {"run": f"{task}-{model}-00000000", "task": task, "model": model, "lane": lane, "seed": seed}
                rows += lane_rows(
                    scores,
                    **changes,
                    learning_rate=rate,
                    validation_score=1.0 if rate == 0.003 else 0.5,
                    tokens_per_second=100.0 if model.startswith("mamba") else 800.0,
                )
    table = table_of(rows).with_columns(pl.col("task").alias("arm"))
    return Results("cpu", table, {}, tmp_path)


def test_strings_are_counted_without_queries():
    rows = table_of(
        [
            one
            for task, length in (("parity", 41), ("even_pairs", 42), ("modular_arithmetic", 42), ("bucket_sort", 82))
            for one in lane_rows({length: 1.0}, run=task, task=task)
        ]
    )
    assert set(with_symbols(rows)["symbols"]) == {41}


def test_a_lane_s_mean_is_over_the_strings_that_count():
    rows = table_of(lane_rows({40: 0.0, 41: 0.2, 256: 0.6, 257: 0.9}, lane=0) + lane_rows({41: 1.0}, lane=1, seed=1))
    means = lane_means(rows, "scaled_score", 256)
    assert values_of(means, "parity", "gru") == pytest.approx([0.4, 1.0])
    assert values_of(means, "parity", "lstm") == []


def test_numbers_are_medians_of_means_at_the_chosen_rate(tmp_path):
    results = made(lambda model, seed, symbols: (seed + 1) / 4 if 41 <= symbols <= 256 else -9.0, tmp_path)
    numbers = {one.key: one for one in FIGURE.numbers(results, {})}
    for task in TASKS:
        for model in MODELS:
            one = numbers[f"{task}_{model}"]
            assert (one.value, one.low, one.high, one.seeds) == pytest.approx((0.5, 0.25, 0.75, 3))
    assert numbers["cost_mamba"].value == numbers["cost_mamba_signed"].value == 8.0
    assert {one.key for one in FIGURE.published} <= set(numbers)


def test_a_lane_that_diverged_counts_as_chance(tmp_path):
    results = made(lambda model, seed, symbols: float("nan") if seed < 2 else 1.0, tmp_path, tasks=("parity",))
    one = {one.key: one for one in FIGURE.numbers(results, {})}["parity_lstm"]
    assert (one.value, one.low, one.high) == (0.0, 0.0, 1.0)


def judged(lstm, positive, signed):
    values = {"parity_lstm": lstm, "parity_mamba": positive, "parity_mamba_signed": signed}
    return FIGURE.judge({key: Number(key, "", value, "") for key, value in values.items()})


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        ((0.9, 0.1, 0.9), "reproduced"),
        ((0.9, -0.1, 0.9), "reproduced"),
        ((0.89, 0.1, 0.9), "partly"),
        ((0.9, 0.11, 0.9), "partly"),
        ((0.9, -0.11, 0.9), "partly"),
        ((0.9, 0.1, 0.89), "partly"),
        ((0.89, 0.1, 0.89), "not reproduced"),
        ((0.9, 0.5, 0.5), "not reproduced"),
        ((float("nan"), 0.0, 1.0), "partly"),
    ],
)
def test_the_rule_at_its_thresholds(values, outcome):
    assert judged(*values).outcome == outcome


def test_the_verdict_names_what_failed():
    assert judged(0.95, 0.04, 0.2).sentence.endswith("Not as published: with eigenvalues in [−1, 1] it has 0.20.")


def test_a_panel_a_language_a_line_a_model_and_published_bars_on_parity(tmp_path):
    results = made(lambda model, seed, symbols: seed / 2, tmp_path)
    panels = [panel for panel in FIGURE.draw(results, {}).axes if panel.get_title(loc="left")]
    assert [panel.get_title(loc="left") for panel in panels] == [
        "parity",
        "even pairs",
        "cycle navigation",
        "modular arithmetic",
    ]
    lines = {line.get_label(): line for line in panels[0].get_lines()}
    assert lines["LSTM"].get_xdata().tolist() == [30, 41, 92, 245]
    assert lines["LSTM"].get_ydata().tolist() == [0.5] * 4
    said = [text.get_text() for text in panels[0].texts]
    assert "published: sLSTM and Mamba, [−1, 1]" in said
    assert "published: Mamba, [0, 1]" in said
    assert not [text for text in panels[1].texts if "published" in text.get_text()]


def test_each_language_is_trained_by_all_five_models():
    for scale in ("cpu", "paper"):
        trained = {}
        for arm in FIGURE.study.arms[scale]:
            words = dict(word.split("=", 1) for word in arm.words)
            assert words["task"] == arm.name
            trained.setdefault(arm.name, set()).update(words["model"].split(","))
        assert trained == {task: set(MODELS) for task in TASKS}
