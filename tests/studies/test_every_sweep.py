"""Every sweep of every figure and claim can be run; those of the smoke scale are."""

import pytest

from lrbench.claims import claim_of, numbers
from lrbench.figures import figure_of, names
from lrbench.runs.configuration import make_run
from lrbench.runs.sweep import plan

STUDIES = [figure_of(name).study for name in names()] + [claim_of(number).study for number in numbers()]
#: Studies share their sweeps.
SWEEPS = sorted({arm.words for study in STUDIES for scale in ("cpu", "paper") for arm in study.arms[scale]})


@pytest.mark.parametrize("words", SWEEPS, ids=" ".join)
def test_it_composes(words: tuple[str, ...]) -> None:
    sweep = plan([*words, "-m"])
    assert sweep.multirun
    for place in {0, len(sweep.configs) - 1}:
        make_run(sweep.configs[place], sweep.choices[place])
