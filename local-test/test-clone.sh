#!/usr/bin/env bash
# In a clone with nothing beside it, which holds only what is committed: runs the test that reads the most files, and
# does what docs/own-algorithm.md says, but for its commands for Docker.
# Usage: [MODEL_SERVER_BIN_DIR=target/debug] local-test/test-clone.sh
# With MODEL_SERVER_BIN_DIR, the folder that test.sh fills, the project's programs are not built again.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if (($#)); then
  echo "usage: [MODEL_SERVER_BIN_DIR=target/debug] ${0##*/}" >&2
  exit 64
fi
cd "$top"
need cargo "rustup.rs says how to install Rust"
need_supervisord
if [ -x "$venv/bin/supervisord" ]; then export PATH=$venv/bin:$PATH; fi

target=${CARGO_TARGET_DIR:-$top/target}
mkdir -p "$target"
folder=$(mktemp -d "$target/clone.XXXXXXXX")
remove_folder() { rm -rf "$folder"; }
end_jobs_at_exit remove_folder
git clone --quiet . "$folder/clone"
# The dependencies that are built, in a copy: in the directory itself, cargo would take a binary that was built here,
# and that reads the files here, for that of the clone.
mkdir "$folder/target"
if [ -d "$target/debug" ]; then cp -a "$target/debug" "$folder/target/"; fi
export CARGO_TARGET_DIR=$folder/target
if [ -n "${MODEL_SERVER_BIN_DIR-}" ]; then export MODEL_SERVER_BIN_DIR=$folder/target/debug; fi
cd "$folder/clone"
# With --workspace the dependencies have the features that they were built with.
run cargo test --quiet --locked --workspace --test corpus || fail "a test failed in a clone"
run python3 local-test/page.py docs/own-algorithm.md || fail "docs/own-algorithm.md is not true"
