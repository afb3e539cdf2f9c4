"""Published numbers: the literature's for each task, each with its source, and checked where it was."""

import pytest
from lrbench.tasks.adding import Adding
from lrbench.tasks.anbn import AnBn
from lrbench.tasks.copy import Copy
from lrbench.tasks.copy_memory import CopyMemory
from lrbench.tasks.counting_sets import CountingSets
from lrbench.tasks.dyck import Dyck
from lrbench.tasks.embedded_reber import EmbeddedReber
from lrbench.tasks.first_symbol_recall import FirstSymbolRecall
from lrbench.tasks.induction_heads import InductionHeads
from lrbench.tasks.parity import Parity
from lrbench.tasks.selective_copying import SelectiveCopying
from lrbench.tasks.temporal_order import TemporalOrder
from lrbench.tasks.two_sequence_noise import TwoSequenceNoise
from lrbench.tasks.word_problem import WordProblem

from lrbench.data import GeneratedTask

SHARES = ("accuracy", "scaled accuracy", "token accuracy", "share of runs that solved it")


def rows(task: type[GeneratedTask], measure: str, setting: str = "", source: str = "") -> list[tuple[str, float]]:
    return [
        (number.model, number.value)
        for number in task.published
        if number.measure == measure and setting in number.setting and source in number.source
    ]


@pytest.mark.parametrize(
    "task",
    [
        Adding,
        AnBn,
        Copy,
        CopyMemory,
        CountingSets,
        Dyck,
        EmbeddedReber,
        FirstSymbolRecall,
        InductionHeads,
        Parity,
        SelectiveCopying,
        TemporalOrder,
        TwoSequenceNoise,
        WordProblem,
    ],
)
def test_every_number_says_where_it_is_from_and_shares_are_of_1(task: type[GeneratedTask]) -> None:
    assert task.published
    for number in task.published:
        assert number.model
        assert number.setting
        assert number.source
        assert number.measure not in SHARES or 0 <= number.value <= 1
    assert len({(one.model, one.measure, one.setting, one.source) for one in task.published}) == len(task.published)


def test_adding() -> None:
    assert rows(Adding, "mean squared error", "length 600", "Bai") == [
        ("LSTM", 0.164),
        ("GRU", 5.3e-5),
        ("RNN", 0.177),
        ("TCN", 5.8e-5),
    ]
    at_400 = dict(rows(Adding, "root mean squared error", "evaluated at 400"))
    assert at_400 == {"RNN": 0.406, "LSTM": 0.105, "GRU": 0.426}


def test_anbn() -> None:
    assert rows(AnBn, "largest n exactly right", source="released") == [("LSTM", 463), ("GRU", 39)]
    assert rows(AnBn, "largest n accepted", source="released") == [("LSTM", 1099), ("GRU", 109)]
    recalled = [(number.model, number.value) for number in AnBn.published if number.recalled]
    assert recalled == [("LSTM", 256), ("GRU", 39)]


def test_selective_copying() -> None:
    table = dict(rows(SelectiveCopying, "token accuracy", source="Table 1"))
    assert len(table) == 8
    assert (table["Mamba"], table["S4"], table["H3 with S6"]) == (0.998, 0.183, 0.997)
    assert rows(SelectiveCopying, "token accuracy", "3 layers") == [("minLSTM", 0.96), ("minGRU", 0.995)]
    assert {number.recalled for number in SelectiveCopying.published if "1 layer" in number.setting} == {True}


def test_induction_heads() -> None:
    assert rows(InductionHeads, "token accuracy", "2^20") == [("Mamba", 1.0), ("H3", 0.074)]
    at_512 = dict(rows(InductionHeads, "token accuracy", "2^9,"))
    assert at_512["attention, RoPE"] == 0.836
    assert at_512["Hyena"] == 1.0


def test_parity() -> None:
    scaled = dict(rows(Parity, "scaled accuracy"))
    assert scaled["Mamba"] == 0
    assert scaled["Mamba, eigenvalues in [-1, 1]"] == 1
    assert scaled["mLSTM"] == 0.087
    assert dict(rows(Parity, "token accuracy", "one step after"))["Transformer"] == 0.52


def test_parity_and_the_word_problem_of_s3_share_a_source() -> None:
    for task in (Parity, WordProblem):
        found = [number for number in task.published if "2606.12364" in number.source]
        assert [(one.model, one.value) for one in found] == [("xLSTM with a recurrent layer", 1.0), ("Mamba-2", 0.352)]
        assert not any(number.recalled for number in found)


def test_what_is_recalled_of_stacks_and_counters() -> None:
    (stack,) = [number for number in Dyck.published if number.model == "Stack-RNN"]
    (counter,) = [number for number in CountingSets.published if "Bhattamishra" in number.source]
    assert (stack.value, stack.recalled, counter.value, counter.recalled) == (1.0, True, 1.0, True)


def test_copy_memory() -> None:
    losses = [(number.model, number.value, number.recalled) for number in CopyMemory.published]
    assert losses[1:] == [
        ("LSTM", 0.0204, False),
        ("GRU", 0.0197, False),
        ("RNN", 0.0202, False),
        ("TCN", 3.5e-5, False),
    ]
    assert losses[0][2]
    assert losses[0][1] == round(CopyMemory().forgetful_loss(1020), 4), "the LSTM of the paper stays at the baseline"


def test_reimplementations_of_the_long_dependency_tasks() -> None:
    shares = [
        dict(rows(task, "share of runs that solved it", source="schmidhuber-problems"))["LSTM"]
        for task in (TemporalOrder, FirstSymbolRecall, EmbeddedReber)
    ]
    assert shares == [1.0, 0.6, 1.0]
    ((model, share),) = rows(TwoSequenceNoise, "share of runs that solved it", "4 seeds", "schmidhuber-problems")
    assert (model[:4], share) == ("LSTM", 1.0)
