"""The classic model: scikit-learn on the same rows. Usage: train.py TRAINING_CSV MODEL_PICKLE"""

import pickle
import sys

import pandas
from sklearn.tree import DecisionTreeClassifier

rows = pandas.read_csv(sys.argv[1], header=None)
model = DecisionTreeClassifier(max_leaf_nodes=16, random_state=0)
model.fit(rows.iloc[:, 1:].to_numpy(), rows.iloc[:, 0])
with open(sys.argv[2], "wb") as file:
    pickle.dump(model, file)
