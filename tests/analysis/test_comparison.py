import numpy as np
import polars as pl
import pytest
from scipy import stats
from synthetic_results import lane_rows, row, sweep, table_of

from lrbench.analysis.comparison import compare
from lrbench.analysis.resampling import mean_interval, sign_flip
from lrbench.runs.errors import ConfigurationError


def contender(model, seeds, task="parity", offset=0, **changes):
    """A run's rows from a mapping of scaled scores by length for each seed."""
    return [
        line
        for lane, scores in enumerate(seeds)
        for line in lane_rows(
            scores, task=task, run=f"{task}-{model}-1", model=model, lane=lane, seed=lane + offset, **changes
        )
    ]


def compared(*rows, **options):
    table = table_of([line for some in rows for line in some])
    return compare(table, **({"margin": 0.05, "level": 0.05} | options))


def only(frame, **where):
    (found,) = frame.filter(**where).to_dicts()
    return found


def small(lanes):
    """The sweep without its task of hundreds of lengths."""
    return sweep(lanes).filter(pl.col("task") != "anbn")


RNG = np.random.default_rng(0)
GRU = [{40: 1.0, 80: score, 160: score / 2} for score in RNG.uniform(0.7, 1.0, 8)]
LSTM = [{40: 1.0, 80: score, 160: score / 3} for score in RNG.uniform(0.3, 0.8, 8)]


def test_a_pair_agrees_with_numpy_and_scipy():
    pair = only(compared(contender("gru", GRU), contender("lstm", LSTM)).pairs, eval_length=160)
    differences = np.array([one[160] - other[160] for one, other in zip(GRU, LSTM, strict=True)])
    low, high = mean_interval(differences[None, :])
    assert (pair["first"], pair["second"], pair["pairs"], pair["decides"]) == ("gru", "lstm", 8, True)
    expected = {
        "mean_difference": differences.mean(),
        "low": low.item(),
        "high": high.item(),
        "first_median": np.median([one[160] for one in GRU]),
        "second_median": np.median([one[160] for one in LSTM]),
        "effect_size": differences.mean() / differences.std(ddof=1),
        "share_won": np.mean(differences > 0),
        "sign_flip_p": sign_flip(differences).p_value,
        "holm_p": min(1.0, 2 * sign_flip(differences).p_value),
        "t_test_p": stats.ttest_1samp(differences, 0).pvalue,
        "smallest_p": 2 / 2**8,
        "solved_p": 1.0,
    }
    assert {name: pair[name] for name in expected} == pytest.approx(expected)


def test_the_models_agree_with_numpy():
    comparison = compared(contender("gru", GRU), contender("lstm", LSTM))
    cell = only(comparison.models, contender="gru", eval_length=80)
    values = np.array([one[80] for one in GRU])
    low, high = mean_interval(values[None, :])
    expected = {
        "lanes": 8,
        "median": np.median(values),
        "mean": values.mean(),
        "min": values.min(),
        "best": values.max(),
        "low": low.item(),
        "high": high.item(),
        "held": np.sum(values >= 0.99),
        "failed": np.sum(values <= 0.75),
        "solved": 8,
        "solved_step": 700,
        "solved_seconds": 4.5,
        "parameters": 4478,
        "state_size": 37,
        "seconds": 12.5,
        "learning_rate": 1e-3,
    }
    assert {name: cell[name] for name in expected} == pytest.approx(expected)


def test_the_family_is_the_training_length_and_the_longest():
    comparison = compared(contender("gru", GRU), contender("lstm", LSTM))
    assert comparison.family["eval_length"].to_list() == [40, 160]
    described = only(comparison.pairs, eval_length=80)
    assert described["mean_difference"] is not None
    assert {described[name] for name in ("sign_flip_p", "holm_p", "t_test_p", "solved_p", "established")} == {None}


def test_lengths_can_be_named():
    both = contender("gru", GRU), contender("lstm", LSTM)
    assert compared(*both, lengths=[80]).family["eval_length"].to_list() == [80]
    with pytest.raises(ConfigurationError, match=r"length 90 was not evaluated.*40, 80, 160"):
        compared(*both, lengths=[80, 90])


def test_the_training_length_need_not_be_evaluated():
    rows = [contender(name, [{64: 1.0, 128: 0.5, 256: 0.1}] * 6, train_length=100) for name in ("gru", "lstm")]
    assert compared(*rows).family["eval_length"].to_list() == [128, 256]


def test_holms_family_is_every_pair_task_and_length():
    family = compare(small(10), margin=0.05, level=0.05).family
    assert family.height == 3 * 2 * 2
    raw = sorted(family["sign_flip_p"].to_list())
    assert min(family["holm_p"].to_list()) == pytest.approx(12 * raw[0])
    assert family.filter("established")["holm_p"].max() <= 0.05 < family.filter(~pl.col("established"))["holm_p"].min()


def test_seeds_are_paired_whatever_the_order_of_lanes():
    rows = contender("gru", GRU)
    mixed = [line | {"lane": 7 - line["lane"]} for line in rows[::-1]]
    one, other = compared(rows, contender("lstm", LSTM)), compared(contender("lstm", LSTM), mixed)
    assert one.pairs.equals(other.pairs)


def test_only_shared_seeds_are_paired_and_no_lane_is_dropped():
    comparison = compared(contender("gru", GRU), contender("lstm", LSTM, offset=2))
    pair = only(comparison.pairs, eval_length=80)
    expected = np.mean([one[80] - other[80] for one, other in zip(GRU[2:], LSTM[:-2], strict=True)])
    assert (pair["pairs"], pair["mean_difference"]) == (6, pytest.approx(expected))
    assert pair["first_median"] == np.median([one[80] for one in GRU])


def test_without_a_shared_seed_fisher_stands_alone():
    gru = contender("gru", [{40: 1.0}] * 5 + [{40: 0.1}])
    lstm = contender("lstm", [{40: 1.0}] + [{40: 0.1}] * 6, offset=50)
    comparison = compared(gru, lstm)
    (pair,) = comparison.pairs.to_dicts()
    assert (pair["pairs"], pair["solved_test"], pair["established"]) == (0, "Fisher", None)
    assert pair["solved_p"] == pytest.approx(stats.fisher_exact([[5, 1], [1, 6]]).pvalue)
    assert (pair["first_held"], pair["first_of"], pair["second_held"], pair["second_of"]) == (5, 6, 1, 7)
    assert comparison.family.is_empty()


def test_mcnemar_pairs_the_lanes_that_hold():
    gru = contender("gru", [{40: score} for score in (1.0, 1.0, 1.0, 0.99, 0.98, 1.0, 1.0, 1.0)])
    lstm = contender("lstm", [{40: score} for score in (0.1, 0.1, 0.1, 0.1, 1.0, 0.1, 0.1, 1.0)])
    (pair,) = compared(gru, lstm).pairs.to_dicts()
    assert pair["solved_test"] == "McNemar"
    assert pair["solved_p"] == pytest.approx(stats.binomtest(6, 7).pvalue)


def test_diverged_lanes_count():
    lost = contender("gru", [{40: float("nan")}] * 2, diverged_step=3, solved_step=None)
    rest = [line | {"lane": line["lane"] + 2, "seed": line["seed"] + 2} for line in contender("gru", [{40: 1.0}] * 4)]
    comparison = compared([*lost, *rest], contender("lstm", [{40: 1.0}] * 6))
    cell = only(comparison.models, contender="gru")
    assert (cell["lanes"], cell["diverged"], cell["min"], cell["solved"]) == (6, 2, 0.0, 4)
    assert only(comparison.pairs)["mean_difference"] == pytest.approx(-2 / 6)


def test_costs_are_compared_over_the_seeds_that_both_solve():
    steps = {"gru": [100, 200, None, 900], "lstm": [200, 800, 400, None]}
    rows = [
        line | {"solved_step": steps[name][line["seed"]], "solved_seconds": seconds * (steps[name][line["seed"]] or 0)}
        for name, seconds in (("gru", 0.1), ("lstm", 0.2))
        for line in contender(name, [{40: 1.0}] * 4, parameters={"gru": 300, "lstm": 400}[name])
    ]
    (pair,) = compared(rows).pairs.to_dicts()
    assert (pair["both_solved"], pair["steps_ratio"], pair["parameters_ratio"]) == (2, (0.5 + 0.25) / 2, 0.75)
    assert pair["seconds_ratio"] == pytest.approx((0.25 + 0.125) / 2)


def test_each_is_compared_at_its_selected_rate():
    rows = [
        line
        for model, good in (("gru", 0.1), ("lstm", 0.2))
        for index, rate in enumerate((0.1, 0.2))
        for line in contender(
            model,
            [{40: 0.9 if rate == good else 0.2}] * 6,
            learning_rate=rate,
            validation_score=0.9 if rate == good else 0.3,
        )
        for line in [line | {"lane": 2 * line["lane"] + index}]
    ]
    comparison = compared(rows)
    assert dict(comparison.models.select("contender", "learning_rate").iter_rows()) == {"gru": 0.1, "lstm": 0.2}
    assert comparison.models["median"].to_list() == pytest.approx([0.9, 0.9])


def searched_table(rng, seeds=6):
    """One model twice, at three rates that the test tells apart and validation does not."""
    return table_of(
        [
            row(
                run=f"parity-{model}-1",
                model=model,
                lane=3 * seed + index,
                seed=seed,
                learning_rate=rate,
                score=(1 + scaled) / 2,
                scaled_score=scaled,
                validation_score=min(1.0, rng.normal(0.99, 0.02)),
                validation_loss=rng.exponential(),
            )
            for model in ("a", "b")
            for seed in range(seeds)
            for index, rate in enumerate((0.1, 0.2, 0.3))
            for scaled in [(0.9, 0.6, 0.3)[index] + rng.normal(0, 0.03)]
        ]
    )


def test_a_model_that_chose_other_rates_does_not_differ_from_itself():
    rng, comparisons = np.random.default_rng(5), 60
    called = apart = 0
    for _ in range(comparisons):
        comparison = compare(searched_table(rng), margin=0.05, level=0.05)
        (pair,) = comparison.pairs.to_dicts()
        called += pair["established"]
        apart += comparison.models["learning_rate"].n_unique() > 1
    assert apart > comparisons / 3
    assert called <= stats.binom.isf(0.001, comparisons, 0.05)


def test_training_lengths_are_settings_of_their_own():
    rows = [
        contender(model, [{40: 1.0, 80: score}] * 6, train_length=length, **{"commit": str(length)})
        for model, score in (("gru", 1.0), ("lstm", 0.5))
        for length in (40, 80)
    ]
    rows = [[line | {"run": f"{line['run']}-{line['commit']}"} for line in some] for some in rows]
    comparison = compared(*rows)
    assert comparison.family.select("train_length", "eval_length").rows() == [(40, 40), (40, 80), (80, 80)]
    assert comparison.place(comparison.family.row(1, named=True)) == "parity (trained to 40) at length 80 (2×)"


@pytest.mark.parametrize("change", [{"margin": 0.0}, {"margin": 1.0}, {"level": 0.0}, {"level": 1.5}])
def test_margin_and_level_are_between_0_and_1(change):
    with pytest.raises(ConfigurationError, match="must be between 0 and 1"):
        compared(contender("gru", GRU), contender("lstm", LSTM), **change)


def test_one_model_alone_is_refused():
    with pytest.raises(ConfigurationError, match=r"each model stands alone.*at least 2 models"):
        compared(contender("gru", GRU))
    with pytest.raises(ConfigurationError, match=r"lstm on copy and gru on parity"):
        compared(contender("gru", GRU), contender("lstm", LSTM, task="copy"))


def test_no_shared_length_is_refused():
    with pytest.raises(ConfigurationError, match="share no evaluated length"):
        compared(contender("gru", [{40: 1.0}]), contender("lstm", [{80: 1.0}]))


def test_what_is_left_out_is_told():
    comparison = compared(contender("gru", GRU), contender("lstm", LSTM), contender("gru", GRU, task="copy"))
    assert comparison.notes == ("gru on copy has nothing to be compared with.",)


def test_too_few_seeds_make_everything_impossible():
    assert compare(small(5), margin=0.05, level=0.05).impossible
    # 2 / 2^8 times 12 is above 0.05, and 2 / 2^9 times 12 is not.
    assert compare(small(8), margin=0.05, level=0.05).impossible
    assert not compare(small(9), margin=0.05, level=0.05).impossible
