"""What was reported for the tasks of MAD, the benchmark of mechanistic design."""

from collections.abc import Mapping

from lrbench.data.task import Published

PAPER = "Poli et al. 2024, arXiv:2403.17844"
SOURCE = "Yang et al. 2024, arXiv:2406.06484, table of MAD"
SETTING = "2 x 2 blocks of width 128, {sequences:,} sequences, 200 epochs, best of 6 settings on test"


def mad_results(
    percent: Mapping[str, float], *, form: str, sequences: int = 12_800, recalled: bool = False
) -> tuple[Published, ...]:
    """Turns a column of the table that covers all tasks of MAD into published numbers.

    Args:
        percent: accuracy in percent, averaged over classes, by model.
        form: length and vocabulary of the task there, and whatever else is special about it.
        sequences: how many the models were trained on.
        recalled: whether nobody has compared the column with the table yet.
    """
    return tuple(
        Published(
            model=model,
            value=round(value / 100, 6),
            measure="accuracy",
            setting=f"{form}; {SETTING.format(sequences=sequences)}",
            source=SOURCE,
            recalled=recalled,
        )
        for model, value in percent.items()
    )
