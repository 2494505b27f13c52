#!/usr/bin/env bash
# Measures scoring with one thread, against onnxruntime with one thread, in one run.
# Usage: bench/scoring.sh [MODEL...]    MODEL is tree, forest, forest-3-classes or large-tree; all by default
# All that it writes is in target/bench-scoring. bench/NOTES.md has the figures and says how they were taken.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
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
