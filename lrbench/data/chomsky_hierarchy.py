"""What Delétang et al. 2022 report for the tasks of their hierarchy of languages."""

from collections.abc import Mapping

from lrbench.data.task import Published

PAPER = "Delétang et al. 2022, arXiv:2207.02098"
SETTING = (
    "strings of 41 to 500 symbols after training on 1 to 40; batch 128, Adam at 1e-4, 3e-4 or 5e-4, 1 million "
    "steps, 256 hidden units; the best of 10 seeds"
)


def deletang_results(
    percent: Mapping[str, int | float], *, checked: tuple[str, ...] = (), setting: str = SETTING
) -> tuple[Published, ...]:
    """Turns a column of the paper's main table into published numbers.

    Args:
        percent: token accuracy in percent, by model.
        checked: the models whose numbers were compared with the paper; the others are recalled.
        setting: how they were measured.
    """
    return tuple(
        Published(
            model=model,
            value=value / 100,
            measure="token accuracy",
            setting=setting,
            source=f"{PAPER}, main table",
            recalled=model not in checked,
        )
        for model, value in percent.items()
    )
