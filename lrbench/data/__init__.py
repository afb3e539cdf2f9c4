"""What a sequence is, what a task is, and how outputs are counted against targets."""

from lrbench.data.batch import sample_batch, stack_examples
from lrbench.data.example import Bits, Classes, Example, Features, Output, Tokens, Values
from lrbench.data.metrics import Metrics, measure
from lrbench.data.streams import Stream, stream_key
from lrbench.data.task import Judgement, Lengths, Published, Task

__all__ = [
    "Bits",
    "Classes",
    "Example",
    "Features",
    "Judgement",
    "Lengths",
    "Metrics",
    "Output",
    "Published",
    "Stream",
    "Task",
    "Tokens",
    "Values",
    "measure",
    "sample_batch",
    "stack_examples",
    "stream_key",
]
