"""Where randomness comes from: the key alone, however a sample is compiled, and another one for each stream."""

import jax
import jax.numpy as jnp
import numpy as np

from lrbench.contract.compilation import quickest_to_compile
from lrbench.contract.draws import COUNT, draw, lengths_looked_at, possible, size_of, stream_batch
from lrbench.contract.point import ContractError, naming
from lrbench.data import GeneratedTask, Stream


def depends_on_its_key_alone(task: GeneratedTask) -> str:
    """The same key draws the same sequence, always; another key draws another one."""
    size = size_of(task)
    if _program(task, size) != _program(task, size):
        raise ContractError(
            "sample traced twice gives two programs: something besides the key decides, such as Python's random, "
            "numpy.random or the clock; draw with jax.random from the key"
        )
    length = possible(task, task.lengths.train[1])
    keys, lengths = jax.random.split(jax.random.key(1), COUNT), np.full(COUNT, length)
    once, again = draw(task, keys, lengths), draw(task, keys, lengths)
    for name, one, other in zip(once._fields, once, again, strict=True):
        if not np.array_equal(one, other):
            raise ContractError(f"two draws from the same key have different {name}: something besides the key decides")
    distinct = len({sequence.tobytes() for sequence in np.ascontiguousarray(once.inputs)})
    if task.deterministic and distinct > 1:
        raise ContractError(
            f"deterministic is true, and {distinct} of {COUNT} keys drew different sequences of length {length}"
        )
    if not task.deterministic and distinct == 1:
        raise ContractError(
            f"{COUNT} keys drew the same sequence of length {length}; draw from the key, or set deterministic = True"
        )
    return "one sequence a length" if task.deterministic else f"{distinct} different sequences from {COUNT} keys"


def _program(task: GeneratedTask, size: int) -> str:
    """The text of the program that a sample is traced to; another function object each time, so nothing is kept."""

    def once(key: jax.Array, length: jax.Array) -> object:
        return task.sample(key, length, size)

    with naming("sample"):
        return jax.jit(once).lower(jax.random.key(0), jnp.int32(possible(task, task.lengths.train[0]))).as_text()


def does_not_depend_on_compilation(task: GeneratedTask) -> str:
    """Size, jit, vmap and traced lengths change nothing, to the bit."""
    size = size_of(task)
    length = possible(task, task.lengths.train[1])
    keys = jax.random.split(jax.random.key(3), COUNT)
    together = draw(task, keys, np.resize([length, size, lengths_looked_at(task)[0]], COUNT))
    with naming(f"sample at length {length}, known when it is compiled,"):
        alone = jax.jit(lambda key: task.sample(key, length, length), compiler_options=quickest_to_compile())(keys[0])
    for name, leaf, other in zip(alone._fields, alone, together, strict=True):
        difference = np.argwhere(np.asarray(leaf) != other[0, :length])
        if len(difference):
            raise ContractError(
                f"{name} of one key and length {length} differ at step {difference[0][0]} between size {length} with a "
                f"known length and size {size} with a traced length under vmap"
            )
    return f"sizes {length} and {size}"


def keeps_streams_apart(task: GeneratedTask) -> str:
    """Training, validation and test draw different sequences, and so do two steps of the training."""
    if task.deterministic:
        return "one sequence a length, so the streams are the same"
    length = possible(task, task.lengths.train[1])
    drawn = {
        f"{stream.name.lower()} step {step}": stream_batch(task, length, stream, step).inputs
        for stream, step in ((Stream.TRAINING, 0), (Stream.TRAINING, 1), (Stream.VALIDATION, 0), (Stream.TEST, 0))
    }
    names = list(drawn)
    for index, one in enumerate(names):
        for other in names[index + 1 :]:
            if np.array_equal(drawn[one], drawn[other]):
                raise ContractError(f"{one} and {other} are the same {COUNT} sequences of length {length}")
    known = {sequence.tobytes() for name in names[:2] for sequence in np.ascontiguousarray(drawn[name])}
    seen = np.mean([sequence.tobytes() in known for sequence in np.ascontiguousarray(drawn["test step 0"])])
    return f"{seen:.0%} of test sequences of length {length} were among {2 * COUNT} of training"
