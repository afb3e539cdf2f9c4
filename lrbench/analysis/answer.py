"""The answer in sentences, with its uncertainty, and never stronger than the evidence."""

from dataclasses import dataclass

import polars as pl

from lrbench.analysis import wording
from lrbench.analysis.contenders import HELD_AT
from lrbench.analysis.evidence import Evidence, gather
from lrbench.analysis.lead import FEWEST_PAIRS


@dataclass(frozen=True)
class TaskAnswer:
    """What was seen on one task, a sentence each."""

    task: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """The answer to "which core remembers what is needed, over which lengths?".

    Attributes:
        headline: one sentence over all tasks.
        certainty: how far it can be trusted, in one or two sentences.
        tasks: the evidence, task by task.
        notes: how the numbers were made and what limits them.
    """

    headline: str
    certainty: str
    tasks: tuple[TaskAnswer, ...]
    notes: tuple[str, ...]

    def text(self) -> str:
        """Returns the whole answer as plain text."""
        lines = [self.headline, self.certainty]
        lines += [f"{one.task}: {' '.join(one.sentences)}" for one in self.tasks]
        return "\n".join([*lines, *self.notes])


def find_answer(table: pl.DataFrame) -> Answer:
    """Returns the answer that a table of results supports.

    Raises:
        ValueError: the table is empty or not a table of results.
    """
    evidence = gather(table)
    return Answer(
        headline=_headline(evidence),
        certainty=_certainty(evidence),
        tasks=tuple(TaskAnswer(part.task, part.sentences()) for part in evidence),
        notes=_notes(table, evidence),
    )


def _headline(evidence: tuple[Evidence, ...]) -> str:
    """Says which contender, at its chosen rate, goes beyond its training length on which tasks, and how far."""
    if all(part.rows.filter(pl.col("eval_length") > pl.col("train_length")).is_empty() for part in evidence):
        return "Nothing was evaluated beyond the training length, so this says nothing about longer sequences."
    parts, none = [], []
    for name in sorted({name for part in evidence for name in part.chosen}):
        reached = [part.extent(name) for part in evidence if name in part.chosen and name in part.beyond]
        if reached:
            parts.append(f"{name} holds on {wording.listing(reached)}")
        else:
            none.append(name)
    if none:
        verb = "holds" if len(none) == 1 else "hold"
        parts.append(f"{wording.listing(none)} {verb} on none of the tasks")
    return f"Beyond the training length, {'; '.join(parts)}."


def _certainty(evidence: tuple[Evidence, ...]) -> str:
    """Says over how many seeds, and whether any lead is established."""
    seeds = sorted({one["seeds"] for part in evidence for one in part.contenders})
    over = wording.plural(seeds[0], "seed") if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]} seeds"
    basis = f"A model holds as far as more than half of its lanes do; {over} a model."
    leads = [part.lead for part in evidence if part.lead is not None and len(part.lead.standings) > 1]
    if not leads:
        return basis
    established = [
        f"{one.standings[0].contender} over {one.standings[1].contender} on {one.task}"
        for one in leads
        if one.established
    ]
    if established:
        return (
            f"{basis} Established at the longest length, at the 5 % level of each task: {wording.listing(established)}."
        )
    most = max((lead.test.pairs for lead in leads if lead.test is not None), default=0)
    if most < FEWEST_PAIRS:
        return (
            f"{basis} With {wording.plural(most, 'seed')} in common no lead of one model over another can be "
            f"established; that takes at least {FEWEST_PAIRS}."
        )
    return f"{basis} No lead of one model over another is established."


def _notes(table: pl.DataFrame, evidence: tuple[Evidence, ...]) -> tuple[str, ...]:
    """Says how the numbers were made, and what limits them."""
    notes = [
        f"Scores are scaled: 0 is chance, 1 is perfect. A lane holds at a length when it reaches {HELD_AT} there and "
        "at every shorter evaluated length; on a counting task, when it is exact for every n up to it.",
        "Numbers are medians over lanes, with the range of all lanes; no lane is left out.",
        *_rates(evidence),
        *_sizes(evidence),
        *_gaps(table),
    ]
    return tuple(notes)


def _rates(evidence: tuple[Evidence, ...]) -> list[str]:
    """Names the learning rates."""
    several = any(
        len({one["learning_rate"] for one in part.contenders if one["model"] == model}) > 1
        for part in evidence
        for model in {one["model"] for one in part.contenders}
    )
    if several:
        return [
            "Several learning rates were trained. Each stands on its own as “lr”; above, and where it is said who "
            "leads, a model has the one that validation chooses, and where all searched the same ones the test chooses "
            "anew at every flip."
        ]
    rates: dict[float, list[str]] = {}
    for part in evidence:
        for one in part.contenders:
            rates.setdefault(one["learning_rate"], []).append(f"{one['contender']} on {part.task}")
    if len(rates) == 1:
        return [f"Every lane was trained with the learning rate {next(iter(rates)):g}."]
    return [
        f"Learning rates: {'; '.join(f'{rate:g} for {wording.listing(who)}' for rate, who in sorted(rates.items()))}."
    ]


def _sizes(evidence: tuple[Evidence, ...]) -> list[str]:
    """Says how well parameter counts are matched within a task."""
    spreads = [
        max(one["parameters"] for one in part.contenders) / max(1, min(one["parameters"] for one in part.contenders))
        - 1
        for part in evidence
        if len(part.contenders) > 1
    ]
    if not spreads:
        return []
    return [f"Within a task, parameter counts differ by at most {100 * max(spreads):.2g} %."]


def _gaps(table: pl.DataFrame) -> list[str]:
    """Names scores that are not numbers, and missing chance levels."""
    notes = []
    lost = table.filter(~pl.col("score").is_finite().fill_null(False)).height
    if lost:
        notes.append(
            f"Of {wording.plural(table.height, 'score')} in the table, {lost} {'is' if lost == 1 else 'are'} not a "
            "number; such a score counts as chance, scaled 0."
        )
    tasks = table.filter(~pl.col("chance").is_finite().fill_null(False))["task"].unique().sort().to_list()
    if tasks:
        notes.append(f"No chance level is known for {wording.listing(tasks)}; it is taken as 0 there.")
    return notes
