"""All points of the contract, in order, and the check of a task against them."""

import time
from collections.abc import Iterator, Sequence

from lrbench.contract import answers, declaration, learning, memory, randomness, recorded, scale, sequences
from lrbench.contract.point import ContractError, Point, Result, naming
from lrbench.data import DataError, GeneratedTask, RecordedTask, Task

#: What tasks owe. The order is that of the check: a basic point comes before those that need it.
POINTS = (
    Point("declaration", "a frozen dataclass that says what it is", declaration.declares_itself, basic=True),
    Point("fields", "values out of range are refused by name", declaration.checks_its_fields),
    Point("names", "names of tokens and answers differ", declaration.has_different_names),
    Point("lengths", "lengths are possible, refusals say what is", scale.has_possible_lengths, basic=True),
    Point("scale", "lag and chance make sense", scale.has_a_scale),
    Point("shapes", "arrays are as declared", sequences.has_declared_shapes, GeneratedTask, basic=True),
    Point("ranges", "tokens and targets are in range", sequences.stays_in_range, GeneratedTask),
    Point("padding", "padding is 0 and silent", sequences.has_silent_padding, GeneratedTask),
    Point(
        "alignment", "mask and targets stand where the answer is", sequences.has_answers_where_it_looks, GeneratedTask
    ),
    Point("key", "the key decides everything", randomness.depends_on_its_key_alone, GeneratedTask),
    Point(
        "compilation", "jit, vmap and sizes change nothing", randomness.does_not_depend_on_compilation, GeneratedTask
    ),
    Point("streams", "training, validation and test differ", randomness.keeps_streams_apart, GeneratedTask),
    Point("oracle", "the oracle scores 1, short and long", answers.has_an_oracle, GeneratedTask),
    Point("reach", "the oracle scores 1 at the longest length too", answers.has_an_oracle_far_out, GeneratedTask),
    Point("baseline", "without memory the score is chance", answers.has_a_baseline_at_chance, GeneratedTask),
    Point("memoryless", "the baseline sees one step at a time", answers.has_a_baseline_without_memory, GeneratedTask),
    Point("table", "no table from token to answer beats chance", answers.is_beaten_by_no_table, GeneratedTask),
    Point("examples", "the docstring's worked examples are drawn", declaration.shows_worked_examples, GeneratedTask),
    Point("memory", "memory grows with the length only", memory.grows_with_its_length_only, GeneratedTask),
    Point(
        "records", "examples are as declared, in every split", recorded.has_declared_records, RecordedTask, basic=True
    ),
    Point("repeats", "the same numbers fetch the same examples", recorded.repeats_itself, RecordedTask),
    Point("splits", "the splits share no example", recorded.keeps_splits_apart, RecordedTask),
    Point("learning", "a GRU learns something in 200 steps", learning.teaches_something),
)


def look(point: Point, task: Task) -> Result:
    """Looks at one point of a task."""
    began = time.perf_counter()
    try:
        with naming(point.name):
            detail = point.look(task) or ""
    except ContractError as error:
        return Result(point, "failed", str(error), time.perf_counter() - began)
    except DataError as error:
        return Result(point, "not tried", str(error), time.perf_counter() - began)
    return Result(point, "passed", detail, time.perf_counter() - began)


def checking(task: Task, points: Sequence[Point] = POINTS) -> Iterator[Result]:
    """Yields the result of each point that the task owes, as soon as it is there."""
    broken: Point | None = None
    for point in points:
        if not point.concerns(task):
            continue
        if broken is not None:
            yield Result(point, "not tried", f"{broken.name} must hold first", 0.0)
        else:
            result = look(point, task)
            if result.state == "failed" and point.basic:
                broken = point
            yield result


def check(task: Task, points: Sequence[Point] = POINTS) -> list[Result]:
    r"""Checks a task against the contract.

    In the test suite of a package of one's own::

        failed = [result for result in check(MyTask()) if result.state == "failed"]
        assert not failed, "\n".join(map(str, failed))

    Args:
        task: with the fields to check it with; see `variants` for all choices of its fields.
        points: which points; by default all that the task's kind owes.

    Returns:
        A result for each point, in order. Whatever the task's code raises is a failure of the point that it broke.
    """
    return list(checking(task, points))


def basic_failure(task: Task) -> str | None:
    """Says why a task cannot be used at all, or returns None; fast, and without drawing or reading anything."""
    for point in POINTS:
        if point.basic and point.concerns(task) and point.kind is not RecordedTask:
            result = look(point, task)
            if result.state == "failed":
                return result.detail
    return None
