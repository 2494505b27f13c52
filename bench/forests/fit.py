"""Fits a model of scikit-learn: `fit.py scikit-learn|intelex JOB TRAIN TEST`.

Prints `fit SECONDS`, `user SECONDS` (processor time of the fit) and `held-out SCORE` (accuracy or R2).
"""

import resource
import sys
import time

import numpy as np


def main(engine: str, job: str, train: str, test: str) -> None:
    if engine == "intelex":
        from sklearnex import patch_sklearn

        patch_sklearn(verbose=False)
    from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
    from sklearn.tree import DecisionTreeRegressor

    model = {
        "random_forest": lambda: RandomForestClassifier(100, n_jobs=2, random_state=0),
        "extra_trees": lambda: ExtraTreesClassifier(100, n_jobs=2, random_state=0),
        "regression_tree": lambda: DecisionTreeRegressor(random_state=0),
    }[job]()
    rows, held_out = (np.fromfile(file, dtype="<f4").reshape(-1, 21) for file in (train, test))
    x, y = np.ascontiguousarray(rows[:, 1:]), rows[:, 0].astype(float)
    user = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    start = time.perf_counter()
    model.fit(x, y)
    print(f"fit {time.perf_counter() - start:.4f}")
    print(f"user {resource.getrusage(resource.RUSAGE_SELF).ru_utime - user:.4f}")
    print(f"held-out {model.score(held_out[:, 1:], held_out[:, 0]):.5f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
