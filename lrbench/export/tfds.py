"""TensorFlow Datasets: a folder that `tfds.builder_from_directory` opens, written and read without TensorFlow.

Not by TFDS's own writers: these serialise an example's features in an order that changes from process to process, so
that the same examples would never give the same bytes. Everything else is TFDS's: its features, its serialisation, its
names of files, its metadata, and array_record with one example a group, which random access wants.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from lrbench.export.contents import Contents
from lrbench.export.file_format import FileFormat
from lrbench.export.sequences import Sequences
from lrbench.runs.errors import FULL, ConfigurationError

TEMPLATE = "{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}"


def write_tfds(folder: Path, contents: Contents) -> None:
    """Writes an array_record file for each split, and TFDS's metadata."""
    try:
        import tensorflow_datasets as tfds
        from array_record.python.array_record_module import ArrayRecordWriter  # type: ignore[import-untyped]
    except ImportError as error:
        raise ConfigurationError(
            f"--format tfds needs array_record, which is made for Linux ({error}); choose npz, jsonl or parquet"
        ) from error

    features = tfds.features.FeaturesDict(
        {
            **{
                column.name: tfds.features.Tensor(
                    shape=(None, *column.shape), dtype=column.dtype.type, doc=column.meaning
                )
                for column in contents.columns
            },
            "length": tfds.features.Scalar(dtype=np.int32, doc="how many steps the sequence has"),
        }
    )
    infos = []
    for name, pieces in contents.splits.items():
        path = folder / f"{contents.name}-{name}.array_record-00000-of-00001"
        examples, size = _write_records(path, ArrayRecordWriter, features, pieces)
        infos.append(tfds.core.SplitInfo(name=name, shard_lengths=[examples], num_bytes=size))
    tfds.folder_dataset.write_metadata(
        data_dir=folder,
        features=features,
        split_infos=infos,
        filename_template=TEMPLATE,
        version=contents.version,
        supervised_keys=("inputs", "targets"),
        description=contents.description,
        citation=contents.citation,
        license=contents.licence,
        check_data=False,
    )


def _write_records(path: Path, writing: Any, features: Any, pieces: Iterable[Sequences]) -> tuple[int, int]:
    """Writes one split; returns how many examples it has, and their bytes."""
    from tensorflow_datasets.core.example_serializer import ExampleSerializer

    serializer = ExampleSerializer(features.get_serialized_info())
    examples = size = 0
    try:
        writer = writing(str(path), "group_size:1")
        for piece in pieces:
            for example in piece.each():
                arrays = {"inputs": example.inputs, "targets": example.targets, "mask": example.mask}
                encoded = features.encode_example({**arrays, "length": example.lengths[0]})
                record = serializer.get_tf_example(encoded).SerializeToString(deterministic=True)
                writer.write(record)
                examples, size = examples + 1, size + len(record)
        writer.close()
    except RuntimeError as error:  # array_record gives the system's words, and no number
        for number in FULL:
            if os.strerror(number) in str(error):
                raise OSError(number, os.strerror(number), str(path)) from error
        raise
    return examples, size


FORMAT = FileFormat(
    write=write_tfds,
    layout=(
        "A folder of TensorFlow Datasets in the format array_record, an example a sequence: inputs, targets and mask "
        "with the steps as first axis, and length. Examples stand in the order in which they were drawn."
    ),
    reading='import tensorflow_datasets as tfds\n\nsplits = tfds.builder_from_directory(".").as_data_source()\n'
    'example = splits["{split}"][0]  # inputs, targets, mask, length',
    packages=("tensorflow-datasets", "array-record"),
)
