"""docs/models.md, run: XGBoost's and LightGBM's own files, saved as the page says, give the library's own answers."""

import json
import pickle
import re
import urllib.error

import joblib
import numpy as np
import pandas
import pytest
import xgboost
from lightgbm import LGBMClassifier
from sklearn.base import is_classifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder
from xgboost import XGBClassifier, XGBRegressor

from conftest import TOP, Server, refusal, serve_file
from test_libraries import N_ROWS, answers, block, csv_of, data_of, fitted, largest_difference, rows_of_the_table, run, with_missing

pytestmark = pytest.mark.filterwarnings("ignore")

# Of predictions, relative to a value, or to 1 if that is larger: XGBoost's are float32, LightGBM's float64.
TOLERANCES = {"XGBoost": 1e-6, "LightGBM": 1e-12}
# Of contributions, relative to the largest of a row.
OF_CONTRIBUTIONS = 1e-5
NATIVE = [row for row in rows_of_the_table() if row.values[0].startswith(("XGB", "LGBM"))]
MODELS = TOP / "trees/tests/xgboost/models"


def library_of(learner):
    return "XGBoost" if learner.startswith("XGB") else "LightGBM"


def saved(model, library, directory, heading="{}'s own files"):
    """The page's lines that save the library's own file, run: its name and its bytes."""
    (directory / "saved" / "model").mkdir(parents=True)
    run(block(heading.format(library)), directory / "saved", model=model)
    [path] = (directory / "saved" / "model").iterdir()
    return path.name, path.read_bytes()


def serve_saved(model, library, directory, **settings):
    name, file = saved(model, library, directory)
    return serve_file(directory, file, name, **settings)


def doubles(rows):
    """Whole digits: what a float32 says in float64 is not what its shortest text says."""
    return np.asarray(rows, dtype=np.float64)


def check_details(model, library, server, rows):
    """Raw scores, leaves and contributions. LightGBM has no contributions of linear trees."""
    is_linear = library == "LightGBM" and "linear_tree" in model.get_params()
    raw_scores, leaves = answers(server, doubles(rows), "raw_scores,leaf")
    if library == "XGBoost":
        # The booster's, since the wrapper adds up `dart` in another way, which differs in the last bits.
        matrix = xgboost.DMatrix(rows)
        names = {"margin": "output_margin", "leaf": "pred_leaf", "contributions": "pred_contribs"}
        theirs = {key: model.get_booster().predict(matrix, **{name: True}) for key, name in names.items()}
    else:
        names = {"margin": "raw_score", "leaf": "pred_leaf", "contributions": "pred_contrib"}
        names = {key: name for key, name in names.items() if key != "contributions" or not is_linear}
        theirs = {key: model.predict(rows, **{name: True}) for key, name in names.items()}
    assert (leaves == theirs["leaf"].reshape(len(rows), -1)).all()
    raw_scores = raw_scores[:, -1] if theirs["margin"].ndim == 1 else raw_scores
    if library == "XGBoost":
        assert np.array_equal(np.float32(raw_scores), theirs["margin"])  # bit for bit
    else:
        assert largest_difference(raw_scores, theirs["margin"]) <= TOLERANCES[library]
    if is_linear:
        with pytest.raises(urllib.error.HTTPError, match="400"):
            answers(server, doubles(rows), "contributions")
        return
    [contributions] = answers(server, doubles(rows), "contributions")
    ours, theirs = contributions.reshape(len(rows), -1), theirs["contributions"].reshape(len(rows), -1)
    assert (np.abs(ours - theirs).max(axis=1) <= OF_CONTRIBUTIONS * np.abs(theirs).max(axis=1)).all()


@pytest.mark.parametrize("learner, kind, missing, served, native, notes", NATIVE)
def test_the_table(learner, kind, missing, served, native, notes, tmp_path):
    library = library_of(learner)
    assert native == "yes"
    features, target = data_of(kind)
    if missing or "missing=" in learner:
        features = with_missing(features)
    # The library is told that -1 is missing; the file does not say so, and a payload leaves the value out.
    known_as = -1 if "missing=-1.0" in learner else np.nan
    model = fitted(learner, np.where(np.isnan(features), np.float32(known_as), features), target, kind)
    model.set_params(**({"missing": np.nan} if known_as == -1 else {}))
    rows = features[:N_ROWS]
    with serve_saved(model, library, tmp_path) as server:
        if is_classifier(model) and "cross_entropy" not in learner:
            [labels] = answers(server, doubles(rows), "predicted_label")
            assert (labels == model.predict(rows)).all()
            if "hinge" in learner:
                with pytest.raises(urllib.error.HTTPError, match="400"):
                    answers(server, doubles(rows), "probabilities")
            else:
                [values] = answers(server, doubles(rows), "probabilities")
                assert largest_difference(values, model.predict_proba(rows)) <= TOLERANCES[library]
        else:
            [values] = answers(server, doubles(rows), "predicted_score")
            theirs = model.predict_proba(rows)[:, 1] if is_classifier(model) else model.predict(rows)
            assert largest_difference(values, theirs) <= TOLERANCES[library]
        check_details(model, library, server, rows)


@pytest.mark.parametrize("name", ["model.ubj", "model.json", "xgboost-model", "a pickle"])
def test_the_forms_of_xgboosts_files(name, tmp_path):
    features, target = data_of("3 classes")
    model = fitted("XGBClassifier()", features, target, "3 classes")
    path = tmp_path / name
    if name == "a pickle":
        path.write_bytes(pickle.dumps(model.get_booster()))
    else:
        model.get_booster().save_model(path)
    # The name `xgboost-model` switches on the answers of AWS's container.
    with serve_file(tmp_path, path.read_bytes(), name, MODEL_SERVER_DIALECT="native") as server:
        [probabilities] = answers(server, features, "probabilities")
        assert largest_difference(probabilities, model.predict_proba(features)) <= TOLERANCES["XGBoost"]


@pytest.mark.parametrize("name", ["0.90-binary-logistic.bin", "0.90-pickled.pickle0"])
def test_xgboosts_oldest_files(name, tmp_path):
    """The old binary form without magic, whose first bytes say nothing, and a pickle in text."""
    file = (MODELS / name).read_bytes()
    assert not file.startswith((b"binf", b"\x80"))
    # Each section is a line `NAME ROWS COLUMNS` and the rows.
    lines = (MODELS / name).with_suffix(".answers").read_text().splitlines()
    heads = {line.split()[0]: i for i, line in enumerate(lines) if line.count(" ") == 2}
    rows, margins = (lines[heads[name] + 1 :][: int(lines[heads[name]].split()[1])] for name in ("rows", "margins"))
    is_pickle = name.endswith("pickle0")
    served_as = "model.pkl" if is_pickle else "xgboost-model"
    with serve_file(tmp_path / "named", file, served_as, MODEL_SERVER_DIALECT="native") as server:
        headers = {"X-Amzn-SageMaker-Custom-Attributes": "output=raw_score"}
        found = server.invoke("\n".join(rows), **headers).split()
    assert np.array_equal(np.float32(found), np.float32(margins))
    if not is_pickle:
        assert "no model file" in refusal(tmp_path / "other", file, name="model.bin")


def test_pickles_of_other_classes_are_left_out_beside_a_model(tmp_path):
    features, target = data_of("2 classes")
    model = fitted("XGBClassifier()", features, target, "2 classes").get_booster()
    (tmp_path / "model").mkdir()
    joblib.dump(LabelEncoder().fit(target), tmp_path / "model" / "encoder.joblib")
    (tmp_path / "model" / "pipeline.pkl").write_bytes(pickle.dumps(make_pipeline(LabelEncoder()), protocol=0))
    model.save_model(tmp_path / "model" / "model.ubj")
    with Server(tmp_path, tmp_path / "log", MODEL_SERVER_WORKERS="1") as server:
        [probabilities] = answers(server, features, "probability")
    assert largest_difference(probabilities, model.predict(xgboost.DMatrix(features))) <= TOLERANCES["XGBoost"]
    [line] = [line for line in (tmp_path / "log").read_text().splitlines() if "left out" in line]
    assert re.search("encoder.joblib .*`sklearn.preprocessing._label.LabelEncoder`.*pipeline.pkl .*`sklearn.pipeline.Pipeline`", line)


@pytest.mark.parametrize("learner", ["XGBClassifier(early_stopping_rounds=2)", "LGBMClassifier(early_stopping_round=2)"])
def test_early_stopping(learner, tmp_path):
    features, target = data_of("2 classes")
    library = library_of(learner)
    model = (XGBClassifier if library == "XGBoost" else LGBMClassifier)(n_estimators=400, learning_rate=0.9)
    model.set_params(**({"early_stopping_rounds": 2} if library == "XGBoost" else {"early_stopping_round": 2, "verbose": -1}))
    quiet = {"verbose": False} if library == "XGBoost" else {}
    model.fit(features[::2], target[::2], eval_set=[(features[1::2], target[1::2])], **quiet)
    assert (model.best_iteration + 1 if library == "XGBoost" else model.best_iteration_) < 400
    expected = model.predict_proba(features)
    with serve_saved(model, library, tmp_path / "whole") as server:
        [probabilities] = answers(server, doubles(features), "probabilities")
    if library == "XGBoost":
        whole = model.get_booster().predict(xgboost.DMatrix(features))
        assert largest_difference(probabilities[:, 1], whole) <= TOLERANCES[library]
        assert largest_difference(probabilities, expected) > 1e-3
        name, file = saved(model, library, tmp_path / "best", "The best iterations only")
        with serve_file(tmp_path / "best", file, name) as server:
            [probabilities] = answers(server, features, "probabilities")
    assert largest_difference(probabilities, expected) <= TOLERANCES[library]


def frame_of_categories():
    features, target = data_of("numbers")
    frame = pandas.DataFrame({"age": features[:, 0], "sex": pandas.Categorical(np.where(features[:, 1] > 0, "m", "f"))})
    frame["site"] = pandas.Categorical(np.random.default_rng(6).choice(["north", "south", "west", "x"], len(frame)))
    return frame, target + 100 * frame["site"].cat.codes


@pytest.mark.parametrize("learner", ["XGBRegressor(enable_categorical=True)", "LGBMRegressor()"])
def test_categories_are_codes_and_columns_have_names(learner, tmp_path):
    frame, target = frame_of_categories()
    model = fitted(learner, frame, target, "numbers")
    codes = frame.assign(**{name: frame[name].cat.codes for name in ("sex", "site")})
    library = library_of(learner)
    with serve_saved(model, library, tmp_path) as server:
        [values] = answers(server, doubles(codes), "predicted_score")
        assert largest_difference(values, model.predict(frame)) <= TOLERANCES[library]
        records = doubles(codes)[:, ::-1].tolist()
        body = json.dumps({"instances": [dict(zip(codes.columns[::-1], record)) for record in records]})
        named = np.array(server.invoke(body, "application/json").split(), dtype=float)
    assert (named == values).all()


@pytest.mark.parametrize("learner", ["XGBRegressor()", "LGBMRegressor()"])
def test_what_a_sparse_record_leaves_out(learner, tmp_path):
    """It is missing for XGBoost and 0 for LightGBM, as for their own readers of libsvm."""
    features, target = data_of("zeros")
    library = library_of(learner)
    left_out = np.nan if library == "XGBoost" else 0
    rows = np.where(features == 0, np.float32(left_out), features)
    model = fitted(learner, with_missing(features), target, "zeros")
    lines = (" ".join(f"{i}:{float(value)!r}" for i, value in enumerate(row) if value != 0) for row in features)
    with serve_saved(model, library, tmp_path) as server:
        values = np.array(server.invoke("\n".join(lines), "text/libsvm").split(), dtype=float)
    assert largest_difference(values, model.predict(rows)) <= TOLERANCES[library]
    other = np.where(features == 0, np.float32(0 if library == "XGBoost" else np.nan), features)
    assert largest_difference(values, model.predict(other)) > 1e-3


@pytest.mark.parametrize("learner", [XGBClassifier, LGBMClassifier])
def test_labels_are_positions_in_classes(learner, tmp_path):
    features, target = data_of("3 classes")
    library = library_of(learner.__name__)
    # XGBoost takes no other labels than these.
    labels = target if library == "XGBoost" else np.array(["barolo", "barbera", "grignolino"])[target]
    model = fitted(f"{learner.__name__}()", features, labels, "3 classes")
    with serve_saved(model, library, tmp_path) as server:
        [found] = answers(server, doubles(features), "predicted_label")
    assert set(found) == {0, 1, 2}
    assert (model.classes_[found] == model.predict(features)).all()


# By the form of file: its name, and what the line says.
REFUSED = {
    "gblinear": ("model.ubj", "learner.gradient_booster.name: found `gblinear`, supported are gbtree and dart"),
    "wrapper": ("model.pkl", "found a pickle of `xgboost.sklearn.XGBClassifier`, supported are those of `xgboost.core.Booster`"),
    "LightGBM's pickle": ("model.pkl", "found a pickle of `lightgbm.basic.Booster`"),
    "scikit-learn's pickle": ("model.pkl", "found a pickle of `sklearn.ensemble._forest.RandomForestClassifier`"),
    "UBJSON cut off": ("model.ubj", "learner.objective.name: found 12 bytes at byte "),
    "JSON cut off": ("model.json", "split_conditions: EOF while parsing a value at line 1 column 3000"),
    "text cut off": ("model.txt", "the file ends within the tree, it seems to be cut off"),
    "nothing": ("model.txt", "no model file, expected ONNX (NAME.onnx), XGBoost (any name) or LightGBM (any name); found model.txt"),
}


@pytest.fixture(scope="module")
def refused_files():
    features, target = data_of("2 classes")
    xgb = fitted("XGBClassifier()", features, target, "2 classes")
    linear = XGBRegressor(booster="gblinear", n_estimators=3).fit(features, target)
    gbm = fitted("LGBMClassifier()", features, target, "2 classes").booster_
    text = gbm.model_to_string().encode()
    return {
        "gblinear": linear.get_booster().save_raw("ubj"),
        "wrapper": pickle.dumps(xgb),
        "LightGBM's pickle": pickle.dumps(gbm),
        "scikit-learn's pickle": pickle.dumps(RandomForestClassifier(2).fit(features, target)),
        "UBJSON cut off": xgb.get_booster().save_raw("ubj")[:-100],
        "JSON cut off": xgb.get_booster().save_raw("json")[:3000],
        "text cut off": text[: len(text) // 2],
        "nothing": b"",
    }


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_are_one_line(refused_files, case, tmp_path):
    name, reason = REFUSED[case]
    assert reason in refusal(tmp_path, refused_files[case], name=name)
