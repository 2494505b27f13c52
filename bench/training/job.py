"""A whole training job: its peak memory, and its reading of the CSV against pandas' C reader.

`job.py TRAINER FILE.csv COLUMNS ROUNDS`: prints one Markdown table row. Jobs and pandas take turns.
The ratio is the median of the rounds' ratios.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

READ = """
import sys, time, numpy, pandas
start = time.perf_counter()
table = pandas.read_csv(sys.argv[1], header=None, dtype=numpy.float32, engine="c")
print(time.perf_counter() - start, len(table))
"""


def job(trainer: str, file: pathlib.Path) -> tuple[dict[str, float], int]:
    """Seconds of each phase, and the process's peak memory in bytes."""
    with tempfile.TemporaryDirectory(prefix="bench-job-") as directory:
        channel = pathlib.Path(directory, "input", "data", "training")
        channel.mkdir(parents=True)
        (channel / "rows.csv").symlink_to(file)
        environment = {**os.environ, "SAGEMAKER_BASE_DIR": directory}
        with subprocess.Popen(
            [trainer], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{trainer} ended with {process.returncode}")
        written = json.loads(pathlib.Path(directory, "output", "data", "metrics.json").read_text())
    return written["seconds"], usage.ru_maxrss * 1024


def pandas(file: pathlib.Path) -> tuple[float, int]:
    """Seconds of `read_csv`, and rows."""
    command = [sys.executable, "-c", READ, str(file)]
    seconds, rows = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.split()
    return float(seconds), int(rows)


def main(trainer: str, file: pathlib.Path, columns: int, rounds: int) -> None:
    pairs = [(job(trainer, file), pandas(file)) for _ in range(rounds)]
    rows = pairs[0][1][1]
    matrix = rows * (columns - 1) * 4
    median = lambda values: statistics.median(list(values))  # noqa: E731
    peak = median(peak for (_, peak), _ in pairs)
    whole = median(sum(seconds.values()) for (seconds, _), _ in pairs)
    print(
        f"| {rows:,} x {columns - 1} | {whole:.2f} | {median(s['reading'] for (s, _), _ in pairs):.3f} "
        f"| {median(seconds for _, (seconds, _) in pairs):.3f} "
        f"| {median(p / s['reading'] for (s, _), (p, _) in pairs):.1f} "
        f"| {peak / 1e6:.0f} | {matrix / 1e6:.0f} | {peak / matrix:.2f} |",
        flush=True,
    )


if __name__ == "__main__":
    main(sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), int(sys.argv[3]), int(sys.argv[4]))
