"""scikit-learn's fit on a file of data.py: prints `fit SECONDS`, leaves and training accuracy.

`fit.py FILE.f32 COLUMNS [ROWS]`: of all rows, or the first ones.
"""

import sys
import time

import numpy as np
from sklearn.tree import DecisionTreeClassifier


def main(file: str, columns: int, rows: int | None) -> None:
    table = np.fromfile(file, dtype="<f4").reshape(-1, columns)[:rows]
    x, y = np.ascontiguousarray(table[:, 1:]), table[:, 0].astype(np.int64)
    start = time.perf_counter()
    tree = DecisionTreeClassifier(random_state=0).fit(x, y)
    print(f"fit {time.perf_counter() - start:.4f}")
    print(f"leaves {tree.get_n_leaves()} depth {tree.get_depth()}")
    print(f"train {tree.score(x, y):.6f}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else None)
