"""Published numbers from a column of the paper's table."""

from lrbench.data.chomsky_hierarchy import SETTING, deletang_results


def test_percent_become_shares_and_unchecked_ones_are_marked() -> None:
    rnn, tape = deletang_results({"RNN": 51, "Tape-RNN": 100}, checked=("Tape-RNN",))
    assert (rnn.model, rnn.value, rnn.recalled) == ("RNN", 0.51, True)
    assert (tape.model, tape.value, tape.recalled) == ("Tape-RNN", 1.0, False)
    assert rnn.setting == SETTING
    assert "2207.02098" in rnn.source
