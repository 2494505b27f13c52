#!/usr/bin/env bash
# Runs all tests: the crates', the whole stack's with real processes, the supervision's and the scripts'.
# Usage: local-test/test.sh
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if (($#)); then
  echo "usage: ${0##*/}" >&2
  exit 64
fi
cd "$top"
need cargo "rustup.rs says how to install Rust"
need curl "'apt-get install curl' brings it"
make_supervisor_venv
export PATH=$venv/bin:$PATH

end_jobs_at_exit
run cargo test --locked --workspace || fail "a test of the crates or of the whole stack failed"
PYTHONPATH=$top/supervision PYTHONDONTWRITEBYTECODE=1 \
  run "$venv/bin/python" -m unittest discover --start-directory local-test/tests ||
  fail "a test of the supervision or of the scripts failed"
