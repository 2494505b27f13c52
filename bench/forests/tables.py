"""Writes the rows of a job: `tables.py DIRECTORY classes|numbers`.

TABLE.train.f32 and TABLE.test.f32 are little-endian float32, the label first, 20 features.
"""

import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import make_classification, make_regression


def main(directory: Path, table: str) -> None:
    if table == "classes":
        x, y = make_classification(n_samples=100_000, n_features=20, n_informative=10, n_classes=5, random_state=0)
        n_train = 80_000
    else:
        x, y = make_regression(n_samples=1_100_000, n_features=20, n_informative=10, noise=10.0, random_state=0)
        n_train = 1_000_000
    rows = np.column_stack([y, np.round(x, 5)]).astype("<f4")
    rows[:n_train].tofile(directory / f"{table}.train.f32")
    rows[n_train:].tofile(directory / f"{table}.test.f32")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
