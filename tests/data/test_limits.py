"""Fields that are too large are refused by name before anything is made of that size; the largest still work."""

from dataclasses import fields
from typing import get_type_hints

import pytest
from lrbench.tasks.associative_recall import AssociativeRecall
from lrbench.tasks.bucket_sort import BucketSort
from lrbench.tasks.compression import Compression
from lrbench.tasks.copy import Copy
from lrbench.tasks.copy_memory import CopyMemory
from lrbench.tasks.delay import MOST_DELAY, Delay
from lrbench.tasks.delayed_match import DelayedMatch
from lrbench.tasks.dyck import MOST_DEPTH, Dyck
from lrbench.tasks.first_symbol_recall import FirstSymbolRecall
from lrbench.tasks.fuzzy_recall import FuzzyRecall
from lrbench.tasks.imdb_bytes import ImdbBytes
from lrbench.tasks.in_context_recall import InContextRecall
from lrbench.tasks.induction_heads import InductionHeads
from lrbench.tasks.memorisation import Memorisation
from lrbench.tasks.missing_duplicate import MissingDuplicate
from lrbench.tasks.odds_first import OddsFirst
from lrbench.tasks.selective_copying import SelectiveCopying
from lrbench.tasks.selective_copying_mad import SelectiveCopyingMad
from lrbench.tasks.shuffle_dyck import ShuffleDyck
from lrbench.tasks.string_copy import StringCopy

from lrbench.data import GeneratedTask, Task
from lrbench.data.limits import MOST_SYMBOLS, MOST_TOKENS
from lrbench.data.next_brackets import MOST_BRACKETS

TASKS: list[type[Task]] = [
    AssociativeRecall,
    BucketSort,
    Compression,
    Copy,
    CopyMemory,
    Delay,
    DelayedMatch,
    Dyck,
    FirstSymbolRecall,
    FuzzyRecall,
    ImdbBytes,
    InContextRecall,
    InductionHeads,
    Memorisation,
    MissingDuplicate,
    OddsFirst,
    SelectiveCopying,
    SelectiveCopyingMad,
    ShuffleDyck,
    StringCopy,
]
#: The seed of a table may be any whole number.
SEEDS = {"table"}

LIMITED = [
    (task, field.name)
    for task in TASKS
    for field in fields(task)  # type: ignore[arg-type]
    if get_type_hints(task)[field.name] is int and field.name not in SEEDS
]


@pytest.mark.parametrize(("task", "field"), LIMITED)
@pytest.mark.parametrize("value", [10**6, 2**40])
def test_what_is_too_large_is_refused_by_name(task: type[Task], field: str, value: int) -> None:
    with pytest.raises(ValueError, match=rf"{field}={value} is not a whole number from \d+ to \d+; try {field}=\d+"):
        task(**{field: value})


@pytest.mark.parametrize(
    "task",
    [
        AssociativeRecall(pairs=MOST_SYMBOLS, vocabulary=MOST_TOKENS),
        BucketSort(vocabulary=MOST_TOKENS),
        Compression(symbols=MOST_SYMBOLS, alphabet=MOST_TOKENS),
        CopyMemory(symbols=MOST_SYMBOLS, alphabet=MOST_TOKENS),
        Delay(delay=MOST_DELAY),
        Dyck(brackets=MOST_BRACKETS, depth=MOST_DEPTH),
        MissingDuplicate(vocabulary=MOST_TOKENS),
        SelectiveCopying(symbols=MOST_SYMBOLS, vocabulary=MOST_TOKENS),
        SelectiveCopyingMad(symbols=MOST_SYMBOLS, vocabulary=MOST_TOKENS),
        ShuffleDyck(brackets=MOST_BRACKETS),
        StringCopy(letters=MOST_TOKENS, answer=MOST_SYMBOLS),
        StringCopy(letters=MOST_TOKENS, answer=MOST_SYMBOLS, layout="prefix"),
    ],
    ids=lambda task: type(task).__name__,
)
def test_the_largest_has_lengths_in_32_bits_and_a_chance(task: GeneratedTask) -> None:
    for length in (task.lengths.train[0], task.lengths.evaluation[-1]):
        assert task.problem(length) is None
        assert length * task.output.count < 2**40
        assert length < 2**20
        assert 0 <= task.chance(length) < 1
        assert 0 < task.lag(length) < length
