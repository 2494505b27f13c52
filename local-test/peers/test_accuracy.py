"""The trainer's tree against a comparable one of scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score
from sklearn.tree import DecisionTreeClassifier

from conftest import leaves


def csv(rows):
    return "".join(",".join(map(str, row)) + "\n" for row in rows)


@pytest.mark.parametrize("hyperparameters", [{}, {"max_depth": 4}, {"criterion": "entropy", "min_samples_leaf": 3}], ids=str)
def test_accuracy_is_scikit_learns(hyperparameters, make_job, serve):
    labels, features = leaves("train")
    test_labels, test_features = leaves("test")
    server = serve(make_job(labels, features, **hyperparameters))
    ours = np.array(server.invoke(csv(test_features)).split("\n")[:-1])
    on_training = np.array(server.invoke(csv(features)).split("\n")[:-1])

    # scikit-learn breaks ties at random: its trees differ by seed.
    trees = [DecisionTreeClassifier(random_state=seed, **hyperparameters).fit(features, labels) for seed in range(30)]
    theirs = [tree.score(test_features, test_labels) for tree in trees]
    spread = max(3 * np.std(theirs), 3 / len(test_labels))
    assert abs(accuracy_score(test_labels, ours) - np.mean(theirs)) <= spread
    assert abs(accuracy_score(labels, on_training) - np.mean([tree.score(features, labels) for tree in trees])) <= 0.02
