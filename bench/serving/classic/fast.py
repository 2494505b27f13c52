"""The classic sample with a faster decoder: numpy instead of pandas, one way in and one way out."""

import io
import os
import pickle

import flask
import numpy as np

with open(os.environ["CLASSIC_MODEL"], "rb") as file:
    model = pickle.load(file)

app = flask.Flask(__name__)


@app.get("/ping")
def ping():
    return flask.Response(status=200)


@app.post("/invocations")
def invocations():
    if flask.request.content_type != "text/csv":
        return flask.Response("this predictor takes CSV", status=415, mimetype="text/plain")
    rows = np.loadtxt(io.BytesIO(flask.request.data), np.float32, delimiter=",", comments=None, ndmin=2)
    answer = "\n".join(map(str, model.predict(rows).tolist())) + "\n"
    return flask.Response(answer, status=200, mimetype="text/csv")
