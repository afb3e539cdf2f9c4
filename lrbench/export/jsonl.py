"""JSON lines: one file a split, one sequence a line; every language reads it."""

import json
from pathlib import Path

from lrbench.export.contents import Contents
from lrbench.export.file_format import FileFormat


def write_jsonl(folder: Path, contents: Contents) -> None:
    """Writes SPLIT.jsonl for each split."""
    for name, pieces in contents.splits.items():
        with (folder / f"{name}.jsonl").open("w", encoding="utf-8", newline="\n") as file:
            for piece in pieces:
                for example in piece.each():
                    line = {
                        "inputs": example.inputs.tolist(),
                        "targets": example.targets.tolist(),
                        "mask": example.mask.tolist(),
                        "length": int(example.lengths[0]),
                    }
                    file.write(json.dumps(line, separators=(",", ":"), allow_nan=False) + "\n")


FORMAT = FileFormat(
    write=write_jsonl,
    layout=(
        "One file a split, one sequence a line: an object with inputs, targets and mask (lists with an entry a step; a "
        "step of several numbers is a list of its own) and length. Real numbers have all the digits of a float64, so "
        "that they read back exactly as float32."
    ),
    reading='import json\n\nwith open("{split}.jsonl") as lines:\n'
    "    example = json.loads(next(lines))  # inputs, targets, mask, length",
)
