"""What the classic sample container does: pandas reads the CSV, scikit-learn predicts, CSV goes back."""

import io
import os
import pickle

import flask
import pandas

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
    rows = pandas.read_csv(io.StringIO(flask.request.data.decode("utf-8")), header=None)
    out = io.StringIO()
    pandas.DataFrame({"results": model.predict(rows.to_numpy())}).to_csv(out, header=False, index=False)
    return flask.Response(out.getvalue(), status=200, mimetype="text/csv")
