"""Rows a second of each engine, a panel a model."""

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402


def draw(models: dict[str, dict[str, float]], load: float, file: str) -> None:
    # The same file from the same figures.
    plt.rcParams["svg.hashsalt"] = "scoring"
    sizes = [len(engines) for engines in models.values()]
    figure, panels = plt.subplots(
        len(models), figsize=(7, 0.5 + 0.35 * sum(sizes)), layout="constrained", height_ratios=sizes, squeeze=False
    )
    for axes, (name, engines) in zip(panels[:, 0], models.items()):
        ordered = sorted(engines.items(), key=lambda engine: engine[1])
        names, rates = [engine for engine, _ in ordered], [rate / 1e3 for _, rate in ordered]
        colors = ["#1f77b4" if engine.startswith("ours") else "#bbbbbb" for engine in names]
        bars = axes.barh(names, rates, color=colors)
        axes.bar_label(bars, fmt="{:,.0f}", padding=3)
        axes.spines[["top", "right"]].set_visible(False)
        axes.margins(x=0.12)
        axes.set_title(f"{name}, thousand rows a second", fontsize=9, loc="left")
    figure.suptitle(f"one thread, medians; load average before the first run: {load:.0f}", fontsize=8)
    figure.savefig(file, metadata={"Date": None})
