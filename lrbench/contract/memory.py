"""What a sample needs: memory in proportion to its steps, and no more."""

import jax
import jax.numpy as jnp

from lrbench.contract.compilation import quickest_to_compile
from lrbench.contract.point import ContractError, naming
from lrbench.data import Classes, Features, GeneratedTask

#: Steps at which anything that grows with their square would not fit.
STEPS = 2**20
#: Bytes that a number of a step may cost, output included.
BYTES = 64


def grows_with_its_length_only(task: GeneratedTask) -> str:
    """A sample of a million steps is compiled, not run; its memory is a few bytes a step."""
    key, length = jax.eval_shape(lambda: jax.random.key(0)), jax.ShapeDtypeStruct((), jnp.int32)
    with naming(f"sample at size {STEPS}"):
        program = jax.jit(lambda one, steps: task.sample(one, steps, STEPS)).lower(key, length)
        memory = program.compile(compiler_options=quickest_to_compile()).memory_analysis()
    if memory is None:
        return "this device does not tell"
    numbers = task.inputs.count if isinstance(task.inputs, Features) else 1
    numbers += 1 if isinstance(task.output, Classes) else task.output.count
    used = (memory.temp_size_in_bytes + memory.output_size_in_bytes) / STEPS
    if used >= BYTES * numbers:
        raise ContractError(
            f"a sample of {STEPS} steps takes {used:.0f} bytes a step, of at most {BYTES * numbers}; something grows "
            "faster than the length, such as an array [size, size]"
        )
    return f"{used:.0f} bytes a step"
