"""Writes a training set: `data.py FILE ROWS CLASSES`.

FILE.csv is what a user would have: label first, 5 decimals. FILE.f32 is the same, already parsed:
little-endian float32, for timing `fit` without any reading.
"""

import sys

import numpy as np
from sklearn.datasets import make_classification

FEATURES = 20


def main(file: str, rows: int, classes: int) -> None:
    x, y = make_classification(
        n_samples=rows, n_features=FEATURES, n_informative=10, n_classes=classes, random_state=0
    )
    table = np.column_stack([y, np.round(x, 5)])
    np.savetxt(f"{file}.csv", table, fmt=["%d"] + ["%.5f"] * FEATURES, delimiter=",")
    table.astype("<f4").tofile(f"{file}.f32")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
