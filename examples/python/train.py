#!/usr/bin/env python3
"""Your training job: edit this to include your training code.

SageMaker lays the job out below /opt/ml: hyperparameters and the channel `training` in, what load() of predictor.py
reads out. If the job fails, output/failure says why.
"""

import json
import os
import pathlib
import pickle
import signal
import sys
import traceback

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

BASE = pathlib.Path(os.environ.get("SAGEMAKER_BASE_DIR") or "/opt/ml")


def hyperparameters():
    """Whatever they are, SageMaker sends strings: {"max_leaf_nodes": "16"}."""
    path = BASE / "input/config/hyperparameters.json"
    return json.loads(path.read_text()) if path.exists() else {}


def training_data():
    """The labels, from the first column, and the rows of all CSV files of the channel."""
    channel = BASE / "input/data/training"
    files = [path for path in sorted(channel.rglob("*")) if path.is_file() and path.name[0] not in "._"]
    if not files:
        raise ValueError(f"{channel}: found no file, expected CSV with the label in the first column")
    table = np.concatenate([read(file) for file in files])
    labels, features = table[:, 0], table[:, 1:]
    features = np.where(features == "", "nan", features).astype(np.float32)
    return (labels.astype(int) if all(map(str.isdecimal, labels)) else labels), features


def read(file):
    try:
        return np.loadtxt(file, str, delimiter=",", comments=None, quotechar='"', ndmin=2)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error


def main():
    max_leaf_nodes = hyperparameters().get("max_leaf_nodes")
    labels, rows = training_data()
    tree = DecisionTreeClassifier(max_leaf_nodes=max_leaf_nodes and int(max_leaf_nodes), random_state=0)
    model = make_pipeline(SimpleImputer(keep_empty_features=True), tree).fit(rows, labels)
    print(f"train:accuracy={model.score(rows, labels):.4f};")
    partial = BASE / "model/model.pickle.partial"
    partial.parent.mkdir(parents=True, exist_ok=True)
    partial.write_bytes(pickle.dumps(model))
    partial.rename(partial.with_suffix(""))  # as a whole or not at all


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # process 1 of a container would ignore it
    try:
        main()
    except Exception as error:
        traceback.print_exc()
        (BASE / "output").mkdir(parents=True, exist_ok=True)
        (BASE / "output/failure").write_text(f"{type(error).__name__}: {error}")
        sys.exit(1)
