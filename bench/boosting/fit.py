"""Another library's boosting on a table of tables.py.

`fit.py LIBRARY ROWS.f32 TARGETS.f32 FEATURES TRAIN OBJECTIVE ROUNDS ETA MAX_DEPTH MAX_LEAVES THREADS` takes what the
example boost_bench takes and prints the same: `fit SECONDS` from the matrix in memory to the model, binning included,
and `held-out VALUE`. LIBRARY is lightgbm, xgboost or scikit-learn. MAX_LEAVES other than 0 grows by loss.
"""

import os
import sys
import time


def main(library: str, rows: str, targets: str, features: int, n: int, objective: str, rounds: int, eta: float, depth: int,
         leaves: int, threads: int) -> None:  # fmt: skip
    os.environ["OMP_NUM_THREADS"] = str(threads)
    import numpy as np

    y = np.fromfile(targets, "<f4")
    x = np.fromfile(rows, "<f4").reshape(len(y), features)
    x, unseen, y, truth = x[:n], x[n:], y[:n], y[n:]
    if library == "xgboost":
        import xgboost

        settings = {"objective": objective, "eta": eta, "nthread": threads, "tree_method": "hist", "max_depth": depth}
        if leaves:
            settings |= {"max_leaves": leaves, "grow_policy": "lossguide"}
        start = time.perf_counter()
        model = xgboost.train(settings, xgboost.QuantileDMatrix(x, y, nthread=threads), rounds)
        seconds = time.perf_counter() - start
        found = model.inplace_predict(unseen)
    elif library == "lightgbm":
        import lightgbm

        name = {"binary:logistic": "binary", "reg:squarederror": "regression", "count:poisson": "poisson"}[objective]
        settings = {"objective": name, "learning_rate": eta, "num_threads": threads, "verbose": -1}
        settings |= {"num_leaves": leaves} if leaves else {"num_leaves": 2**depth, "max_depth": depth}
        start = time.perf_counter()
        model = lightgbm.train(settings, lightgbm.Dataset(x, y, params=settings), rounds)
        seconds = time.perf_counter() - start
        found = model.predict(unseen)
    else:
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

        settings = {"learning_rate": eta, "max_iter": rounds, "early_stopping": False}
        settings |= {"max_leaf_nodes": leaves or None, "max_depth": depth or None}
        if objective == "binary:logistic":
            model = HistGradientBoostingClassifier(**settings)
        else:
            loss = {"reg:squarederror": "squared_error", "count:poisson": "poisson"}[objective]
            model = HistGradientBoostingRegressor(loss=loss, **settings)
        start = time.perf_counter()
        model.fit(x, y)
        seconds = time.perf_counter() - start
        found = model.predict_proba(unseen)[:, 1] if objective == "binary:logistic" else model.predict(unseen)
    found = np.clip(found.astype(np.float64), 1e-16, None) if objective != "reg:squarederror" else found.astype(np.float64)
    if objective == "binary:logistic":
        value = -np.mean(np.where(truth == 1, np.log(found), np.log(np.maximum(1 - found, 1e-16))))
    elif objective == "count:poisson":
        from scipy.special import gammaln

        value = np.mean(gammaln(truth + 1) + found - truth * np.log(found))
    else:
        value = np.sqrt(np.mean((truth - found) ** 2))
    print(f"fit {seconds:.4f}")
    print(f"held-out {value:.6f}")


if __name__ == "__main__":
    library, rows, targets, features, n, objective, rounds, eta, *rest = sys.argv[1:]
    main(library, rows, targets, int(features), int(n), objective, int(rounds), float(eta), *map(int, rest))
