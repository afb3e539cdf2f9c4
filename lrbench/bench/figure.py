"""The figure of measured speeds: ratios beside every peer. A table in, a Matplotlib figure out."""

import matplotlib as mpl
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from lrbench.analysis.drawing import FAINT, STYLE, Look, looks

#: The width of a size's column in which the peers stand side by side.
_SPREAD = 0.6


def ratios(rows: pl.DataFrame) -> Figure:
    """Draws ours / peer over the sizes, on a log axis: a panel a measurement, a mark a peer, its range as a bar.

    Args:
        rows: of `lrbench.bench.rows`, some of them with a ratio.

    Raises:
        ValueError: no row of a peer has a ratio.
    """
    peers = with_ratio(rows)
    if peers.is_empty():
        raise ValueError("no peer was measured beside ours, so no ratio can be drawn; pip install .[peers] brings some")
    styles = looks(peers["contestant"].to_list())
    measurements = peers["measurement"].unique(maintain_order=True).to_list()
    widths = [max(2, peers.filter(pl.col("measurement") == name)["sizes"].n_unique()) for name in measurements]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(max(6.5, 1.15 * sum(widths) + 1.5), 4.6), layout="constrained")
        axes = figure.subplots(1, len(measurements), squeeze=False, sharey=True, width_ratios=widths)[0]
        for panel, name in zip(axes, measurements, strict=True):
            _draw(panel, peers.filter(pl.col("measurement") == name), styles)
        axes[0].set_ylabel("time of lrbench / time of the peer\n(below 1: lrbench is faster)")
        axes[0].set_yscale("log")
        low, high = axes[0].get_ylim()
        axes[0].yaxis.set_major_locator(LogLocator(10, subs=(1, 2, 5) if high < 100 * low else (1,)))
        axes[0].yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes[0].yaxis.set_minor_formatter(NullFormatter())
        handles = [
            Line2D([], [], color=look.colour, linestyle="", marker=look.marker, label=name)
            for name, look in styles.items()
        ]
        figure.legend(handles=handles, loc="outside upper left", ncols=min(4, len(handles)), frameon=False)
        first = rows.row(0, named=True)
        where = ", ".join(word for word in (first["device"], first["processor"]) if word)
        figure.supxlabel(f"{where}, {first['cores']} cores, {first['date']}", fontsize=8, color=FAINT)
    return figure


def with_ratio(rows: pl.DataFrame) -> pl.DataFrame:
    """Returns the rows of peers that have a ratio."""
    # Ours beside itself is exactly 1 in every round.
    return rows.filter(pl.col("ratio").is_not_null() & ((pl.col("ratio_low") != 1) | (pl.col("ratio_high") != 1)))


def _draw(panel: Axes, rows: pl.DataFrame, styles: dict[str, Look]) -> None:
    sizes = rows["sizes"].unique(maintain_order=True).to_list()
    # What is the same in every column stands above the panel, once.
    words = [size.split() for size in sizes]
    common = [word for word in words[0] if all(word in others for others in words)]
    panel.set_title(rows["measurement"][0].replace("_", " "), pad=18)
    panel.text(0, 1.02, " ".join(common), transform=panel.transAxes, fontsize=8.5, color="#666666")
    names = rows["contestant"].unique(maintain_order=True).to_list()
    panel.axhline(1, color="#555555", linewidth=1)
    panel.grid(axis="y", color="#E4E4E4", linewidth=0.6)
    panel.set_axisbelow(True)
    for place, name in enumerate(names):
        mine = rows.filter(pl.col("contestant") == name)
        offset = 0 if len(names) == 1 else _SPREAD * (place / (len(names) - 1) - 0.5)
        middle = mine["ratio"].to_numpy()
        panel.errorbar(
            [sizes.index(size) + offset for size in mine["sizes"]],
            middle,
            yerr=[middle - mine["ratio_low"].to_numpy(), mine["ratio_high"].to_numpy() - middle],
            fmt=styles[name].marker,
            color=styles[name].colour,
            markersize=6,
            elinewidth=1.3,
            capsize=2.5,
            label=name,
        )
    panel.set_xlim(-0.5, len(sizes) - 0.5)
    own = ["\n".join(word for word in those if word not in common) for those in words]
    panel.set_xticks(range(len(sizes)), own)
    for boundary in range(1, len(sizes)):
        panel.axvline(boundary - 0.5, color="#E4E4E4", linewidth=0.6)
