"""Times onnxruntime (1 thread) and this project's scorer in turn, in one run.

usage: compare.py DIRECTORY SCORE_BENCH    DIRECTORY as train.py fills it, SCORE_BENCH the example binary

Each figure is the median of ROUNDS rounds (batches: also the best one, for a machine that has other
work); in a round both sides do the same work, one after the other.
Our side is the Rust call, onnxruntime's the Python call, which costs 9 to 10 us even for an empty model:
compare single rows with that in mind. Ends with an error if labels or values of any row differ.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime

ROUNDS = 15
SINGLE_ROWS = 2_000


class Ours:
    """The Rust process, one line a command."""

    def __init__(self, binary: str, model: Path, rows: Path) -> None:
        self.process = subprocess.Popen(
            [binary, model, rows], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __call__(self, command: str) -> list[float]:
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"score_bench ended at {command!r}")
        return [float(number) for number in answer.split() if number != "rows"]


def session(model: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def seconds(call) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def singles(theirs, rows: np.ndarray) -> tuple[float, float]:
    times = sorted(seconds(lambda: theirs.run(None, {"X": row})) for row in rows[:SINGLE_ROWS, None])
    return times[len(times) // 2] * 1e9, times[len(times) * 99 // 100] * 1e9


def compare(directory: Path, name: str, binary: str) -> bool:
    model, rows_file = directory / f"{name}.onnx", directory / "rows.f32"
    rows = np.fromfile(rows_file, np.float32).reshape(-1, 20)
    theirs, ours = session(model), Ours(binary, model, rows_file)

    label, values = theirs.run(None, {"X": rows})
    dump = directory / f"{name}.dump"
    ours(f"dump {dump}")
    raw = dump.read_bytes()
    classes = np.unique(label)
    same_labels = np.array_equal(classes[np.frombuffer(raw, np.uint32, len(rows))], label)
    our_values = np.frombuffer(raw, np.uint32, offset=4 * len(rows))
    same_values = np.array_equal(our_values, values.view(np.uint32).ravel())

    table = {}
    for batch in (1_000, len(rows)):
        part, figures = rows[:batch], ([], [])
        for _ in range(ROUNDS):
            repeats = max(1, 20_000 // batch)
            figures[0].append(seconds(lambda: [theirs.run(None, {"X": part}) for _ in range(repeats)]) / repeats)
            figures[1].append(statistics.fmean(ours(f"batch {batch}")[0] for _ in range(repeats)))
        table[f"batch {batch}, rows/s"] = [batch / statistics.median(times) for times in figures]
        table[f"batch {batch}, best"] = [batch / min(times) for times in figures]
    figures = ([], [], [], [])
    for _ in range(ROUNDS):
        for column, value in zip(figures, (*singles(theirs, rows), *ours(f"single {SINGLE_ROWS}"))):
            column.append(value)
    median = [statistics.median(column) for column in figures]
    loads = ([], [])
    for _ in range(ROUNDS):
        loads[0].append(seconds(lambda: session(model)) * 1e3)
        loads[1].append(ours("load")[0] * 1e3)

    size = model.stat().st_size / 1e6
    print(f"\n{name} ({size:.1f} MB): labels {'equal' if same_labels else 'DIFFER'}, values {'equal' if same_values else 'DIFFER'}")
    for what, (theirs_, ours_) in table.items():
        print(f"  {what:24} onnxruntime {theirs_:12,.0f}   ours {ours_:12,.0f}   {ours_ / theirs_:5.2f} x")
    print(f"  {'1 row, us, p50':24} onnxruntime {median[0] / 1e3:12.2f}   ours {median[2] / 1e3:12.2f}")
    print(f"  {'1 row, us, p99':24} onnxruntime {median[1] / 1e3:12.2f}   ours {median[3] / 1e3:12.2f}")
    load = [statistics.median(column) for column in loads]
    print(f"  {'load, ms':24} onnxruntime {load[0]:12.1f}   ours {load[1]:12.1f}", flush=True)
    return same_labels and same_values


directory = Path(sys.argv[1])
names = sys.argv[3:] or ["tree", "forest", "forest-3-classes", "large-tree"]
if not all([compare(directory, name, sys.argv[2]) for name in names]):
    sys.exit("answers differ from onnxruntime's")
