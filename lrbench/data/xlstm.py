"""What Beck et al. 2024 (xLSTM) report for the formal languages of their appendix B.1.1."""

from collections.abc import Mapping

from lrbench.data.task import Published

PAPER = "Beck et al. 2024 (xLSTM), arXiv:2405.04517"
SETTING = (
    "lengths of 40 to 256 after training on up to 40; batch 256, AdamW at 1e-2, 1e-3 or 1e-4, 100,000 steps; "
    "3 learning rates x 2 seeds"
)


def xlstm_results(scaled: Mapping[str, float], *, task: str, vocabulary: int) -> tuple[Published, ...]:
    """Turns a column of the appendix's table into published numbers.

    Args:
        scaled: scaled accuracy, (accuracy - chance) / (1 - chance), by model.
        task: what the paper calls the task.
        vocabulary: its different tokens, marks included.
    """
    return tuple(
        Published(
            model=model,
            value=value,
            measure="scaled accuracy",
            setting=f"{task}, a vocabulary of {vocabulary} with its marks; {SETTING}",
            source=f"{PAPER}, App. B.1.1",
        )
        for model, value in scaled.items()
    )
