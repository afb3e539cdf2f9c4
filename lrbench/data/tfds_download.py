"""The command that downloads a data set of TFDS and writes it where the tasks look for it.

    python -m lrbench.data.tfds_download mnist

TensorFlow is not needed. What was downloaded is checked against TFDS's checksums, and so are archives that someone has
put into TFDS's folder downloads/manual, under their own names, for a machine without a net. Data that is there already
is left as it is.
"""

import sys

from lrbench.data.recorded import DataError
from lrbench.data.tfds_builders import BUILDERS, download_size
from lrbench.data.tfds_source import readable_size, tfds_folder


def download(name: str) -> str:
    """Downloads and writes a data set; returns a sentence that says where it is.

    Raises:
        DataError: there is none of that name, or it could not be downloaded, checked or written.
    """
    if name not in BUILDERS:
        raise DataError(f"no task reads a data set '{name}'; choose one of {', '.join(sorted(BUILDERS))}")
    root = tfds_folder()
    builder = BUILDERS[name](data_dir=str(root), file_format="array_record")
    if (builder.data_path / "dataset_info.json").exists():
        return f"{name} is already at {builder.data_path}; delete the folder to write it anew"
    try:
        builder.download_and_prepare()
    except Exception as error:  # the net, the disk and the archive each fail in ways of their own
        reason = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise DataError(
            f"{name} ({readable_size(download_size(name))}) could not be downloaded and written to {root}: "
            f"{reason[:300]}; the same command tries again, and takes archives that lie in {root}/downloads/manual "
            "from there"
        ) from error
    return f"{name} is at {builder.data_path}"


def main(arguments: list[str]) -> int:
    """Downloads the data sets that are named; returns the exit status."""
    if not arguments:
        sys.stderr.write(f"name one or more data sets: {', '.join(sorted(BUILDERS))}\n")
        return 2
    try:
        for name in arguments:
            sys.stdout.write(f"{download(name)}\n")
    except DataError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
