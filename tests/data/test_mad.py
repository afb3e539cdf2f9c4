"""The columns of MAD's table, as tasks have them."""

import pytest
from lrbench.tasks.compression import Compression
from lrbench.tasks.fuzzy_recall import FuzzyRecall
from lrbench.tasks.in_context_recall import InContextRecall
from lrbench.tasks.memorisation import Memorisation
from lrbench.tasks.selective_copying_mad import SelectiveCopyingMad

from lrbench.data import GeneratedTask
from lrbench.data.mad import PAPER, SOURCE, mad_results

TASKS = [Compression, FuzzyRecall, InContextRecall, Memorisation, SelectiveCopyingMad]


def test_percents_become_shares() -> None:
    first, second = mad_results({"Mamba": 6.7, "Transformer": 100}, form="length 9", sequences=256)
    assert (first.model, first.value, first.measure, first.source) == ("Mamba", 0.067, "accuracy", SOURCE)
    assert (second.value, second.recalled) == (1.0, False)
    assert first.setting.startswith("length 9; 2 x 2 blocks of width 128, 256 sequences, ")
    assert mad_results({"Mamba": 6.7}, form="", recalled=True)[0].recalled


@pytest.mark.parametrize("task", TASKS)
def test_tasks_of_mad_have_its_paper_and_the_same_three_models(task: type[GeneratedTask]) -> None:
    assert task.paper == PAPER
    assert {number.source for number in task.published} == {SOURCE}
    assert {"Transformer", "Mamba", "DeltaNet"} <= {number.model for number in task.published}
    read = task in (FuzzyRecall, Memorisation)  # the two columns that were compared with the table
    assert all(number.recalled != read for number in task.published)


def test_the_row_of_mamba_has_its_average() -> None:
    """52.7, 6.7, 90.4, 89.5, 90.1 and 86.3 are 69.3 on average, as the table says."""
    shares = [number.value for task in TASKS for number in task.published if number.model == "Mamba"]
    assert len(shares) == 6
    assert 100 * sum(shares) / 6 == pytest.approx(69.3, abs=0.05)
