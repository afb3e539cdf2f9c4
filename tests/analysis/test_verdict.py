import polars as pl
import pytest
from synthetic_results import lane_rows, row, sweep, table_of

from lrbench.analysis.comparison import compare
from lrbench.analysis.verdict import find_verdict, outcome


def verdict_of(level=0.05, margin=0.05, cautions=(), lengths=None, offset=0, **scaled):
    """The verdict on parity, from {model: [scaled scores by length of each seed]}."""
    rows = [
        line
        for number, (model, seeds) in enumerate(scaled.items())
        for seed, scores in enumerate(seeds)
        for line in lane_rows(
            scores, run=f"parity-{model}-1", model=model, lane=seed, seed=seed + number * offset, n=None
        )
    ]
    return find_verdict(compare(table_of(rows), margin=margin, level=level, lengths=lengths), cautions)


def at_80(*scores):
    return [{80: score} for score in scores]


def test_a_clear_difference_is_a_sentence_with_its_numbers():
    verdict = verdict_of(gru=at_80(*(0.9 + 0.001 * seed for seed in range(6))), lstm=at_80(*[0.5] * 6))
    assert verdict.headline == (
        "Of 1 comparison, 1 difference is established, with a chance of at most 5 % of any false one: gru over lstm on "
        "parity at length 80 (2×)."
    )
    assert verdict.sentences == (
        "parity at length 80 (2×): gru is better than lstm. gru's mean scaled score is 0.40 above lstm's (95 % "
        "interval 0.40 to 0.40); of 6 paired seeds it won 6 and lost 0; sign-flip test p = 0.0312. That is more than "
        "the margin of 0.05. At 0.99 or more: gru 0 of 6, lstm 0 of 6 (McNemar p = 1).",
    )


def test_the_better_is_named_on_either_side():
    one = verdict_of(gru=at_80(*[0.5] * 6), lstm=at_80(*(0.9 + 0.001 * seed for seed in range(6))))
    assert "lstm is better than gru. lstm's mean scaled score is 0.40 above gru's" in one.sentences[0]
    assert "it won 6 and lost 0" in one.sentences[0]


def test_five_seeds_are_told_to_be_too_few():
    verdict = verdict_of(gru=at_80(*[0.9] * 5), lstm=at_80(*[0.1] * 5))
    assert verdict.headline == (
        "With 5 paired seeds no difference can be established, whatever the scores: the smallest p-value of the "
        "sign-flip test is 0.0625, above 0.05. It takes at least 6 seeds."
    )
    assert "is better is undecided" in verdict.sentences[0]
    assert "takes about 6 seeds" in verdict.sentences[0]


def test_a_family_takes_more_seeds():
    verdict = verdict_of(gru=at_80(*[0.9] * 6), lstm=at_80(*[0.5] * 6), mamba=at_80(*[0.1] * 6))
    assert "is 0.0312, times 3 comparisons, above 0.05. It takes at least 7 seeds." in verdict.headline


def test_equal_scores_are_practically_equal_with_a_bound():
    verdict = verdict_of(gru=at_80(*[1.0] * 8), lstm=at_80(*[1.0] * 8))
    assert (
        verdict.headline
        == "Of 1 comparison, no difference is established at 0.05: 1 practically equal on the seeds seen."
    )
    assert verdict.sentences[0] == (
        "parity at length 80 (2×): gru and lstm are practically equal on these seeds: both intervals of the mean "
        "difference lie within ±0.05. On 8 paired seeds their scores are the same. 0 of the 8 pairs differ by more; of "
        "other seeds up to 31 % may. At 0.99 or more: gru 8 of 8, lstm 8 of 8 (McNemar p = 1)."
    )


def test_few_equal_scores_are_not_called_equal():
    verdict = verdict_of(gru=at_80(*[1.0] * 5), lstm=at_80(*[1.0] * 5))
    assert "undecided" in verdict.sentences[0]
    assert "practically equal" not in verdict.headline


def test_a_small_but_certain_difference_is_told_to_be_nothing():
    verdict = verdict_of(gru=at_80(*(0.91 + 0.0001 * seed for seed in range(8))), lstm=at_80(*[0.9] * 8))
    assert verdict.headline.endswith("gru over lstm on parity at length 80 (2×) (by less than 0.05).")
    assert "But it is practically nothing" in verdict.sentences[0]


def test_an_established_difference_of_unclear_size_is_told():
    verdict = verdict_of(gru=at_80(0.56, 0.57, 0.52, 0.61, 0.7, 0.58, 0.53), lstm=at_80(*[0.5] * 7))
    assert "gru is better than lstm" in verdict.sentences[0]
    assert "Whether it is more than the margin of 0.05 is not decided." in verdict.sentences[0]


def test_nobody_wins_below_chance_without_a_word():
    verdict = verdict_of(gru=at_80(*[-0.1] * 6), lstm=at_80(*(-0.9 - 0.02 * seed for seed in range(6))))
    assert "gru over lstm on parity at length 80 (2×) (neither above chance)" in verdict.headline
    assert "Neither is above chance (medians −0.10 and −0.95)." in verdict.sentences[0]


def test_without_shared_seeds_nothing_is_decided():
    verdict = verdict_of(offset=10, gru=at_80(*[0.9] * 6), lstm=at_80(*[0.1] * 6))
    assert verdict.headline.startswith("Nothing is decided: no two models share a seed.")
    assert "gru and lstm share no seed, so nothing decides between them" in verdict.sentences[0]
    assert "(Fisher p = 1)" in verdict.sentences[0]


def test_the_sentence_never_says_more_than_the_test():
    table = sweep(12).filter(pl.col("task") != "anbn")
    for level in (0.05, 0.001):
        comparison = compare(table, margin=0.05, level=level)
        pairs = comparison.pairs.filter("decides").to_dicts()
        for pair, sentence in zip(pairs, find_verdict(comparison).sentences, strict=True):
            assert ("is better than" in sentence) == (pair["holm_p"] <= level) == pair["established"]
            assert (outcome(pair) in (pair["first"], pair["second"])) == pair["established"]


def test_bimodal_lanes_are_told():
    verdict = verdict_of(gru=at_80(1.0, 1.0, 1.0, 1.0, 0.1, 0.0, 0.8), lstm=at_80(*[1.0] * 7))
    (caution,) = verdict.cautions
    assert "the lanes of gru fall apart: 4 of 7 reach 0.99, 2 end at 0.75 or below" in caution


def test_divergence_edges_and_what_the_caller_knows_are_told():
    rows = [
        line
        for model in ("gru", "lstm")
        for lane, (seed, rate) in enumerate((seed, rate) for seed in range(6) for rate in (0.1, 0.2))
        for line in lane_rows(
            {40: 0.5},
            run=f"parity-{model}-1",
            model=model,
            lane=lane,
            seed=seed,
            learning_rate=rate,
            validation_score=rate,
            diverged_step=3 if (model, seed, rate) == ("gru", 2, 0.2) else None,
        )
    ]
    verdict = find_verdict(compare(table_of(rows), margin=0.05, level=0.05), ["Something else."])
    assert verdict.cautions[0].startswith("1 of 6 lanes of gru on parity diverged in training: counted")
    assert "0.2, is the largest of the 2 trained" in verdict.cautions[1]
    assert verdict.cautions[-1] == "Something else."
    assert any("every flip of the sign-flip test chooses them anew" in note for note in verdict.notes)


def test_lanes_without_a_partner_are_told():
    verdict = verdict_of(offset=1, gru=at_80(*[1.0] * 8), lstm=at_80(*[0.5] * 8))
    assert any("2 lanes without a partner of the same seed" in caution for caution in verdict.cautions)


def test_fewer_seeds_of_one_pair_are_told():
    verdict = verdict_of(
        gru=at_80(*(0.9 + 0.001 * seed for seed in range(8))), lstm=at_80(*[0.5] * 8), mamba=at_80(*[0.1] * 4)
    )
    few = [caution for caution in verdict.cautions if "smallest p-value is 0.125" in caution]
    assert len(few) == 2
    assert "gru and mamba: with 4 paired seeds" in few[0]


def test_costs_are_told():
    rows = [
        row(run=f"parity-{model}-1", model=model, lane=seed, seed=seed, solved_step=step, parameters=size)
        for model, step, size in (("gru", 300, 4478), ("lstm", 600, 4513), ("mamba", None, 4496))
        for seed in range(3)
    ]
    (costs,) = find_verdict(compare(table_of(rows), margin=0.05, level=0.05)).costs
    assert "gru (4,478 parameters) solved validation in 3 of 3 lanes, after a median of 300 steps and 4.5 s" in costs
    assert "mamba (4,496 parameters) solved validation in 0 of 3 lanes." in costs
    assert "Seed by seed, gru takes 0.5 times lstm's steps and 1 times its seconds (median of 3 seeds" in costs
    assert "gru takes" in costs
    assert "times mamba's" not in costs


def test_the_text_has_everything():
    verdict = verdict_of(gru=at_80(*[1.0] * 6), lstm=at_80(*[0.5] * 6))
    text = verdict.text()
    for part in (verdict.headline, *verdict.sentences, *verdict.costs, *verdict.cautions, *verdict.notes):
        assert part in text


@pytest.mark.parametrize("models", [1, 2])
def test_counting_tasks_are_told_by_n(models):
    rows = [
        line | {"n": line["eval_length"] // 2}
        for model in ("gru", "lstm", "mamba")[: models + 1]
        for seed in range(6)
        for line in lane_rows({40: 1.0}, run=f"anbn-{model}-1", task="anbn", model=model, lane=seed, seed=seed)
    ]
    verdict = find_verdict(compare(table_of(rows), margin=0.05, level=0.05))
    assert verdict.sentences[0].startswith("anbn at n = 20: gru and lstm")
