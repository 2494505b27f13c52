#!/usr/bin/env bash
# Does all that docs/own-algorithm.md says, but for its commands for Docker, in a clone of what is committed: writes
# its files, runs its commands, compares their output.
# Usage: [MODEL_SERVER_BIN_DIR=target/debug] local-test/test-docs.sh
# With MODEL_SERVER_BIN_DIR the project's programs are not built again; it is the folder that `cargo test` fills.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if (($#)); then
  echo "usage: [MODEL_SERVER_BIN_DIR=target/debug] ${0##*/}" >&2
  exit 64
fi
cd "$top"
need cargo "rustup.rs says how to install Rust"
need python3 "'apt-get install python3' brings it"
need_supervisord
if [ -x "$venv/bin/supervisord" ]; then export PATH=$venv/bin:$PATH; fi

target=${CARGO_TARGET_DIR:-$top/target}
mkdir -p "$target"
folder=$(mktemp -d "$target/clone.XXXXXXXX")
end_jobs_at_exit "rm -rf $folder"
git clone --quiet . "$folder/clone"
# A copy of what is built: in the directory itself, cargo would take a binary that was built here for one of the
# clone.
mkdir "$folder/target"
if [ -d "$target/debug" ]; then cp -a "$target/debug" "$folder/target/"; fi
export CARGO_TARGET_DIR=$folder/target
if [ -n "${MODEL_SERVER_BIN_DIR-}" ]; then export MODEL_SERVER_BIN_DIR=$folder/target/debug; fi
cd "$folder/clone"
run python3 local-test/page.py docs/own-algorithm.md || fail "docs/own-algorithm.md is not true"
