"""tl2cgen's half of the benchmark: the commands `batch` and `single` of score_bench.

usage: tl2cgen_bench.py MODEL ROWS.f32    MODEL is lightgbm.txt or xgboost.json; compiled by the system's C compiler
"""

import os
import sys
import time
from pathlib import Path

import numpy as np
import tl2cgen
import treelite


def main(model: Path, rows_file: str) -> None:
    # The library writes to stdout what is no answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    library = model.with_suffix(".so")
    load = treelite.frontend.load_lightgbm_model if model.suffix == ".txt" else treelite.frontend.load_xgboost_model
    loaded = load(str(model))
    if not library.exists():
        tl2cgen.export_lib(loaded, toolchain="gcc", libpath=str(library), params={"parallel_comp": 16})
    predictor = tl2cgen.Predictor(str(library), nthread=1)
    dtype = np.float64 if model.suffix == ".txt" else np.float32
    rows = np.fromfile(rows_file, np.float32).reshape(-1, loaded.num_feature).astype(dtype)

    def seconds(part: np.ndarray) -> float:
        start = time.perf_counter()
        predictor.predict(tl2cgen.DMatrix(part))
        return time.perf_counter() - start

    for line in sys.stdin:
        command, n_rows = line.split()
        if command == "batch":
            print(seconds(rows[: int(n_rows)]), file=answers, flush=True)
        else:
            times = sorted(seconds(rows[i : i + 1]) for i in range(int(n_rows)))
            print(times[len(times) // 2] * 1e9, file=answers, flush=True)


main(Path(sys.argv[1]), sys.argv[2])
