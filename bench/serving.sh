#!/usr/bin/env bash
# Measures serving on the leaf model, in one run and in turn: this stack (gateway, 2 workers, supervisord)
# against an axum server that scores in its own process with the same crates (the limit) and against the
# classic sample container's nginx, gunicorn and flask. The part `python` measures the same predictor.py behind the
# gateway, in the classic sample, and in the same with a faster decoder. Prints Markdown tables.
# Usage: bench/serving.sh [ROUNDS] [SECONDS]
# PARTS (default "requests large mixed start workers python") says what
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"
if (($# > 2)) || [[ ${1-} == -* ]]; then
  echo "usage: ${0##*/} [ROUNDS] [SECONDS]" >&2
  exit 64
fi
for tool in wrk nginx; do
  command -v "$tool" >/dev/null || {
    echo "bench: $tool is missing; 'apt-get install wrk nginx-light' brings both" >&2
    exit 69
  }
done
cargo build --release --quiet -p gateway -p model-worker -p trainer -p in-process
venv=target/bench/serving/venv
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check \
  -r bench/serving/classic/requirements.txt -r examples/python/requirements.txt

work=$(mktemp -d)
chmod 755 "$work" # nginx serves as another user
trap 'rm -rf "$work"' EXIT
cp -r local-test/test-dir/. "$work"
export SAGEMAKER_BASE_DIR=$work CLASSIC_MODEL=$work/model.pickle VENV=$top/$venv PAYLOAD=$top/local-test/payload.csv
target/release/trainer >"$work/trainer.log" 2>&1
"$venv/bin/python" bench/serving/classic/train.py "$work"/input/data/training/*.csv "$CLASSIC_MODEL"
# The worker in Python serves the classic model: predictor.py loads any scikit-learn model.
mkdir -p "$work/python/model"
cp "$CLASSIC_MODEL" "$work/python/model/model.pickle"
cp examples/python/*.py "$work/python"
"$venv/bin/python" -m grpc_tools.protoc -Iproto/proto --python_out="$work/python" invocations.proto
python3 bench/serving/measure.py "$work" "${1:-5}" "${2:-5}"
