import pytest

from lrbench.figures.statements import Statement, verdict_of


def statements(*holds):
    return [Statement(one, f"number {place}") for place, one in enumerate(holds)]


@pytest.mark.parametrize(
    ("holds", "outcome"),
    [
        ((True,), "reproduced"),
        ((True, True, True), "reproduced"),
        ((True, True, False), "partly"),
        ((True, False, False), "not reproduced"),
        ((True, True, False, False), "partly"),
        ((True, False, False, False), "not reproduced"),
        ((False,), "not reproduced"),
        ((False, False), "not reproduced"),
    ],
)
def test_all_hold_or_half_or_fewer(holds, outcome):
    assert verdict_of(statements(*holds)).outcome == outcome


def test_the_sentence_says_which_hold_and_which_do_not():
    sentence = verdict_of(statements(True, False, True)).sentence
    assert sentence == (
        "2 of 3 published statements hold. As published: number 0; number 2. Not as published: number 1."
    )


def test_nothing_is_said_of_what_there_is_none_of():
    assert "Not as published" not in verdict_of(statements(True, True)).sentence
    assert "As published" not in verdict_of(statements(False)).sentence


def test_no_statement_has_no_verdict():
    with pytest.raises(ValueError, match="at least 1"):
        verdict_of([])
