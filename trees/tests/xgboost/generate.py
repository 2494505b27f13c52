"""Trains small models with the XGBoost version at hand, and writes each with the library's own answers.

    python generate.py FOLDER

README.md says which versions to run it with, and how an answers file is written.
"""

import json
import os
import pickle
import re
import sys
import warnings

import numpy as np
import xgboost as xgb

warnings.filterwarnings("ignore")
OUT = sys.argv[1]
TEXT = xgb.__version__
VERSION = tuple(int(part) for part in TEXT.split(".")[:2])
N_FEATURES = 5
INT_MAX = 2147483647


def data(seed, n=160, n_features=N_FEATURES):
    """Rows of which some values are missing, and a target that depends on them."""
    r = np.random.RandomState(seed)
    x = np.round(r.randn(n, n_features) * 2, 2).astype(np.float32)
    y = x[:, 0] - 0.7 * x[:, 1] + np.abs(x[:, 2]) + 0.2 * r.randn(n)
    x[r.rand(n, n_features) < 0.08] = np.nan
    return x, y.astype(np.float32)


def targets(objective, y):
    """The target as the objective wants it, and further parameters."""
    positive = np.exp(y / 3).astype(np.float32)
    if objective in ("reg:logistic",):
        return 1 / (1 + np.exp(-y)), {}
    if objective.startswith("binary:"):
        return (y > 0.5).astype(np.float32), {}
    if objective.startswith("multi:"):
        return np.digitize(y, [-0.5, 1.5]).astype(np.float32), {"num_class": 3}
    if objective == "count:poisson":
        return np.floor(positive), {}
    if objective == "reg:tweedie":
        return np.where(y < 0, 0, positive).astype(np.float32), {"tweedie_variance_power": 1.3}
    if objective == "survival:cox":
        return np.where(y < -1, -positive, positive).astype(np.float32), {}
    if objective.startswith("rank:"):
        return np.clip(np.floor(y), 0, 1 if objective == "rank:map" else 3).astype(np.float32), {}
    if objective == "reg:quantileerror":
        return y, {"quantile_alpha": [0.1, 0.5, 0.9]}
    if objective == "reg:expectileerror":
        return y, {"expectile_alpha": [0.2, 0.5, 0.8]}
    if objective in ("reg:gamma", "reg:squaredlogerror", "survival:aft"):
        return positive, {}
    return y, {}


def matrix(x, y=None, objective="", names=None, types=None):
    arguments = {}
    if names is not None:
        arguments["feature_names"] = names
    if types is not None:
        arguments["feature_types"] = types
        if "c" in types:
            arguments["enable_categorical"] = True
    d = xgb.DMatrix(x, **arguments)
    if y is None:
        return d
    if objective == "survival:aft":
        d.set_float_info("label_lower_bound", y)
        d.set_float_info("label_upper_bound", np.where(y > 2, np.inf, y).astype(np.float32))
    else:
        d.set_label(y) if np.ndim(y) == 1 else None
        if np.ndim(y) == 2:
            d = xgb.DMatrix(x, label=y, **arguments)
    if objective.startswith("rank:"):
        d.set_group([len(x) // 8] * 8)
    return d


def thresholds(booster):
    """(feature, threshold) of some branches, as written in the dump with all digits that it has."""
    found = []
    try:
        trees = booster.get_dump()
    except xgb.core.XGBoostError:  # of vector leaves, for which 2.0 to 3.1 have no dump
        document = json.loads(re.sub(rb"\bNaN\b", b"0", bytes(booster.save_raw("json"))))
        for tree in document["learner"]["gradient_booster"]["model"]["trees"]:
            nodes = zip(tree["left_children"], tree["split_indices"], tree["split_conditions"])
            found += [(str(feature), np.float32(value)) for left, feature, value in nodes if left != -1]
        return found
    for tree in trees:
        for feature, value in re.findall(r"\[(?:f|name )?([^<\]]*)<([^\]]*)\]", tree):
            found.append((feature, np.float32(value)))
    return found


def probes(x, booster, names, seed, categorical):
    """Rows: training's, missing values, and thresholds with their neighbours."""
    r = np.random.RandomState(seed)
    n = x.shape[1]
    rows = [row.copy() for row in x[:6]]
    rows.append(np.full(n, np.nan, np.float32))
    rows.append(np.where(r.rand(n) < 0.5, np.nan, x[7]).astype(np.float32))
    rows.append(np.full(n, 0.0, np.float32))
    rows.append(np.full(n, -0.0, np.float32))
    rows.append(np.full(n, 3e38, np.float32) * r.choice([-1, 1], n).astype(np.float32))
    found = thresholds(booster)
    index = {name: i for i, name in enumerate(names or [])}
    for step in (-1, 0, 1):
        row = x[8].copy()
        for feature, value in found:
            if feature in index:
                at = index[feature]
            elif feature.isdigit() and int(feature) < n:
                at = int(feature)
            else:
                continue
            if at in categorical:
                continue
            row[at] = value if step == 0 else np.nextafter(value, np.float32(step * np.inf))
        rows.append(row.astype(np.float32))
    if categorical:
        # Codes that training never saw lead 1.6 elsewhere than the versions after it.
        rows = [np.where([i in categorical for i in range(n)], x[k % len(x)], row) for k, row in enumerate(rows)]
        missing = x[3].copy()
        missing[list(categorical)] = np.nan
        rows.append(missing)
        if VERSION >= (1, 7):
            for code in (-1.0, 0.9, 1.9, 40.0, 100000.0, 20000000.0):
                row = x[4].copy()
                row[list(categorical)] = code
                rows.append(row)
    return np.array(rows, np.float32)


def text(value):
    if np.isnan(value):
        return "nan"
    if float(value) == int(value) if abs(value) < 1e6 else False:
        return repr(int(value)) if not (value == 0 and np.signbit(value)) else "-0"
    return repr(np.float32(value)).replace("np.float32(", "").replace(")", "") if not isinstance(value, np.float32) else str(value)


def section(name, values, n_rows):
    values = np.asarray(values).reshape(n_rows, -1)
    lines = ["%s %d %d" % ((name,) + values.shape)]
    lines += [",".join(text(v) for v in row) for row in values]
    return lines


def predict(booster, d, **arguments):
    if VERSION < (1, 2):
        # Without it dart drops trees; see the documentation of these versions.
        arguments["ntree_limit"] = 1000
    return booster.predict(d, **arguments)


def answers(path, model, x, names, types, categorical, seed):
    booster = xgb.Booster()
    if isinstance(model, xgb.Booster):
        booster = model
    else:
        booster.load_model(model)
    rows = probes(x, booster, names, seed, categorical)
    booster_names = booster.feature_names
    if names and not booster_names:
        names = types = None
    d = matrix(rows, names=names, types=types)
    lines = section("rows", rows, len(rows))
    lines += section("margins", predict(booster, d, output_margin=True), len(rows))
    lines += section("predictions", predict(booster, d), len(rows))
    for name, flag in (("leaves", "pred_leaf"), ("contributions", "pred_contribs")):
        try:
            lines += section(name, predict(booster, d, **{flag: True}), len(rows))
        except Exception as error:  # vector leaves, and files without trees, have none
            print(path, flag, str(error).splitlines()[0][:100])
    # The formats of a model have their answers in common.
    text = "\n".join(lines) + "\n"
    common = re.sub(r"\.(bin|json|ubj|pickle\d)$", "", path) + ".answers"
    if not os.path.exists(common):
        path = common
    elif open(common).read() == text:
        return
    else:
        path += ".answers"
    with open(path, "w") as f:
        f.write(text)


def formats():
    found = []
    if VERSION >= (1, 0):
        found.append("json")
    if VERSION >= (1, 6):
        found.append("ubj")
    if VERSION < (3, 1):
        found.append("bin")
    return found


# Of these versions the corpus has every model. Of the others it has every third, each version others.
WHOLE = [(0, 90), (1, 3), (1, 7), (3, 4)]
# These models come in all formats, the others in one, each version in another.
ALL_FORMATS = ["names", "pickled", "dart", "base-given", "no-trees", "categories-mixed", "vectors", "refused-gblinear"]
turn = sum(VERSION)


def chosen(name, kinds):
    """The formats in which the corpus has a model of this version."""
    global turn
    turn += 1
    if "EVERYTHING" in os.environ or not kinds:
        return kinds
    pickles = [kind for kind in kinds if kind.startswith("pickle")]
    others = [kind for kind in kinds if not kind.startswith("pickle")]
    if VERSION in WHOLE and name in ALL_FORMATS:
        return kinds
    if VERSION not in WHOLE and name not in ("names", "pickled", "dart") and turn % 3:
        return []
    return [those[turn % len(those)] for those in (others, pickles) if those]


def write(name, booster, kinds, x, names=None, types=None, categorical=(), seed=0):
    for kind in chosen(name, kinds):
        path = os.path.join(OUT, "%s-%s" % (TEXT, name))
        try:
            if kind == "bin":
                path += ".bin"
                temporary = path + (".deprecated" if VERSION >= (2, 0) else ".model")
                booster.save_model(temporary)
                os.replace(temporary, path)
                source = path
                if VERSION >= (2, 0):
                    source = bytearray(open(path, "rb").read())
            elif kind.startswith("pickle"):
                path += "." + kind
                with open(path, "wb") as f:
                    pickle.dump(booster, f, protocol=int(kind[-1]))
                source = pickle.load(open(path, "rb"))
            else:
                path += "." + kind
                booster.save_model(path)
                if kind == "json":
                    json.load(open(path))
                source = path
            try:
                answers(path, source, x, names, types, categorical, seed)
            except xgb.core.XGBoostError as error:
                if "deleted_nodes_" not in str(error):
                    raise
                # 1.0 can't read the deleted nodes that it writes.
                answers(path, booster, x, names, types, categorical, seed)
        except Exception as error:
            print("NOT WRITTEN", path, type(error).__name__, str(error)[:300].replace("\n", " | "))
            if os.path.exists(path):
                os.remove(path)


def train(params, x, y, rounds=4, names=None, types=None, objective=None, **arguments):
    objective = objective or params.get("objective", "reg:squarederror")
    everything = {"max_depth": 3, "eta": 0.4, "nthread": 1, "objective": objective, "seed": 7}
    everything.update(params)
    if VERSION < (1, 0):
        everything["silent"] = 1
    else:
        everything["verbosity"] = 0
    return xgb.train(everything, matrix(x, y, objective, names, types), rounds, **arguments)


OBJECTIVES = [
    ("reg:squarederror", (0, 90)),
    ("reg:linear", (0, 90)),
    ("reg:squaredlogerror", (1, 0)),
    ("reg:pseudohubererror", (1, 2)),
    ("reg:absoluteerror", (1, 7)),
    ("reg:quantileerror", (2, 0)),
    ("reg:expectileerror", (3, 3)),
    ("reg:logistic", (0, 90)),
    ("binary:logistic", (0, 90)),
    ("binary:logitraw", (0, 90)),
    ("binary:hinge", (0, 90)),
    ("multi:softmax", (0, 90)),
    ("multi:softprob", (0, 90)),
    ("count:poisson", (0, 90)),
    ("reg:gamma", (0, 90)),
    ("reg:tweedie", (0, 90)),
    ("survival:cox", (0, 90)),
    ("survival:aft", (1, 1)),
    ("rank:pairwise", (0, 90)),
    ("rank:ndcg", (0, 90)),
    ("rank:map", (0, 90)),
]


def objectives():
    for i, (objective, since) in enumerate(OBJECTIVES):
        if VERSION < since:
            continue
        x, y = data(i)
        y, params = targets(objective, y)
        params["objective"] = objective
        params["max_depth"] = 2
        try:
            booster = train(params, x, y, rounds=2)
        except Exception as error:
            print("NOT TRAINED", objective, str(error)[:200])
            continue
        write(objective.replace(":", "-"), booster, formats(), x, seed=i)


def structures():
    kinds = formats()
    x, y = data(50)
    b = (y > 0).astype(np.float32)
    c, _ = targets("multi:softprob", y)
    pickles = ["pickle2", "pickle3", "pickle4"] + (["pickle5"] if sys.version_info >= (3, 8) else [])
    names = ["length", "width", "h ö h e", "a\"b", "e"]
    if VERSION >= (1, 0):
        booster = train({"objective": "binary:logistic"}, x, b, 2, names=names, types=["float", "q", "float", "int", "float"][: len(names)])
        write("names", booster, kinds + pickles, x, names=names, types=["float", "q", "float", "int", "float"])
    else:
        booster = train({"objective": "binary:logistic"}, x, b, 2)
        write("pickled", booster, kinds + ["pickle0", "pickle1"] + pickles, x)
    if VERSION in ((1, 0), (1, 5), (3, 4)):
        write("pickled", train({}, x, y, rounds=2), ["pickle0", "pickle1"], x)
    dart = {"booster": "dart", "rate_drop": 0.5, "one_drop": 1, "eta": 0.7}
    write("dart", train(dart, x, y, rounds=4), kinds, x)
    write("dart-logistic-base", train(dict(dart, objective="binary:logistic", base_score=0.3), x, b, rounds=3), kinds, x)
    write("dart-multi", train(dict(dart, objective="multi:softprob", num_class=3, max_depth=2), x, c, rounds=3), kinds, x)
    forest = {"num_parallel_tree": 3, "subsample": 0.7, "colsample_bynode": 0.8, "max_depth": 2}
    write("parallel-multi", train(dict(forest, objective="multi:softprob", num_class=3), x, c, rounds=1), kinds, x)
    write("parallel-dart", train(dict(forest, **dart), x, y, rounds=3), kinds, x)
    write("base-given", train({"base_score": 0.25, "objective": "binary:logistic"}, x, b, rounds=2), kinds, x)
    write("base-poisson", train({"base_score": 1.7, "objective": "count:poisson"}, x, np.floor(np.exp(y / 3)), rounds=2), kinds, x)
    write("base-gamma", train({"base_score": 2.5, "objective": "reg:gamma"}, x, np.exp(y / 3), rounds=2), kinds, x)
    write("base-hinge", train({"base_score": 0.0, "objective": "binary:hinge"}, x, b, rounds=2), kinds, x)
    write("base-large", train({"base_score": 1e4}, x, y + 10000, rounds=4), kinds, x)
    write("base-multi", train({"base_score": 0.9, "objective": "multi:softmax", "num_class": 3, "max_depth": 2}, x, c, rounds=2), kinds, x)
    write("sum-order", train({"base_score": 0.3, "eta": 0.1, "max_depth": 2}, x, y / 3, rounds=12), kinds, x)
    # Early stopping: the file holds all rounds, and best_iteration among its attributes.
    noise = np.random.RandomState(1).randn(len(y)).astype(np.float32)
    stopped = train({"eta": 1.0, "max_depth": 2}, x, noise, rounds=30, early_stopping_rounds=3,
                    evals=[(matrix(x[:40], y[:40]), "valid")], verbose_eval=False)
    write("early-stopping", stopped, kinds, x)
    write("no-trees", train({}, x, y, rounds=0), kinds, x)
    if VERSION >= (1, 0):  # 0.90 answers with one column
        write("no-trees-multi", train({"objective": "multi:softprob", "num_class": 3}, x, c, rounds=0), kinds, x)
    write("single-leaves", train({"gamma": 1e9}, x, y, rounds=2), kinds, x)
    write("one-tree", train({}, x, y, rounds=1), kinds, x)
    write("pruned", train({"gamma": 12, "max_depth": 5, "tree_method": "exact"}, x, y, rounds=3), kinds, x)
    write("pruned-all", train({"gamma": 100, "max_depth": 4, "tree_method": "exact"}, x, y / 3, rounds=3), kinds, x)
    if VERSION in ((0, 90), (1, 3), (1, 7), (3, 4)):
        write("deep", train({"max_depth": 12, "min_child_weight": 0, "lambda": 0, "eta": 0.9}, x, noise, rounds=1), kinds, x)
    write("lossguide", train({"grow_policy": "lossguide", "tree_method": "hist", "max_leaves": 7, "max_depth": 0}, x, y, 2), kinds, x)
    refreshed = train({}, x, y, rounds=3)
    try:
        refreshed = train({"process_type": "update", "updater": "refresh", "refresh_leaf": 0}, x[:80], y[:80] * 3, rounds=3, xgb_model=refreshed)
        write("refreshed", refreshed, kinds, x)
    except Exception as error:
        print("NOT TRAINED refreshed", str(error)[:200])
    for name, first, then in (("dart-then-gbtree", dart, {}), ("gbtree-then-dart", {}, dart)):
        try:
            both = train(then, x, y, rounds=2, xgb_model=train(first, x, y, rounds=3))
            write(name, both, kinds, x)
        except Exception as error:
            print("NOT TRAINED", name, str(error)[:200])


def categories():
    if VERSION < (1, 6):
        return
    r = np.random.RandomState(60)
    x, y = data(60)
    x[:, 1] = r.randint(0, 4, len(x))
    x[:, 3] = r.randint(0, 40, len(x))
    effect = r.randn(40)
    y = y + 2 * (x[:, 1] == 2) + effect[x[:, 3].astype(int)] * 2
    x[r.rand(len(x)) < 0.05, 1] = np.nan
    x[r.rand(len(x)) < 0.05, 3] = np.nan
    types = ["float", "c", "float", "c", "q"]
    kinds = [kind for kind in formats() if kind != "bin"]
    for name, onehot in (("onehot", 100), ("partition", 1), ("mixed", 8)):
        if name == "onehot" and VERSION < (1, 7):
            continue  # 1.6 sends a category larger than the set's the default way
        params = {"tree_method": "hist" if VERSION >= (1, 7) else "approx", "max_cat_to_onehot": onehot}
        booster = train(params, x, y.astype(np.float32), 2, types=types)
        write("categories-" + name, booster, kinds, x, types=types, categorical=(1, 3))
    classes = np.digitize(y, [0, 3])
    params = {"tree_method": "hist" if VERSION >= (1, 7) else "approx", "objective": "multi:softprob", "num_class": 3, "max_depth": 2}
    write("categories-multi", train(params, x, classes, rounds=2, types=types), kinds + ["pickle4"], x, types=types, categorical=(1, 3))
    if VERSION >= (3, 1):
        import pandas as pd

        words = ["red", "green", "blue", "été"] + ["c%d" % i for i in range(36)]
        frame = pd.DataFrame({"f%d" % i: x[:, i] for i in range(N_FEATURES)})
        for at, count in ((1, 4), (3, 40)):
            codes = np.nan_to_num(x[:, at], nan=-1).astype(int)
            frame["f%d" % at] = pd.Categorical.from_codes(codes, words[:count])
        frame["f2"] = pd.Categorical(np.round(np.nan_to_num(frame["f2"])).astype(np.int64))
        d = xgb.DMatrix(frame, label=y, enable_categorical=True)
        booster = xgb.train({"max_depth": 3, "nthread": 1, "verbosity": 0}, d, 3)
        coded = x.copy()
        coded[:, 2] = frame["f2"].cat.codes
        for kind in chosen("categories-names", kinds):
            path = os.path.join(OUT, "%s-categories-names.%s" % (TEXT, kind))
            booster.save_model(path)
            loaded = xgb.Booster(model_file=path)
            rows = coded[:14].astype(np.float32)
            d = matrix(rows, names=booster.feature_names, types=booster.feature_types)
            lines = section("rows", rows, len(rows))
            lines += section("margins", loaded.predict(d, output_margin=True), len(rows))
            lines += section("predictions", loaded.predict(d), len(rows))
            lines += section("leaves", loaded.predict(d, pred_leaf=True), len(rows))
            lines += section("contributions", loaded.predict(d, pred_contribs=True), len(rows))
            with open(os.path.join(OUT, "%s-categories-names.answers" % TEXT), "w") as f:
                f.write("\n".join(lines) + "\n")


def outputs():
    """Several targets: a tree for each, and, since 2.0, vectors in the leaves."""
    if VERSION < (1, 6):
        return
    x, y = data(70)
    many = np.stack([y, -y / 2, np.abs(y)], axis=1)
    labels = (many > 0.3).astype(np.float32)
    kinds = formats()
    modern = [kind for kind in kinds if kind != "bin"]
    base = {"tree_method": "hist", "max_depth": 2}
    write("targets", train(base, x, many, rounds=2), kinds, x)
    write("targets-labels", train(dict(base, objective="binary:logistic"), x, labels, rounds=2), modern, x)
    if VERSION >= (2, 1):
        write("targets-hinge", train(dict(base, objective="binary:hinge"), x, labels, rounds=2), modern, x)
    if VERSION < (2, 0):
        return
    vector = dict(base, multi_strategy="multi_output_tree")
    c = np.digitize(y, [-0.5, 1.5])
    for name, params, target in (
        ("vectors", {}, many),
        ("vectors-labels", {"objective": "binary:logistic"}, labels),
        ("vectors-softprob", {"objective": "multi:softprob", "num_class": 3}, c),
        ("vectors-single", {}, many[:, :1]),
        ("vectors-leaves", {"gamma": 1e9}, many),
        ("vectors-parallel", {"num_parallel_tree": 2, "subsample": 0.7}, many),
        ("vectors-dart", {"booster": "dart", "rate_drop": 0.5, "one_drop": 1}, many),
        ("vectors-pruned", {"gamma": 20, "max_depth": 5}, many),
    ):
        try:
            booster = train(dict(vector, **params), x, target, rounds=2)
        except Exception as error:
            print("NOT TRAINED", name, str(error)[:200].replace("\n", " | "))
            continue
        write(name, booster, modern, x)


def refused():
    x, y = data(80)
    write("refused-gblinear", train({"booster": "gblinear"}, x, y, rounds=2), formats(), x)
    if VERSION == (3, 4):
        from xgboost import XGBClassifier

        sklearn = XGBClassifier(n_estimators=1, max_depth=1).fit(x, (y > 0).astype(int))
        with open(os.path.join(OUT, "%s-refused-sklearn.pickle4" % TEXT), "wb") as f:
            pickle.dump(sklearn, f, protocol=4)


def estimates():
    """A base score that no iteration has estimated yet: since 3.1 it is a margin."""
    if VERSION < (3, 0):
        return
    x, y = data(80)
    for name, objective in (("no-trees-poisson", "count:poisson"), ("no-trees-logistic", "binary:logistic")):
        write(name, train({"objective": objective}, x, (y > 0).astype(np.float32), rounds=0), formats(), x)


os.makedirs(OUT, exist_ok=True)
objectives()
structures()
categories()
outputs()
refused()
estimates()
