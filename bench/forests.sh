#!/usr/bin/env bash
# Measures forests and the regression tree side by side with scikit-learn and, for forests, scikit-learn-intelex: the
# same rows and settings, the same 2 cores, in turn. Prints Markdown tables; bench/NOTES.md says how figures were taken.
# Usage: [SETTING=VALUE...] bench/forests.sh    the settings:
#   REPEATS  of each measurement (3)
#   JOBS     what is measured (random_forest extra_trees regression_tree)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source bench/lib.sh

work=target/bench/forests
python=$work/venv/bin/python
mkdir -p "$work"
venv "$work/venv" bench/forests/requirements.txt
cargo build --quiet --release -p learners --example fit
# shellcheck disable=SC2086 # a list
taskset -c 0,1 "$python" bench/forests/compare.py "$work" target/release/examples/fit "${REPEATS:-3}" \
  ${JOBS:-random_forest extra_trees regression_tree}
