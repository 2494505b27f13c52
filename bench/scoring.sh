#!/bin/sh
# Scoring, single thread, against onnxruntime with one thread, in one run: bench/scoring.sh [MODEL...]
# Models: tree, forest, forest-3-classes, large-tree (all by default). Everything it makes is in
# target/bench-scoring; figures and how they were taken are in bench/NOTES.md.
set -eu
cd "$(dirname "$0")/.."
work=target/bench-scoring

cargo build --quiet --release -p trees --example score_bench
if [ ! -x "$work/venv/bin/python" ]; then
    mkdir -p "$work"
    python3 -m venv "$work/venv"
fi
"$work/venv/bin/pip" install --quiet --disable-pip-version-check -r bench/scoring/requirements.txt
if [ ! -f "$work/trained" ]; then
    "$work/venv/bin/python" bench/scoring/train.py "$work"
    touch "$work/trained"
fi
exec "$work/venv/bin/python" bench/scoring/compare.py "$work" target/release/examples/score_bench "$@"
