#!/usr/bin/env bash
# Checks trainer and server against software that nobody here wrote: onnx, onnxruntime, scikit-learn,
# tritonclient, grpcio's health checking and reflection, requests, aiohttp, httpx, boto3, curl.
# Usage: local-test/test-peers.sh [PYTEST_ARGUMENT...]
# If MODEL_SERVER_BIN_DIR is set, the binaries are there and nothing is built.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cd "$top"
need cargo "rustup.rs says how to install Rust"
need curl "'apt-get install curl' brings it"
need_supervisord
peers=local-test/.venv-peers
make_venv "$peers" local-test/peers/requirements.txt
end_jobs_at_exit
if [ -n "${MODEL_SERVER_BIN_DIR-}" ]; then
  binaries=$MODEL_SERVER_BIN_DIR
else
  run cargo build --release --locked --quiet -p gateway -p model-worker -p trainer -p logistic-regression ||
    fail "the build failed"
  run cargo build --release --locked --quiet -p trees --example rewrite_xgboost || fail "the build failed"
fi
# A file stays with one of the processes: its tests share servers and models.
BINARIES=$binaries run "$peers/bin/python" -m pytest -q -p no:cacheprovider --numprocesses 2 --dist loadfile \
  local-test/peers "$@" ||
  fail "a comparison failed"
