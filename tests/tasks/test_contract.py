"""The contract of a task, point by point, for every YAML and every choice of its fields."""

import pytest
from catalogue import CATALOGUE, NAMES, VARIANTS, default

from lrbench.contract import POINTS, Point, look
from lrbench.data import RecordedTask, Task

# The fields of a data set say how its file is read, so that their choices are none of the contract.
RECORDED = {name: task for name in NAMES if isinstance(task := default(name), RecordedTask)}
# What trains a network, or compiles for a length of its own, is asked of one choice a YAML; `lrbench check --all` asks
# it of all.
COSTLY = ("learning", "reach")
ONE_EACH = {next(iter(variants)) for variants in VARIANTS.values()}
# The points of one task stand together: they share its compiled sampler. Families are parted over processes.
OWED = {
    f"{task.family}: {label}-{point.name}": (task, point)
    for label, task in (CATALOGUE | RECORDED).items()
    for point in POINTS
    if point.concerns(task) and (point.name not in COSTLY or label in ONE_EACH)
}


@pytest.mark.parametrize(("task", "point"), OWED.values(), ids=OWED)
def test_contract(task: Task, point: Point) -> None:
    """What is a data set's own is tested on small data sets of the same features, where these are tested."""
    result = look(point, task)
    if result.state == "not tried":
        pytest.skip(result.detail)
    assert result.state == "passed", result.detail
