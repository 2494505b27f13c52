#!/usr/bin/env python3
"""Trains small models with the LightGBM at hand and writes them with the library's own answers.

Usage: generate.py FOLDER   (README.md beside this file says how the committed files were made)
"""

import os
import sys
import warnings

os.environ["OMP_NUM_THREADS"] = "1"
warnings.filterwarnings("ignore")

import lightgbm as lgb
import numpy as np

VERSION = tuple(int(part) for part in lgb.__version__.split(".")[:2])
# What LightGBM takes for 0.
ZERO = float(np.float32(1e-35))
BASE = {
    "num_leaves": 5,
    "min_data_in_leaf": 5,
    "learning_rate": 0.3,
    "verbose": -1,
    "num_threads": 1,
    "seed": 7,
    "deterministic": True,
}


def numbers(n=240):
    """Missing values in column 0, none in column 1, many zeros in column 2, and small integers in column 3."""
    rng = np.random.RandomState(5)
    x = np.round(rng.randn(n, 4), 2)
    x[rng.rand(n) < 0.3, 0] = np.nan
    x[rng.rand(n) < 0.5, 2] = 0
    x[rng.rand(n) < 0.1, 2] = np.nan
    x[:, 3] = rng.randint(-3, 4, n)
    y = np.where(np.isnan(x[:, 0]), 1.5, x[:, 0]) + x[:, 1] * (x[:, 3] > 0) - 2 * (np.nan_to_num(x[:, 2], nan=3) == 0)
    return x, y + rng.randn(n) * 0.1, []


def categories(n=400):
    """Column 0 has 8 categories, column 1 has 90, column 2 numbers and missing values."""
    rng = np.random.RandomState(6)
    x = np.round(rng.randn(n, 3), 2)
    x[:, 0] = rng.randint(0, 8, n)
    x[:, 1] = rng.randint(0, 90, n)
    x[rng.rand(n) < 0.2, 2] = np.nan
    x[rng.rand(n) < 0.05, 1] = np.nan
    y = np.sin(x[:, 0] * 9) + np.cos(np.nan_to_num(x[:, 1]) * 7) * 2 + np.nan_to_num(x[:, 2], nan=2)
    return x, y + rng.randn(n) * 0.1, [0, 1]


def classes(y, k):
    return np.digitize(y, np.quantile(y, np.arange(1, k) / k)).astype(float)


def logistic_loss(scores, data):
    p = 1 / (1 + np.exp(-scores))
    return p - data.get_label(), p * (1 - p)


def softmax_loss(scores, data):
    y = data.get_label().astype(int)
    flat = scores.ndim == 1
    s = scores.reshape(-1, len(y)).T if flat else scores
    p = np.exp(s - s.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    grad, hess = p - np.eye(p.shape[1])[y], 2 * p * (1 - p)
    return (grad.T.ravel(), hess.T.ravel()) if flat else (grad, hess)


def train(x, y, cat, params, rounds=4, loss=None, names=None, group=None, stop=False, init=None):
    params = {**BASE, **params}
    options = {"categorical_feature": cat} if cat else {}
    if names:
        options["feature_name"] = names
    arguments = {}
    if loss:
        params["objective"] = "none"
    # Some parameters are the table's.
    data = lgb.Dataset(x, y, group=group, params=dict(params), free_raw_data=False, **options)
    if loss and VERSION >= (4, 0):
        params["objective"] = loss
    elif loss:
        arguments["fobj"] = loss
    if stop:
        valid = lgb.Dataset(x[:60], y[:60][::-1], reference=data)
        arguments.update(valid_sets=[valid], callbacks=[lgb.early_stopping(2, verbose=False)])
    if init:
        arguments["init_model"] = init
    return lgb.train(params, data, rounds, **arguments)


def cases():
    """Name, and how to train it."""
    x, y, _ = numbers()
    positive = np.exp(y / 3)
    two, three, part = classes(y, 2), classes(y, 3), 1 / (1 + np.exp(-y))
    grades, group = classes(y, 4), [20] * 12

    def of(target, params, **options):
        return lambda: train(x, target, [], params, **options)

    yield "regression", of(y, {"objective": "regression"})
    yield "sqrt", of(y, {"objective": "regression", "reg_sqrt": True})
    yield "l1_sqrt", of(y, {"objective": "regression_l1", "reg_sqrt": True})
    for name in ["regression_l1", "huber", "fair", "quantile"]:
        yield name, of(y, {"objective": name, "alpha": 0.8})
    for name in ["mape", "poisson", "gamma", "tweedie"]:
        yield name, of(positive, {"objective": name})
    yield "binary", of(two, {"objective": "binary"})
    yield "binary_sigmoid", of(two, {"objective": "binary", "sigmoid": 0.7, "boost_from_average": False})
    yield "multiclass", of(three, {"objective": "multiclass", "num_class": 3}, rounds=2)
    yield "multiclassova", of(three, {"objective": "multiclassova", "num_class": 3, "sigmoid": 1.3}, rounds=2)
    yield "cross_entropy", of(part, {"objective": "cross_entropy"})
    yield "cross_entropy_lambda", of(part, {"objective": "cross_entropy_lambda"})
    yield "lambdarank", of(grades, {"objective": "lambdarank"}, group=group)
    if VERSION >= (3, 0):
        yield "rank_xendcg", of(grades, {"objective": "rank_xendcg"}, group=group)
    yield "custom", of(two, {}, loss=logistic_loss)
    yield "custom_three", of(three, {"num_class": 3}, loss=softmax_loss, rounds=2)
    yield "dart", of(y, {"boosting": "dart", "drop_rate": 0.5}, rounds=6)
    goss = {"data_sample_strategy": "goss"} if VERSION >= (4, 0) else {"boosting": "goss"}
    yield "goss", of(y, {**goss, "top_rate": 0.3, "other_rate": 0.3})
    rf = {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6}
    yield "rf", of(y, rf)
    yield "rf_poisson", of(positive, {**rf, "objective": "poisson"})
    yield "rf_binary", of(two, {**rf, "objective": "binary"})
    yield "rf_multiclass", of(three, {**rf, "objective": "multiclass", "num_class": 3}, rounds=2)
    yield "zero_as_missing", of(y, {"zero_as_missing": True}, rounds=6)
    yield "use_missing_false", of(y, {"use_missing": False})
    yield "monotone", of(y, {"monotone_constraints": [1, 1, 0, 0]})
    yield "one_tree", of(y, {"num_leaves": 12}, rounds=1)
    yield "deep", of(y, {"num_leaves": 40, "min_data_in_leaf": 1, "max_bin": 500}, rounds=2)
    yield "bagging", of(y, {"bagging_freq": 1, "bagging_fraction": 0.5, "feature_fraction": 0.6})
    yield "constant", of(np.full(len(y), 2.5), {})
    yield "constant_binary", of(two, {"objective": "binary", "min_data_in_leaf": 200})
    yield "early_stopping", of(y, {"learning_rate": 1.0, "objective": "regression", "metric": "l2"}, rounds=20, stop=True)
    yield "continued", of(y, {"zero_as_missing": True}, init=of(y, {})())
    yield "names", of(y, {}, names=["a=b", "Tree=1", "naïve" if VERSION >= (3, 0) else "naive", "end"])
    if VERSION >= (3, 0):
        yield "extra_trees", of(y, {"extra_trees": True, "path_smooth": 1.0})
    if VERSION >= (4, 0):
        yield "quantized", of(y, {"use_quantized_grad": True})

    tiny = x.copy()
    tiny[:, 1] = np.where(x[:, 1] > 0, 3e-35, -3e-35) * (np.abs(x[:, 1]) > 0.5)
    yield "tiny", lambda: train(tiny, tiny[:, 1] * 1e35 + y / 9, [], {"num_leaves": 8})

    z, t, cat = categories()

    def of_categories(target, params, **options):
        return lambda: train(z, target, cat, {"num_leaves": 6, "min_data_per_group": 5, **params}, **options)

    yield "categorical", of_categories(t, {})
    yield "categorical_onehot", of_categories(t, {"max_cat_to_onehot": 100})
    yield "categorical_binary", of_categories(classes(t, 2), {"objective": "binary", "cat_smooth": 1})
    yield "categorical_zero", of_categories(t, {"zero_as_missing": True})
    if VERSION >= (3, 2):
        yield "linear", of(y, {"linear_tree": True, "linear_lambda": 0.01})
        yield "linear_binary", of(two, {"linear_tree": True, "objective": "binary"})
        yield "linear_multiclass", of(three, {"linear_tree": True, "objective": "multiclass", "num_class": 3}, rounds=2)
        yield "linear_categorical", of_categories(t, {"linear_tree": True})


def rows(name, text):
    """Ordinary rows, and rows at the model's thresholds."""
    is_categorical = "categorical" in name
    x = (categories() if is_categorical else numbers())[0]
    rng = np.random.RandomState(3)
    made = x[rng.choice(len(x), 8, replace=False)].copy()
    nasty = [np.nan, 0.0, -0.0, 1e-36, -1e-36, ZERO, -ZERO, 1.5e-35, -1.5e-35, np.inf, -np.inf, 1e300]
    if is_categorical:
        nasty = [np.nan, -1, -0.5, 0.9, 1.9, 31, 32, 63, 64, 89, 90, 1e6, 0, np.inf, -np.inf, 1e-36]
    for i in range(len(nasty)):
        row = x[rng.randint(len(x))].copy()
        for column in range(len(row)):
            if column == i % len(row) or rng.rand() < 0.5:
                row[column] = nasty[(i + column) % len(nasty)]
        made = np.vstack([made, row])
    made = np.vstack([made, np.full(x.shape[1], np.nan), np.zeros(x.shape[1])])
    for block in text.split("\nTree=")[1:]:
        lines = dict(line.split("=", 1) for line in block.split("\n")[1:] if "=" in line)
        splits = zip(lines.get("split_feature", "").split(), lines.get("threshold", "").split(), lines.get("decision_type", "").split())
        for feature, threshold, decision in list(splits)[:2]:
            if int(decision) & 1 == 0:
                row = x[rng.randint(len(x))].copy()
                bound = float(threshold)
                row[int(feature)] = [bound, np.nextafter(bound, np.inf), np.nextafter(bound, -np.inf)][len(made) % 3]
                made = np.vstack([made, row])
    return made[:36]


def section(title, values, digits=None):
    values = np.asarray(values)
    values = values.reshape(len(values), -1) if values.ndim > 1 else values.reshape(-1, 1)
    show = (lambda v: format(v, f".{digits}g")) if digits else (lambda v: repr(v.item()))
    return [title] + [",".join(show(v) for v in row) for row in values]


def main(folder):
    os.makedirs(folder, exist_ok=True)
    for name, make in cases():
        booster = make()
        text = booster.model_to_string()
        # The parameters are half of a small file; one with them is enough.
        if name != "regression":
            head, _, tail = text.partition("\nparameters:")
            text = head + "\n" + tail.partition("end of parameters\n")[2]
        with open(os.path.join(folder, name + ".txt"), "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        x = rows(name, text)
        lines = section("rows", x)
        lines += section("values", booster.predict(x))
        lines += section("raw", booster.predict(x, raw_score=True))
        lines += section("leaves", booster.predict(x, pred_leaf=True).astype(int))
        try:
            lines += section("contributions", booster.predict(x, pred_contrib=True), 9)
        except lgb.basic.LightGBMError as error:
            print(f"{name}: no contributions: {error}")
        with open(os.path.join(folder, name + ".csv"), "w", encoding="utf-8", newline="\n") as file:
            file.write("\n".join(lines) + "\n")


main(sys.argv[1])
