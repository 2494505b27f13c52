"""`fit` over the number of rows, as a chart.

`curve.py GROW FILE.f32 COLUMNS LIMIT CHART.svg ROWS...`: grows a tree on the first ROWS rows with the
exact engine, scikit-learn and linfa in turn. An engine that takes longer than LIMIT seconds, its reading
included, is stopped and gets no more rows. Prints Markdown table rows.
"""

import os
import pathlib
import subprocess
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402

STYLES = {"exact": ("#1f77b4", "o"), "scikit-learn": ("#ff7f0e", "s"), "linfa": ("#7f7f7f", "^")}


def fit(command: list[str], limit: float) -> float | None:
    """Seconds that the command says it has taken; None if it takes too long."""
    try:
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return None
    return next(float(line.split()[1]) for line in done.stdout.splitlines() if line.startswith("fit "))


def shown(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.3f}"


def draw(curves: dict[str, list[tuple[int, float]]], caption: str, chart: str) -> None:
    # The same file from the same figures.
    plt.rcParams["svg.hashsalt"] = "training"
    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    for name, points in curves.items():
        color, marker = STYLES[name]
        axes.loglog(*zip(*points), color=color, marker=marker, label=name)
        # Beside the last point, where no line is.
        axes.annotate(name, points[-1], xytext=(7, -3), textcoords="offset points", color=color)
    axes.set_xlabel("rows")
    axes.set_ylabel("seconds of fit")
    axes.set_xlim(right=axes.get_xlim()[1] * 2)
    axes.grid(which="major", color="#dddddd")
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(caption, fontsize=8, loc="left", color="#444444")
    figure.savefig(chart, metadata={"Date": None})


def main(grow: str, file: str, columns: int, limit: float, chart: str, sizes: list[int]) -> None:
    script = str(pathlib.Path(__file__).with_name("fit.py"))
    ours = [grow, f"columns={columns}", "threads=2"]
    commands = {
        "exact": lambda rows: [*ours, f"rows={rows}", file],
        "scikit-learn": lambda rows: [sys.executable, script, file, str(columns), str(rows)],
        "linfa": lambda rows: [*ours, "engine=linfa", f"rows={rows}", file],
    }
    load = os.getloadavg()[0]
    curves: dict[str, list[tuple[int, float]]] = {name: [] for name in commands}
    stopped = {}
    for rows in sizes:
        for name, command in commands.items():
            if name in stopped:
                continue
            seconds = fit(command(rows), limit)
            if seconds is None:
                stopped[name] = rows
            else:
                curves[name].append((rows, seconds))
        found = {name: dict(points).get(rows) for name, points in curves.items()}
        print(f"| {rows:,} | " + " | ".join(shown(seconds) for seconds in found.values()) + " |", flush=True)
    caption = f"make_classification, {columns - 1} features, default settings, 2 cores, one run each"
    caption += f"\nload average before the first run: {load:.0f}"
    for name, rows in stopped.items():
        caption += f"\n{name} was stopped at {rows:,} rows after {limit:g} s"
    draw({name: points for name, points in curves.items() if points}, caption, chart)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), sys.argv[5], [int(r) for r in sys.argv[6:]])
