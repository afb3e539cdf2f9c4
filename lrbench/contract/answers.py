"""Who can answer: the oracle everything, the memoryless baseline as much as chance, a table no more than that."""

import jax
import numpy as np

from lrbench.contract.draws import (
    answers,
    answers_to,
    batch,
    far_batch,
    far_metrics_of,
    furthest,
    headline,
    lengths_looked_at,
    measured,
    metrics_of,
    padded_batch,
    pooled,
    possible,
    size_of,
    tokens,
    weights,
)
from lrbench.contract.point import ContractError, naming
from lrbench.data import Classes, GeneratedTask, Metrics

#: Batches that the baseline and the table are measured on.
SEEDS, TABLE_SEEDS = 4, 8
#: Standard errors that a mean may lie off.
ERRORS = 4.0


def has_an_oracle(task: GeneratedTask) -> str:
    """The oracle scores 1 on short sequences, at both ends of the training lengths, and at one length beyond them."""
    looked_at = sorted({possible(task, 2), *lengths_looked_at(task)})
    for length in looked_at:
        answered = answers(task, "oracle", length)
        wrong = _wrong(task, metrics_of(task, answered, length), length)
        if wrong is not None:
            raise ContractError(f"{wrong}{_shift(task, answered, length)}")
    return "lengths " + ", ".join(map(str, looked_at))


def has_an_oracle_far_out(task: GeneratedTask) -> str:
    """The oracle scores 1 at the longest evaluation length that can be afforded, on a few sequences."""
    length = furthest(task)
    if length is None:
        return f"no affordable length is beyond {size_of(task)}"
    examples = far_batch(task, length)
    answered = answers_to(task, "oracle", np.asarray(examples.inputs))
    wrong = _wrong(task, far_metrics_of(task, answered, examples), length)
    if wrong is not None:
        raise ContractError(wrong)
    return f"length {length}"


def _wrong(task: GeneratedTask, metrics: Metrics, length: int) -> str | None:
    """Says what the oracle scores where it is not 1, or returns None."""
    scores = headline(task, metrics)
    right = (metrics.correct == metrics.count) & metrics.solved & (np.abs(scores - 1) < 1e-9)
    if np.all(right):
        return None
    return (
        f"at length {length} the oracle scores {np.mean(scores):.4g} instead of 1: it is wrong on "
        f"{np.sum(~right)} of {len(scores)} sequences"
    )


def _shift(task: GeneratedTask, answered: np.ndarray, length: int) -> str:
    """Says so where the answers would be right one step earlier or later."""
    examples = jax.tree.map(lambda leaf: leaf[: len(answered)], padded_batch(task, length))
    for steps, word, edge in ((1, "later", 0), (-1, "earlier", length - 1)):
        inside = examples.mask.copy()
        inside[:, edge] = False
        shifted = measured(task, np.roll(answered, steps, axis=1), examples._replace(mask=inside), length)
        if inside.any() and np.all(shifted.solved):
            return f"; one step {word} its answers would be right: mask or targets stand one step off"
    return ""


def has_a_baseline_at_chance(task: GeneratedTask) -> str:
    """The memoryless baseline scores chance, within its confidence interval."""
    said = ""
    for length in sorted({possible(task, task.lengths.train[0]), size_of(task)}):
        several = [metrics_of(task, answers(task, "memoryless", length, seed), length, seed) for seed in range(SEEDS)]
        scores = np.concatenate([headline(task, metrics) for metrics in several])
        mean, error = pooled(scores, np.concatenate([weights(task, metrics) for metrics in several]))
        chance = task.chance(length)
        if task.score != "fit":
            # Where chance is so small that nobody may have hit in all these answers, their spread says nothing.
            asked = sum(int(metrics.count.sum()) for metrics in several)
            error = max(
                error, np.sqrt(chance * (1 - chance) / (asked if task.score == "token_accuracy" else len(scores)))
            )
        if not abs(mean - chance) <= ERRORS * error + 1e-6:
            raise ContractError(
                f"at length {length} the memoryless baseline scores {mean:.4f} ± {error:.4f} (standard error, "
                f"{len(scores)} sequences), and chance({length}) says {chance:.4f}; one of them is wrong"
            )
        said = f"{mean:.4f} ± {error:.4f}, chance {chance:.4f}"
    return said


def has_a_baseline_without_memory(task: GeneratedTask) -> None:
    """The baseline answers each step from that step's input alone: permuted steps have permuted answers."""
    longest = possible(task, task.lengths.train[1])
    inputs = np.asarray(batch(task, longest).inputs[0])
    order = np.random.default_rng(0).permutation(len(inputs))
    with naming("memoryless"):
        permuted, straight = np.asarray(task.memoryless(inputs[order])), np.asarray(task.memoryless(inputs))
    if not np.array_equal(permuted, straight[order]):
        raise ContractError(
            f"memoryless answers a step of length {longest} otherwise when the steps stand in another order; a row of "
            "its answers must follow from the same row of the inputs"
        )


def is_beaten_by_no_table(task: GeneratedTask) -> str:
    """The best table from a token to an answer, counted on some sequences, is no better than chance on others."""
    if task.score != "token_accuracy" or not isinstance(task.output, Classes) or task.deterministic:
        return "asked of random tasks with classes and token accuracy only"
    return "; ".join(_table(task, length) for length in sorted({possible(task, one) for one in task.lengths.train}))


def _table(task: GeneratedTask, length: int) -> str:
    """Raises ContractError where a table beats chance at a length, or says what it scores."""
    examples = jax.tree.map(
        lambda *leaves: np.concatenate(leaves), *(batch(task, length, seed) for seed in range(TABLE_SEEDS))
    )
    asked = tokens(task, examples.inputs)
    table = np.zeros((asked.max() + 1, task.output.count))
    half = len(asked) // 2
    known = examples.mask[:half]
    np.add.at(table, (asked[:half][known], examples.targets[:half][known]), 1)
    right = np.argmax(table, axis=1)[asked[half:]] == examples.targets[half:]
    scores = np.mean(right, axis=1, where=examples.mask[half:])
    mean, error = pooled(scores, np.sum(examples.mask[half:], axis=1, dtype=float))
    chance = task.chance(length)
    if mean > chance + ERRORS * error + 1e-6:
        raise ContractError(
            f"at length {length} a table from token to answer scores {mean:.4f} ± {error:.4f}, and chance({length}) "
            f"says {chance:.4f}: what it guesses needs no memory, so chance is too low"
        )
    return f"{mean:.4f} ± {error:.4f}, chance {chance:.4f}"
