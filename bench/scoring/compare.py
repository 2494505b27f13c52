"""Times this project's scorer and its peers in turn, one thread each, in one run.

usage: compare.py DIRECTORY SCORE_BENCH TL2CGEN_PYTHON CHART.svg [MODEL...]

DIRECTORY as train.py fills it. Each figure is the median of ROUNDS rounds, beside it the best one, for a
machine that has other work; in a round all engines do the same work, one after the other, once unmeasured and once
measured: the pages of a process that waits may be gone. Our side is the Rust
call, the peers' the Python call: that costs 5 to 50 us even for an empty model, so single rows compare loosely.
Of a boosted model the library's own file is scored too, and its contributions are timed beside the library's.
Ends with an error if an answer of any row differs from onnxruntime's in a single bit.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"

import pickle  # noqa: E402
import statistics  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402

import chart  # noqa: E402
import lightgbm  # noqa: E402
import lleaves  # noqa: E402
import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402
import xgboost  # noqa: E402
from processes import Process  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "7"))
FEATURES = 14
SINGLE_ROWS = 1_000
# The libraries take 4 ms a row.
CONTRIBUTIONS_ROWS = 2_000
NATIVE = {"lightgbm": "lightgbm.txt", "xgboost": "xgboost.json"}


def seconds(call) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


class Call:
    """An engine with a Python call."""

    def __init__(self, predict, rows: np.ndarray) -> None:
        self.predict, self.rows = predict, rows

    def batch(self, n_rows: int) -> float:
        part = self.rows[:n_rows]
        return seconds(lambda: self.predict(part))

    def single(self, n_rows: int) -> float:
        times = [seconds(lambda: self.predict(row)) for row in self.rows[:n_rows, None]]
        return statistics.median(times) * 1e9


def session(model: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def peers(directory: Path, name: str, python: str, rows: np.ndarray) -> dict:
    """The engines of a model beside ours, by name."""
    onnx = session(directory / f"{name}.onnx")
    input_name = onnx.get_inputs()[0].name
    found = {"onnxruntime": Call(lambda part: onnx.run(None, {input_name: part}), rows)}
    tl2cgen = Path(__file__).with_name("tl2cgen_bench.py")
    file = directory / NATIVE.get(name, "")
    if name == "lightgbm":
        doubles = rows.astype(np.float64)
        booster = lightgbm.Booster(model_file=file)
        found["LightGBM"] = Call(lambda part: booster.predict(part, num_threads=1), doubles)
        for bits, part in (64, doubles), (32, rows):
            compiled = lleaves.Model(file)
            compiled.compile(cache=directory / f"lleaves{bits}.o", use_fp64=bits == 64)
            found[f"lleaves, float{bits}"] = Call(lambda part, m=compiled: m.predict(part, n_jobs=1), part)
        found["tl2cgen"] = Process(python, tl2cgen, file, directory / "rows.f32")
    elif name == "xgboost":
        booster = xgboost.Booster({"nthread": 1}, model_file=file)
        found["XGBoost"] = Call(booster.inplace_predict, rows)
        found["tl2cgen"] = Process(python, tl2cgen, file, directory / "rows.f32")
    else:
        model = pickle.loads((directory / f"{name}.pickle").read_bytes())
        found["scikit-learn"] = Call(model.predict_proba, rows)
    return found


def equal(directory: Path, name: str, ours: Process, rows: np.ndarray) -> bool:
    onnx = session(directory / f"{name}.onnx")
    label, values = onnx.run(None, {onnx.get_inputs()[0].name: rows})
    dump = directory / f"{name}.dump"
    ours(f"dump {dump}")
    raw = dump.read_bytes()
    same_labels = np.array_equal(np.unique(label)[np.frombuffer(raw, np.uint32, len(rows))], label)
    our_values = np.frombuffer(raw, np.uint32, offset=4 * len(rows))
    return same_labels and np.array_equal(our_values, values.view(np.uint32).ravel())


def compare(directory: Path, name: str, binary: str, python: str) -> tuple[bool, dict[str, float]]:
    model, rows_file = directory / f"{name}.onnx", directory / "rows.f32"
    rows = np.fromfile(rows_file, np.float32).reshape(-1, FEATURES)
    ours = Process(binary, model, rows_file)
    is_equal = equal(directory, name, ours, rows)
    engines = {"ours": ours}
    if name in NATIVE:
        engines[f"ours, {NATIVE[name]}"] = Process(binary, directory / NATIVE[name], rows_file)
    engines |= peers(directory, name, python, rows)
    batches = {engine: [] for engine in engines}
    singles = {engine: [] for engine in engines}
    loads = []
    for _ in range(ROUNDS):
        for engine, call in engines.items():
            call.batch(len(rows))
            batches[engine].append(len(rows) / call.batch(len(rows)))
            # scikit-learn's call takes milliseconds for a row.
            singles[engine].append(call.single(SINGLE_ROWS if engine != "scikit-learn" else 20) / 1e3)
        ours("load")
        loads.append(ours("load")[0] * 1e3)
    size = model.stat().st_size / 1e6
    answers = "equal to onnxruntime's" if is_equal else "DIFFERENT from onnxruntime's"
    print(f"\n{name}: {size:.1f} MB, loaded in {statistics.median(loads):.1f} ms, best {min(loads):.1f}; answers {answers}\n")
    print("| engine | rows/s | best | ours / it | 1 row, us | best |\n| --- | --- | --- | --- | --- | --- |")
    medians = {engine: statistics.median(rates) for engine, rates in batches.items()}
    for engine, rates in batches.items():
        times = singles[engine]
        print(
            f"| {engine} | {medians[engine]:,.0f} | {max(rates):,.0f} | {medians['ours'] / medians[engine]:.1f}"
            f" | {statistics.median(times):.2f} | {min(times):.2f} |",
            flush=True,
        )
    if name in NATIVE:
        explain(name, directory / NATIVE[name], engines[f"ours, {NATIVE[name]}"], rows)
    return is_equal, medians


def explain(name: str, file: Path, ours: Process, rows: np.ndarray) -> None:
    """Contributions beside the library's own, from the library's own file."""
    part, one = rows[:CONTRIBUTIONS_ROWS], rows[:1]
    if name == "lightgbm":
        booster, label = lightgbm.Booster(model_file=file), "LightGBM, pred_contrib"
        theirs = lambda x: booster.predict(x, pred_contrib=True, num_threads=1)  # noqa: E731
    else:
        booster, label = xgboost.Booster({"nthread": 1}, model_file=file), "XGBoost, pred_contribs"
        theirs = lambda x: booster.predict(xgboost.DMatrix(x, nthread=1), pred_contribs=True)  # noqa: E731
    times = {f"ours, {file.name}": [], label: []}
    for _ in range(min(ROUNDS, 3)):
        times[f"ours, {file.name}"].append(ours.contributions(len(part)))
        times[label].append([seconds(lambda: theirs(x)) for x in (part, one)])
    print("\n| contributions | rows/s | ours / it | 1 row, ms |\n| --- | --- | --- | --- |")
    medians = {engine: [statistics.median(column) for column in zip(*rounds)] for engine, rounds in times.items()}
    fastest = medians[f"ours, {file.name}"][0]
    for engine, (batch, single) in medians.items():
        print(f"| {engine} | {len(part) / batch:,.0f} | {batch / fastest:.1f} | {single * 1e3:.2f} |", flush=True)


def main(directory: Path, binary: str, python: str, chart_file: str, names: list[str]) -> None:
    load = os.getloadavg()[0]
    found = {name: compare(directory, name, binary, python) for name in names}
    chart.draw({name: medians for name, (_, medians) in found.items()}, load, chart_file)
    if not all(is_equal for is_equal, _ in found.values()):
        sys.exit("answers differ from onnxruntime's")


if __name__ == "__main__":
    all_names = ["lightgbm", "xgboost", "forest", "deep-forest", "tree"]
    main(Path(sys.argv[1]), *sys.argv[2:5], sys.argv[5:] or all_names)
