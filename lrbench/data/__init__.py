"""What a sequence is, what a task is, and how outputs are counted against targets."""

from lrbench.data.batch import sample_batch, stack_examples
from lrbench.data.example import Bits, Classes, Example, Features, Output, Tokens, Values
from lrbench.data.metrics import Metrics, measure
from lrbench.data.recorded import DataError, RecordedTask, Records, Split
from lrbench.data.streams import Stream, stream_key
from lrbench.data.task import GeneratedTask, Judgement, Lengths, Published, Task
from lrbench.data.training_lengths import TrainingLengths
from lrbench.data.training_set import TrainingSet

__all__ = [
    "Bits",
    "Classes",
    "DataError",
    "Example",
    "Features",
    "GeneratedTask",
    "Judgement",
    "Lengths",
    "Metrics",
    "Output",
    "Published",
    "RecordedTask",
    "Records",
    "Split",
    "Stream",
    "Task",
    "Tokens",
    "TrainingLengths",
    "TrainingSet",
    "Values",
    "measure",
    "sample_batch",
    "stack_examples",
    "stream_key",
]
