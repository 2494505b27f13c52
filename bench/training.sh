#!/usr/bin/env bash
# Measures training side by side with scikit-learn: the same data, the same 2 cores, in turn. Prints Markdown
# tables and draws bench/training.svg. The data stay in target/bench.
# Usage: [SETTING=VALUE...] bench/training.sh    the settings:
#   ROUNDS  rounds of each measurement (3)
#   SIZES   numbers of rows of the curve (10000 30000 100000 300000 1000000)
#   LIMIT   an engine that takes more seconds is stopped, and not measured on more rows (120)
#   PARTS   what is measured (fit job curve)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source bench/lib.sh

rounds=${ROUNDS:-3}
sizes=${SIZES:-10000 30000 100000 300000 1000000}
limit=${LIMIT:-120}
parts=${PARTS:-fit job curve}
work=target/bench/training
cores=0,1
python=$work/venv/bin/python
mkdir -p "$work"

venv "$work/venv" bench/training/requirements.txt
cargo build --quiet --release -p learners --example grow
cargo build --quiet --release -p trainer
grow=target/release/examples/grow

data() { # NAME ROWS CLASSES
  [ -e "$work/$1.f32" ] || "$python" bench/training/data.py "$work/$1" "$2" "$3"
}

# Only the fit is measured: the matrix is in memory.
fit() { # NAME TITLE
  taskset -c "$cores" "$python" bench/training/compare.py "$2" "$rounds" \
    "$grow" columns=21 threads=2 "$work/$1.f32" -- \
    "$python" bench/training/fit.py "$work/$1.f32" 21
}

data small 100000 5
data large 1000000 2

for part in $parts; do
  case $part in
    fit)
      echo "## fit, exact engine and scikit-learn's DecisionTreeClassifier"
      echo
      echo "| data | ours, s | theirs, s | times faster | leaves | training accuracy | peak MB of the process |"
      echo "| --- | --- | --- | --- | --- | --- | --- |"
      fit small "100,000 x 20, 5 classes"
      fit large "1,000,000 x 20, 2 classes"
      ;;
    job)
      echo "## The whole job, and reading the CSV (pandas.read_csv to float32, C engine)"
      echo
      echo "| data | job, s | reading, s | pandas, s | times faster | peak MB of the job | matrix, MB | times the matrix |"
      echo "| --- | --- | --- | --- | --- | --- | --- | --- |"
      for name in small large; do
        taskset -c "$cores" "$python" bench/training/job.py target/release/trainer "$work/$name.csv" 21 "$rounds"
      done
      ;;
    curve)
      echo "## fit over the number of rows, 20 features, 2 classes (bench/training.svg)"
      echo
      echo "| rows | exact, s | scikit-learn, s | linfa, s |"
      echo "| --- | --- | --- | --- |"
      # shellcheck disable=SC2086 # a list
      taskset -c "$cores" "$python" bench/training/curve.py "$grow" "$work/large.f32" 21 "$limit" \
        bench/training.svg $sizes
      ;;
    *)
      echo "${0##*/}: PARTS has $part; allowed are fit, job, curve" >&2
      exit 2
      ;;
  esac
  echo
done
