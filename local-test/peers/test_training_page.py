"""docs/training.md, run: the hyperparameters of its code train here what its script trains with scikit-learn."""

import ast
import csv
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import xgboost

from conftest import DEADLINE, TOP, blocks_of

XGBOOST, OURS, SCRIPT, FOREST = blocks_of("docs/training.md", "python")
LEAVES = TOP / "local-test/test-dir/input/data/training/leaf_train.csv"


def arguments(block):
    """The hyperparameters and the metric definitions of an estimator."""
    calls = [node for node in ast.walk(ast.parse(block)) if isinstance(node, ast.Call)]
    (estimator,) = [call for call in calls if getattr(call.func, "id", None) == "Estimator"]
    named = {keyword.arg: keyword.value for keyword in estimator.keywords}
    return [ast.literal_eval(named[name]) if name in named else [] for name in ("hyperparameters", "metric_definitions")]


def leaves():
    with open(LEAVES, newline="") as file:
        rows = list(csv.reader(file))
    labels, features = [row[0] for row in rows], np.array([row[1:] for row in rows], dtype=np.float32)
    return labels, features


def test_the_job_of_xgboost_trains_here(lay_out_job):
    hyperparameters, definitions = arguments(OURS)
    assert hyperparameters == arguments(XGBOOST)[0]
    labels, features = leaves()
    classes = [sorted(set(labels)).index(label) for label in labels]
    job = lay_out_job(classes[::2], features[::2], **hyperparameters)
    (job.directory / "input/data/training").rename(job.directory / "input/data/train")
    job.write_rows("validation/rows.csv", classes[1::2], features[1::2])
    config = '{"train": {"ContentType": "text/csv"}, "validation": {"ContentType": "text/csv"}}'
    (job.directory / "input/config/inputdataconfig.json").write_text(config)
    job.train()
    # CloudWatch shows a tab as #011.
    (definition,) = definitions
    found = re.findall(definition["Regex"], job.stdout.replace("\t", "#011"))
    model = xgboost.Booster(model_file=job.directory / "model/xgboost-model")
    rows = xgboost.DMatrix(features[1::2])
    wrong = model.predict(rows).argmax(axis=1) != classes[1::2]
    assert abs(float(found[model.best_iteration]) - wrong.mean()) < 1e-5
    (last,) = re.findall("validation:merror=(.*?);", job.stdout)
    assert abs(float(last) - wrong.mean()) < 1e-5


def test_the_script_of_scikit_learn_and_the_job_that_follows_it(lay_out_job, tmp_path):
    shutil.copy(LEAVES, tmp_path)
    environment = {**os.environ, "SM_CHANNEL_TRAINING": str(tmp_path), "SM_MODEL_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, check=True, capture_output=True, text=True, timeout=DEADLINE)
    (theirs,) = re.findall("oob_score=(.*?);", done.stdout)
    hyperparameters, (definition,) = arguments(FOREST)
    job = lay_out_job(*leaves(), **hyperparameters).train()
    (ours,) = re.findall(definition["Regex"], job.stdout)
    assert abs(float(ours) - float(theirs)) < 0.05
