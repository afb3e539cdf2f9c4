"""The columns of xLSTM's formal languages, as tasks have them."""

from lrbench.tasks.copy import Copy
from lrbench.tasks.odds_first import OddsFirst

from lrbench.data import Published
from lrbench.data.xlstm import PAPER, SETTING, xlstm_results


def column(published: tuple[Published, ...], task: str) -> list[float]:
    """Of Mamba, the LSTM block, xLSTM[1:0] and Llama, in this order."""
    found = [number for number in published if PAPER in number.source and number.setting.startswith(task)]
    assert [number.model for number in found] == ["Mamba", "LSTM (block)", "xLSTM[1:0]", "Llama"]
    return [number.value for number in found]


def test_a_number_says_what_and_how_it_measures() -> None:
    (number,) = xlstm_results({"Mamba": 0.13}, task="reverse string", vocabulary=12)
    assert (number.model, number.value, number.measure, number.recalled) == ("Mamba", 0.13, "scaled accuracy", False)
    assert number.setting == f"reverse string, a vocabulary of 12 with its marks; {SETTING}"
    assert number.source == f"{PAPER}, App. B.1.1"


def test_columns_of_the_appendix() -> None:
    assert column(OddsFirst.published, "odds first") == [0.08, 0.08, 0.15, 0.07]
    assert column(Copy.published, "reversed") == [0.13, 0.17, 0.22, 0.06]
    assert column(Copy.published, "once") == [0.15, 0.15, 0.28, 0.08]
