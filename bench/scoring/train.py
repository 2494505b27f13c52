"""Trains the models that the benchmark scores: scikit-learn, exported by skl2onnx.

usage: train.py DIRECTORY    writes NAME.onnx and rows.f32 (100,000 rows of 20 features)
"""

import sys
from pathlib import Path

import numpy as np
from skl2onnx import to_onnx
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

FEATURES = 20


def main(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    x, y = make_classification(
        n_samples=300_000, n_features=FEATURES, n_informative=10, flip_y=0.2, random_state=0
    )
    x = x.astype(np.float32)
    noise = np.random.default_rng(0).integers(0, 2, len(x))
    rows = np.concatenate([x[::2][:50_000], x[200_000:250_000] + np.float32(0.01)])
    rows.tofile(directory / "rows.f32")
    half, small = slice(0, 160_000), slice(0, 50_000)
    forest = {"n_estimators": 100, "max_depth": 8, "n_jobs": -1, "random_state": 0}
    models = {
        # As deep as a greedy tree gets on noisy labels.
        "tree": DecisionTreeClassifier(max_leaf_nodes=16_766, random_state=0).fit(x[half], y[half]),
        "forest": RandomForestClassifier(**forest).fit(x[half], y[half]),
        "forest-3-classes": RandomForestClassifier(**forest).fit(x[small], y[small] + (x[small, 0] > 1)),
        # Random splits of random labels: the quickest way to 100,000 leaves.
        "large-tree": DecisionTreeClassifier(
            max_leaf_nodes=100_000, splitter="random", random_state=0
        ).fit(x, noise),
    }
    for name, model in models.items():
        trees = getattr(model, "estimators_", [model])
        onnx = to_onnx(model, x[:1], options={"zipmap": False}, target_opset={"": 15, "ai.onnx.ml": 3})
        (directory / f"{name}.onnx").write_bytes(onnx.SerializeToString())
        leaves = sum(tree.get_n_leaves() for tree in trees)
        depth = max(tree.get_depth() for tree in trees)
        print(f"{name}: {len(trees)} trees, {leaves} leaves, depth {depth}", flush=True)


main(Path(sys.argv[1]))
