"""Times boosting side by side: ours, LightGBM, XGBoost and scikit-learn on the same rows, in turn.

`compare.py DIRECTORY BOOST_BENCH REPEATS jobs` prints a Markdown table of the jobs, `... scaling CHART.svg` one over
threads, rows and columns, and draws it. A ratio is the median over the repeats of (the fastest other) / ours in one
repeat, so that a machine that is busy for a while slows both sides.
"""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from process import run  # noqa: E402

LIBRARIES = ["lightgbm", "xgboost", "scikit-learn"]
# Table, rounds, eta, max_depth, max_leaves.
JOBS = [
    ("synthetic-1000000x20", 100, 0.1, 0, 31),
    ("synthetic-1000000x20", 100, 0.3, 6, 0),
    ("flights", 500, 0.1, 0, 31),
    ("flights", 500, 0.1, 6, 0),
    ("fertility", 100, 0.1, 0, 31),
    ("diamonds", 100, 0.1, 0, 31),
    ("wages", 100, 0.1, 6, 0),
    ("murders", 100, 0.1, 6, 0),
]
SCALING = {
    "threads, 1,000,000 x 20": [("synthetic-1000000x20", threads, threads) for threads in (1, 2)],
    "rows, 20 columns, 2 threads": [(f"synthetic-{n}x20", n, 2) for n in (10_000, 100_000, 1_000_000)],
    "columns, 100,000 rows, 2 threads": [(f"synthetic-100000x{n}", n, 2) for n in (10, 100, 1_000)],
}


def table(directory: Path, name: str) -> list[str]:
    """The arguments that describe a table, which is made if it isn't there."""
    if not (directory / f"{name}.json").exists():
        subprocess.run([sys.executable, Path(__file__).with_name("tables.py"), directory, name], check=True)
    about = json.loads((directory / f"{name}.json").read_text())
    files = [str(directory / f"{name}.{part}.f32") for part in ("rows", "targets")]
    return [*files, str(about["features"]), str(about["train"]), about["objective"]]


def measure(bench: str, repeats: int, arguments: list[str]) -> dict[str, list[dict[str, float]]]:
    """What each engine printed, a list over the repeats."""
    fit = str(Path(__file__).with_name("fit.py"))
    commands = {"ours": [bench]} | {name: [sys.executable, fit, name] for name in LIBRARIES}
    found = {name: [] for name in commands}
    for _ in range(repeats):
        for name, command in commands.items():
            found[name].append(run([*command, *arguments]))
    return found


def median(found: list[dict[str, float]], key: str) -> float:
    return statistics.median(repeat[key] for repeat in found)


def ratio(found: dict[str, list[dict[str, float]]]) -> float:
    fastest = [min(repeats) for repeats in zip(*([repeat["fit"] for repeat in found[name]] for name in LIBRARIES))]
    return statistics.median(theirs / ours["fit"] for theirs, ours in zip(fastest, found["ours"]))


def jobs(directory: Path, bench: str, repeats: int) -> None:
    print("| table | rows x features | rounds | grown to | ours, s | LightGBM, s | XGBoost, s | scikit-learn, s | times the fastest | held-out, the same order |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, rounds, eta, depth, leaves in JOBS:
        arguments = table(directory, name)
        found = measure(bench, repeats, [*arguments, str(rounds), str(eta), str(depth), str(leaves), "2"])
        seconds = " | ".join(f"{median(repeats, 'fit'):.2f}" for repeats in found.values())
        held_out = ", ".join(f"{median(repeats, 'held-out'):.4g}" for repeats in found.values())
        limit = f"{leaves} leaves" if leaves else f"depth {depth}"
        print(f"| {name} | {int(arguments[3]):,} x {arguments[2]} | {rounds} | {limit} | {seconds} | {ratio(found):.2f} | {held_out} |", flush=True)


def scaling(directory: Path, bench: str, repeats: int, chart: str) -> None:
    print("| | | ours, s | LightGBM, s | XGBoost, s | scikit-learn, s | times the fastest | peak MB, the same order |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    load = os.getloadavg()[0]
    panels = {}
    for title, points in SCALING.items():
        panels[title] = {}
        for name, at, threads in points:
            found = measure(bench, repeats, [*table(directory, name), "100", "0.1", "0", "31", str(threads)])
            seconds = " | ".join(f"{median(repeats, 'fit'):.2f}" for repeats in found.values())
            peaks = ", ".join(f"{median(repeats, 'peak'):.0f}" for repeats in found.values())
            print(f"| {title} | {at:,} | {seconds} | {ratio(found):.2f} | {peaks} |", flush=True)
            for engine, repeats_of in found.items():
                panels[title].setdefault(engine, []).append((at, median(repeats_of, "fit")))
    draw(panels, load, chart)


def draw(panels: dict[str, dict[str, list[tuple[int, float]]]], load: float, chart: str) -> None:
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    # The same file from the same figures.
    plt.rcParams["svg.hashsalt"] = "boosting"
    styles = {"ours": ("#1f77b4", "o"), "lightgbm": ("#2ca02c", "s"), "xgboost": ("#ff7f0e", "^"), "scikit-learn": ("#7f7f7f", "D")}
    figure, axes_of = plt.subplots(1, len(panels), figsize=(10, 3.6), layout="constrained")
    for axes, (title, engines) in zip(axes_of, panels.items()):
        for engine, points in engines.items():
            color, marker = styles[engine]
            axes.loglog(*zip(*points), color=color, marker=marker, label=engine)
        axes.set_title(title, fontsize=8, loc="left")
        axes.grid(which="major", color="#dddddd")
        axes.spines[["top", "right"]].set_visible(False)
    axes_of[0].set_ylabel("seconds of fit, 100 rounds of 31 leaves")
    axes_of[0].set_xticks([1, 2], ["1", "2"])
    axes_of[0].minorticks_off()
    axes_of[-1].legend(fontsize=7)
    figure.suptitle(f"make_classification, 2 classes; medians; load average before the first run: {load:.0f}", fontsize=8)
    figure.savefig(chart, metadata={"Date": None})


if __name__ == "__main__":
    directory, bench, repeats, part, *rest = sys.argv[1:]
    {"jobs": jobs, "scaling": scaling}[part](Path(directory), bench, int(repeats), *rest)
