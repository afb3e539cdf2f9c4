"""The figure of number formats: each verdict at its thresholds, numbers by hand, and scores of a real small run."""

from pathlib import Path

import jax
import numpy as np
import polars as pl
import pytest
from made_up_counts import results_of

from lrbench.evaluation.number_formats import FLOAT32, FORMATS, NumberFormat, quantise
from lrbench.figures import counting
from lrbench.figures.counting import WORD
from lrbench.figures.figure import Number
from lrbench.figures.number_formats import INT8, NumberFormats
from lrbench.runs import execution
from lrbench.runs.configuration import Run, make_run
from lrbench.runs.stop import StopRequest
from lrbench.runs.sweep import plan
from lrbench.runs.trained import trained_parameters
from lrbench.runs.watch import Silence
from lrbench.studies import SCALES, Results, Scale
from lrbench.studies.format_scores import format_scores, scores_of_lanes


def judged(bfloat16: float, p_value: float, float16: float, int8: float, whole: float = 200.0) -> tuple[str, str]:
    values = {
        "float32/exact": whole,
        "bfloat16 carry/kept": bfloat16,
        "bfloat16 carry/p": p_value,
        "float16 carry/kept": float16,
        f"{INT8[0]}/kept": int8,
        f"{INT8[1]}/kept": 1.0,
    }
    verdict = NumberFormats().judge({f"{WORD}/lstm/{key}": Number(key, key, one, "") for key, one in values.items()})
    return verdict.outcome, verdict.sentence


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        ((0.5, 0.05, 0.8, 0.8), "reproduced"),
        ((0.51, 0.05, 0.8, 0.8), "partly"),
        ((0.5, 0.051, 0.8, 0.8), "partly"),
        ((0.5, 0.05, 0.79, 0.8), "partly"),
        ((0.5, 0.05, 0.8, 0.79), "partly"),
        ((0.6, 0.05, 0.8, 0.79), "not reproduced"),
    ],
)
def test_each_verdict_at_its_threshold(values: tuple[float, float, float, float], outcome: str) -> None:
    assert judged(*values)[0] == outcome


def test_the_sentence_says_when_there_was_nothing_to_break() -> None:
    assert "little for bfloat16 to break" in judged(0.9, 1.0, 1.0, 1.0, whole=40)[1]
    assert "little for bfloat16 to break" not in judged(0.9, 1.0, 1.0, 1.0, whole=400)[1]
    assert "little for bfloat16 to break" not in judged(0.4, 0.01, 1.0, 1.0, whole=40)[1]


def test_numbers_of_a_made_up_table(tmp_path: Path) -> None:
    shares = {"float32": 1.0, "bfloat16 carry": 0.25, "float16 carry": 1.0}
    rows = [
        {
            **{"arm": WORD, "model": "lstm", "format": one.name, "run": "r", "lane": seed, "seed": seed},
            **{"exact": int((40 + 4 * seed) * shares.get(one.name, 0.5)), "accepted": 90, "largest": 100},
            "accepted_share": 0.9,
        }
        for one in FORMATS
        for seed in range(8)
    ]
    numbers = {
        one.key: one
        for one in NumberFormats().numbers(results_of(pl.DataFrame(), tmp_path), {"reach": pl.DataFrame(rows)})
    }
    key = f"{WORD}/lstm"
    assert numbers[f"{key}/float32/exact"].value == 54  # 40, 44, … 68
    assert numbers[f"{key}/bfloat16 carry/kept"].value == pytest.approx(0.25)
    # Eight pairs on one side give 2/256; among five formats that differ and one that does not, times six.
    assert numbers[f"{key}/bfloat16 carry/p"].value == pytest.approx(6 * 2 / 256)
    assert numbers[f"{key}/float16 carry/p"].value == 1
    assert numbers[f"{key}/int4 weights per row/accepted"].value == pytest.approx(0.9)
    assert f"{key}/float32/kept" not in numbers


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A small GRU, trained for 60 updates."""
    words = "task=anbn task.threshold=0.3 model=gru model.width=4 batch_size=4 train_length=[1,9] eval_lengths=[21]"
    folder = tmp_path_factory.mktemp("runs")
    sweep = plan(
        [
            *words.split(),
            "steps=60",
            "eval_every=60",
            "eval_examples=4",
            "seeds=3",
            "learning_rates=[0.02]",
            f"runs={folder}",
        ]
    )
    run = make_run(sweep.configs[0], sweep.choices[0])
    execution.execute(run, Silence(), StopRequest())
    return run


def test_float32_gives_the_scores_of_the_run_itself(trained: Run) -> None:
    rows = pl.read_parquet(trained.folder / "results.parquet").filter(pl.col("lane") != 1)
    scores = scores_of_lanes([trained], rows, [FLOAT32, NumberFormat("int4", bits=4)])
    own = scores.filter(pl.col("format") == "float32")
    both = rows.join(own, on=["run", "lane", "eval_length", "n"], suffix="_again")
    assert both.height == rows.height == own.height == 2 * 11
    for column in ("token_accuracy", "sequence_accuracy", "scaled_score"):
        np.testing.assert_array_equal(both[column], both[f"{column}_again"])
    assert not scores.filter(pl.col("format") == "int4")["token_accuracy"].equals(own["token_accuracy"])


def test_a_format_gives_the_judgement_of_its_own_weights(trained: Run) -> None:
    params = jax.tree.map(lambda leaf: leaf[2], quantise(trained_parameters(trained), 4, "row"))
    scores = format_scores(trained, [NumberFormat("it", bits=4, per="row")], [2])
    for row in scores.filter(pl.col("n").is_in([2, 5, 10])).to_dicts():
        n = row["n"]
        inputs = counting.word(n)
        _, outputs = trained.model.apply(params, jax.numpy.asarray(inputs))
        chances = np.asarray(jax.nn.softmax(outputs, axis=-1))
        targets = [*inputs[1:], 0]
        right = [chances[step, target] > 0.3 for step, target in enumerate(targets)]
        exact = all(right) and chances[2 * n, 2] <= 0.3 and chances[2 * n - 1, 0] <= 0.3
        assert row["token_accuracy"] == pytest.approx(np.mean(right))
        assert row["sequence_accuracy"] == exact


def test_what_was_measured_is_drawn(trained: Run, tmp_path: Path) -> None:
    rows = pl.read_parquet(trained.folder / "results.parquet").with_columns(arm=pl.lit(WORD))
    results = Results("smoke", rows, {trained.name: trained}, tmp_path)
    figure = NumberFormats()
    measured = figure.measure(results)
    assert measured["reach"].height == 3 * len(FORMATS)
    assert figure.measure(Results("smoke", rows, {}, tmp_path))["reach"].equals(measured["reach"])  # remembered
    drawn = figure.draw(results, measured)
    assert [text.get_text() for text in drawn.axes[1].texts] == ["not run at this scale"]


@pytest.mark.parametrize("scale", SCALES)
def test_every_sweep_is_one_of_the_figure_counting_but_for_networks_that_count_further(scale: Scale) -> None:
    ours, theirs = (
        {
            frozenset(word.replace(",elman", "") for word in arm.words)
            for arm in figure.study.arms[scale]
            if figure.name == "counting" or (scale, arm.name) != ("cpu", WORD)
        }
        for figure in (NumberFormats(), counting.Counting())
    )
    assert ours <= theirs
    assert ours
