"""Your algorithm: all that you edit. worker.py calls `load` once, and then the others, always in one thread."""

import pickle

import numpy as np

# The content types that predict_bytes takes; without this line, all but those of rows. Leave predict_bytes out if
# tables are all that you need.
CONTENT_TYPES = ["application/octet-stream"]


class BadPayload(Exception):
    """Raise it if the client is at fault: status 400, with its text. Any other exception is yours: 500."""


def load(model_dir):
    """Loads what train.py wrote. Returns how many columns a row has, or nothing if predict takes any number."""
    global model
    with open(f"{model_dir}/model.pickle", "rb") as file:  # a pickle is a program: load your own only
        model = pickle.load(file)
    return model.n_features_in_


def predict(rows):
    """A label or a number for each row of a float32 array (rows, columns). What is missing is NaN."""
    return model.predict(rows)


def predict_bytes(content_type, body):
    """Any other payload: raw little-endian float32 rows in, all classes' probabilities in the same form out."""
    if not body or len(body) % (4 * model.n_features_in_):
        raise BadPayload(f"{len(body)} bytes, expected rows of {model.n_features_in_} float32 values")
    rows = np.frombuffer(body, "<f4").reshape(-1, model.n_features_in_)
    if np.isinf(rows).any():
        raise BadPayload("found an infinite value, expected finite ones or NaN")
    return "application/octet-stream", model.predict_proba(rows).astype("<f4").tobytes()
