#!/usr/bin/env bash
# Builds, trains on sample data, serves, asks for predictions over HTTP and gRPC, and stops everything.
# Usage: local-test/quickstart.sh [--keep] [--example NAME]
#   --keep          leaves it serving
#   --example NAME  with the algorithm in examples/NAME instead of a decision tree
# If MODEL_SERVER_BIN_DIR is set, the binaries are there and nothing is built.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cd "$top"
keep=false
example=
examples=$(for folder in examples/*/job; do basename "${folder%/job}"; done | paste -s -d ' ')
usage() { echo "usage: ${0##*/} [--keep] [--example NAME], NAME being one of: $examples" >&2 && exit 64; }
while (($#)); do
  case $1 in
    --keep) keep=true ;;
    --example)
      [[ -n ${2-} && " $examples " == *" $2 "* ]] || usage
      example=$2
      shift
      ;;
    *) usage ;;
  esac
  shift
done

binaries=${MODEL_SERVER_BIN_DIR:-$binaries}
# What is built and run, and what it is asked: leaves, unless an example says otherwise.
job=${example:+examples/$example/job}
job=${job:-local-test/test-dir}
packages=(-p gateway)
trainer=("$binaries/trainer")
worker=("$binaries/model-worker")
payload=local-test/payload.csv
type=text/csv
labels=local-test/payload-labels.csv
has_grpc=true
kind=$example
# The example in Python, or a copy of it.
if [ -n "$example" ] && [ -f "examples/$example/worker.py" ]; then kind=python; fi
case $kind in
  "") packages+=(-p trainer -p model-worker) ;;
  own-payload)
    # Its model is a tree, so the trainer is the image's.
    packages+=(-p trainer -p own-payload)
    worker=("$binaries/own-payload-worker")
    payload=examples/own-payload/payload.png
    type=image/png
    labels=
    has_grpc=false
    ;;
  python)
    environment=$top/examples/$example/.venv
    trainer=("$environment/bin/python" "examples/$example/train.py")
    worker=("$environment/bin/python" "$top/examples/$example/worker.py")
    has_grpc=false
    ;;
  *)
    packages+=(-p "$example")
    trainer=("$binaries/$example-trainer")
    worker=("$binaries/$example-worker")
    # Clusters have no names.
    [ "$example" != k-means ] || labels=
    ;;
esac

work=$(mktemp -d)
remove_work() { rm -rf "$work"; }
end_jobs_at_exit remove_work

say() { printf '%-9s %s\n' "$1" "$2"; }
fail_with() { # fail_with MESSAGE LOG: the log first, so that the message is the last line
  tail -n 20 "$2" >&2
  fail "$1"
}

need cargo "rustup.rs says how to install Rust"
need curl "'apt-get install curl' brings it"
need python3 "'apt-get install python3' brings it"
need_supervisord

if [ -n "${MODEL_SERVER_BIN_DIR-}" ]; then
  say build "nothing: the binaries are in $binaries"
else
  say build "cargo build --release (the first time takes minutes)"
  run cargo build --release --locked --quiet "${packages[@]}" || fail "the build failed"
  if $has_grpc; then
    run cargo build --release --locked --quiet -p model-worker --example grpc_score ||
      fail "the build failed"
  fi
fi

if [ "$kind" = python ]; then
  make_venv "$environment" "examples/$example/requirements.txt"
  run "$environment/bin/python" -m grpc_tools.protoc -Iproto/proto \
    --python_out="examples/$example" invocations.proto ||
    fail "the messages of proto/proto/invocations.proto can't be generated"
fi

clean_job "$job"
started=$(date +%s%N)
run env SAGEMAKER_BASE_DIR="$job" "${trainer[@]}" >"$work/train.log" 2>&1 ||
  fail_with "the training job failed" "$work/train.log"
rows=$(cat "$job"/input/data/training/*.csv | wc -l)
say train "$(echo "$job"/model/*) from $rows rows in $((($(date +%s%N) - started) / 1000000)) ms"

http=$(free_port)
grpc=
if $has_grpc; then grpc=$(free_port); fi
log=$top/$job/output/serve.log
if ! $keep; then
  # What `serve` puts there goes with it, even if it is stopped while it starts.
  export TMPDIR=$work
  log=$work/serve.log
fi
command=$(printf '"%s" ' "${worker[@]}")
SAGEMAKER_BASE_DIR=$top/$job SAGEMAKER_BIND_TO_PORT=$http MODEL_SERVER_GRPC_PORT=$grpc \
  MODEL_SERVER_WORKERS=2 MODEL_SERVER_BIN_DIR=$binaries MODEL_SERVER_WORKER_COMMAND=$command \
  setsid ./serve >"$log" 2>&1 </dev/null &
serve=$!
jobs_to_end+=("$serve")
answers_or_ended() { ping_is_200 "$http" || ! kill -0 "$serve" 2>/dev/null; }
if ! wait_until 30 answers_or_ended || ! ping_is_200 "$http"; then
  fail_with "serve does not answer /ping" "$log"
fi
say serve "supervisord, gateway on port $http, 2 workers${grpc:+, gRPC on port $grpc}"

run env URL="http://127.0.0.1:$http" local-test/predict.sh "$payload" "$type" >"$work/answer" ||
  fail_with "/invocations did not answer" "$log"
if [ "$type" = text/csv ]; then
  rows=$(wc -l <"$payload")
  [ "$(wc -l <"$work/answer")" = "$rows" ] ||
    fail "$rows rows were sent, $(wc -l <"$work/answer") predictions came back"
  say HTTP "POST /invocations with $payload, $rows rows:"
else
  say HTTP "POST /invocations with $payload:"
fi
cut -d , -f 1 "$work/answer" >"$work/predictions"
if [ -n "$labels" ]; then
  paste "$work/predictions" "$labels" |
    awk 'NR <= 5 { printf "          row %d: %s%s\n", NR, $1, $1 == $2 ? "" : " (it is " $2 ")" }
      $1 == $2 { right++ }
      END { printf "          accuracy: %d of %d rows right (%.2f)\n", right, NR, right / NR }'
else
  awk 'NR <= 5 { print "          " $0 }' "$work/answer"
fi

if $has_grpc; then
  run "$binaries/examples/grpc_score" "http://127.0.0.1:$grpc" "$payload" >"$work/grpc" 2>"$work/grpc.log" ||
    fail_with "the gRPC call failed" "$work/grpc.log"
  cmp -s "$work/grpc" "$work/predictions" || fail "the answers over gRPC and over HTTP differ"
  say gRPC "ModelInfer with the same rows, directly to a worker: the same predictions"
fi

if $keep; then
  jobs_to_end=()
  say keep "still serving; its log is $log"
  say call "URL=http://127.0.0.1:$http local-test/predict.sh $payload $type"
  say stop "kill $serve"
else
  end_jobs
  say stop "all processes have ended"
fi
