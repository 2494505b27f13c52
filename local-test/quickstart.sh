#!/usr/bin/env bash
# Builds, trains on the sample data, serves, asks for predictions over HTTP and gRPC, and stops everything.
# Usage: local-test/quickstart.sh [--keep]    --keep leaves it serving
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

keep=false
case ${1-} in
  "") ;;
  --keep) keep=true ;;
  *) echo "usage: ${0##*/} [--keep]" >&2 && exit 64 ;;
esac

cd "$top"
job=local-test/test-dir
payload=local-test/payload.csv
labels=local-test/payload-labels.csv
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

say build "cargo build --release (the first time takes minutes)"
run cargo build --release --locked --quiet -p gateway -p model-worker -p trainer ||
  fail "the build failed"
run cargo build --release --locked --quiet -p model-worker --example grpc_score ||
  fail "the build failed"

clean_job "$job"
started=$(date +%s%N)
run env SAGEMAKER_BASE_DIR="$job" "$binaries/trainer" >"$work/train.log" 2>&1 ||
  fail_with "the training job failed" "$work/train.log"
rows=$(cat "$job"/input/data/training/*.csv | wc -l)
say train "$job/model/model.onnx from $rows rows in $((($(date +%s%N) - started) / 1000000)) ms"

http=$(free_port)
grpc=$(free_port)
log=$top/$job/output/serve.log
if ! $keep; then
  # What `serve` puts there goes with it, even if it is stopped while it starts.
  export TMPDIR=$work
  log=$work/serve.log
fi
SAGEMAKER_BASE_DIR=$top/$job SAGEMAKER_BIND_TO_PORT=$http MODEL_SERVER_GRPC_PORT=$grpc \
  MODEL_SERVER_WORKERS=2 MODEL_SERVER_BIN_DIR=$binaries setsid ./serve >"$log" 2>&1 </dev/null &
serve=$!
jobs_to_end+=("$serve")
answers_or_ended() { ping_is_200 "$http" || ! kill -0 "$serve" 2>/dev/null; }
if ! wait_until 30 answers_or_ended || ! ping_is_200 "$http"; then
  fail_with "serve does not answer /ping" "$log"
fi
say serve "supervisord, gateway on port $http, 2 workers, gRPC on port $grpc"

run env URL="http://127.0.0.1:$http" local-test/predict.sh "$payload" >"$work/predictions" ||
  fail_with "/invocations did not answer" "$log"
[ "$(wc -l <"$work/predictions")" = "$(wc -l <"$labels")" ] ||
  fail "$(wc -l <"$labels") rows were sent, $(wc -l <"$work/predictions") predictions came back"
say HTTP "POST /invocations with $payload, $(wc -l <"$labels") rows:"
paste "$work/predictions" "$labels" |
  awk 'NR <= 5 { printf "          row %d: %s%s\n", NR, $1, $1 == $2 ? "" : " (it is " $2 ")" }
    $1 == $2 { right++ }
    END { printf "          accuracy: %d of %d rows right (%.2f)\n", right, NR, right / NR }'

run "$binaries/examples/grpc_score" "http://127.0.0.1:$grpc" "$payload" >"$work/grpc" 2>"$work/grpc.log" ||
  fail_with "the gRPC call failed" "$work/grpc.log"
cmp -s "$work/grpc" "$work/predictions" || fail "the answers over gRPC and over HTTP differ"
say gRPC "ModelInfer with the same rows, directly to a worker: the same predictions"

if $keep; then
  jobs_to_end=()
  say keep "still serving; its log is $log"
  say call "URL=http://127.0.0.1:$http local-test/predict.sh"
  say stop "kill $serve"
else
  end_jobs
  say stop "all processes have ended"
fi
