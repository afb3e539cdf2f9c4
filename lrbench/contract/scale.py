"""The lengths that a task can have, and the scale of its score: lag and chance at them."""

from lrbench.contract.draws import lengths_looked_at
from lrbench.contract.point import ContractError, naming
from lrbench.data import GeneratedTask, RecordedTask, Task

#: The longest evaluation length is at least so many times the longest training length.
BEYOND = 6


def has_possible_lengths(task: Task) -> str:
    """The lengths that it proposes are possible, and a refusal says in numbers what is."""
    with naming("lengths"):
        (shortest, longest), evaluation = task.lengths.train, task.lengths.evaluation
    if not 1 <= shortest <= longest:
        raise ContractError(f"lengths.train is {task.lengths.train}; it must be the shortest and the longest, from 1")
    if not evaluation or list(evaluation) != sorted(set(evaluation)):
        raise ContractError(f"lengths.evaluation is {evaluation}; it must be different lengths, rising")
    with naming("problem"):
        # A run and an export ask for both ends of the training lengths, and so their defaults must be possible.
        for what, proposed in (("train", (shortest, longest)), ("evaluation", evaluation)):
            for length in proposed:
                if (problem := task.problem(length)) is not None:
                    raise ContractError(f"lengths.{what} has {length}, which is not possible: {problem}")
        for length in (-1, 0):
            problem = task.problem(length)
            if not isinstance(problem, str):
                raise ContractError(f"problem({length}) is {problem!r}; no sequence has {length} steps: say so")
            if not any(character.isdigit() for character in problem):
                raise ContractError(f"problem({length}) says {problem!r}; it must name a length that is possible")
    if isinstance(task, GeneratedTask) and evaluation[-1] < BEYOND * longest:
        raise ContractError(
            f"lengths.evaluation ends at {evaluation[-1]}, less than {BEYOND} times the longest training length "
            f"{longest}; how far a model carries on is what is measured"
        )
    return f"trains at {shortest} to {longest}, tests to {evaluation[-1]}"


def has_a_scale(task: Task) -> str:
    """Lag and chance make sense at every length."""
    if isinstance(task, RecordedTask):
        task.prepare()
    for length in lengths_looked_at(task):
        with naming(f"chance({length})"):
            chance = task.chance(length)
        if not isinstance(chance, int | float) or not 0 <= chance < 1:
            raise ContractError(f"chance({length}) is {chance!r}; it must be at least 0 and below 1")
        with naming(f"lag({length})"):
            lag = task.lag(length)
        if not isinstance(lag, int) or not (0 < lag < length or (lag, length) == (0, 1)):
            raise ContractError(
                f"lag({length}) is {lag!r}; it must be a whole number of steps, above 0 and below the length"
            )
    return f"lag {lag} of {length} steps, chance {chance:.4g}"
