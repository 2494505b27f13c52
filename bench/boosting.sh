#!/usr/bin/env bash
# Measures gradient boosting side by side with LightGBM, XGBoost and scikit-learn: the same rows and settings, the same
# 2 cores, in turn. Prints Markdown tables and draws bench/boosting.svg; bench/NOTES.md says how figures were taken.
# Usage: [SETTING=VALUE...] bench/boosting.sh    the settings:
#   REPEATS  of each measurement (3)
#   PARTS    what is measured (jobs scaling)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source bench/lib.sh

work=target/bench/boosting
python=$work/venv/bin/python
mkdir -p "$work"
venv "$work/venv" bench/boosting/requirements.txt
cargo build --quiet --release -p learners --example boost_bench
for part in ${PARTS:-jobs scaling}; do
  chart=()
  if [ "$part" = scaling ]; then chart=(bench/boosting.svg); fi
  taskset -c 0,1 "$python" bench/boosting/compare.py "$work" target/release/examples/boost_bench "${REPEATS:-3}" \
    "$part" "${chart[@]}"
  echo
done
