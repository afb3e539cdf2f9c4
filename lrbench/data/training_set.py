"""A finite training set of a generated task: fixed examples of a stream of their own, drawn anew when wanted."""

from dataclasses import dataclass

import jax
from jaxtyping import Array, Int, Key

from lrbench.data.batch import stack_examples
from lrbench.data.epochs import examples_of_step
from lrbench.data.example import Example
from lrbench.data.streams import Stream, stream_key
from lrbench.data.task import GeneratedTask
from lrbench.data.training_lengths import TrainingLengths


@dataclass(frozen=True)
class TrainingSet:
    """`count` fixed examples, walked in shuffled epochs.

    An example is a function of its number, so the set takes no memory and no time to make: example i has the key
    `fold_in(set_key, i)`, its length included.

    Attributes:
        task: what to draw.
        lengths: which lengths the examples have; without a curriculum.
        count: examples of the set.
    """

    task: GeneratedTask
    lengths: TrainingLengths
    count: int

    def example(self, root: Key[Array, ""], index: Int[Array, ""]) -> tuple[Example, Int[Array, ""]]:
        """Returns one example of the set, its leaves `[longest, ...]`, and its length.

        Args:
            root: the lane's root key; each seed has a set of its own.
            index: from 0, below `count`.
        """
        key = jax.random.fold_in(stream_key(root, Stream.TRAINING_SET), index)
        length_key, example_key = jax.random.split(key)
        length = self.lengths.draw(length_key, 1)[0]
        return self.task.sample(example_key, length, self.lengths.longest), length

    def batch(self, root: Key[Array, ""], step: Int[Array, ""], batch_size: int) -> Example:
        """Returns the batch of a step, time first: leaves `[longest, batch_size, ...]`."""
        indices = examples_of_step(stream_key(root, Stream.ORDER), step, batch_size, self.count)
        examples, _ = jax.vmap(lambda index: self.example(root, index))(indices)
        return stack_examples(examples)
