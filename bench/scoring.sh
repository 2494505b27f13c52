#!/usr/bin/env bash
# Measures scoring with one thread on a real table, against the libraries and compilers of models, in one run.
# Usage: bench/scoring.sh [MODEL...]    MODEL is lightgbm, xgboost, forest, deep-forest or tree; all by default
# ROUNDS (7) is how often each engine is measured. All that it writes is in target/bench-scoring, but for the chart
# bench/scoring.svg, which a run of all models writes. bench/NOTES.md has the figures and says how they were taken.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source bench/lib.sh
work=target/bench-scoring

cargo build --quiet --release -p trees --example score_bench
mkdir -p "$work"
for part in "" tl2cgen-; do
  venv "$work/${part}venv" "bench/scoring/${part}requirements.txt"
done
if [ ! -f "$work/trained-on-flights" ]; then
  "$work/venv/bin/python" bench/scoring/train.py "$work"
  touch "$work/trained-on-flights"
fi
chart=bench/scoring.svg
if (($#)); then chart=$work/scoring.svg; fi
exec "$work/venv/bin/python" bench/scoring/compare.py "$work" target/release/examples/score_bench \
  "$work/tl2cgen-venv/bin/python" "$chart" "$@"
