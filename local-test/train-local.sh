#!/usr/bin/env bash
# Runs the training job in local-test/test-dir: in a container of IMAGE, else natively.
# Usage: local-test/train-local.sh [IMAGE]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if (($# > 1)) || [[ ${1-} == -* ]]; then
  echo "usage: ${0##*/} [IMAGE]" >&2
  exit 64
fi
job=$top/local-test/test-dir
clean_job "$job"

if (($# == 1)); then
  need docker "without an image as argument the job runs natively"
  exec docker run --rm --mount "type=bind,source=$job,target=/opt/ml" "$1" train
fi
need cargo "rustup.rs says how to install Rust"
cargo build --release --locked --quiet --manifest-path "$top/Cargo.toml" -p trainer
export SAGEMAKER_BASE_DIR=$job
exec "$binaries/trainer"
