#!/usr/bin/env bash
# Measures one-row CSV invocations, in one run and in turn: this stack (gateway, 2 workers, supervisord)
# against an axum server that scores in its own process with the same crates (the limit).
# Usage: bench/serving.sh [ROUNDS] [SECONDS]
set -euo pipefail

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"
rounds=${1:-5}
seconds=${2:-5}

command -v wrk >/dev/null || { echo "bench: wrk is missing; 'apt-get install wrk' brings it" >&2; exit 69; }
cargo build --release --quiet --workspace --bins

work=$(mktemp -d)
processes=()
finish() {
  for process in "${processes[@]}"; do kill "$process" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
await() { # await PORT
  for _ in $(seq 200); do
    curl -sf -o /dev/null "http://127.0.0.1:$1/ping" && return
    sleep 0.05
  done
  echo "bench: nothing answers on port $1; the log:" >&2
  cat "$work"/*.log >&2
  exit 1
}

cp -r local-test/test-dir/. "$work"
export SAGEMAKER_BASE_DIR=$work PAYLOAD=$top/local-test/payload.csv
target/release/trainer >"$work/trainer.log" 2>&1

stack=$(free_port)
MODEL_SERVER_WORKERS=2 SAGEMAKER_BIND_TO_PORT=$stack ./serve >"$work/stack.log" 2>&1 &
processes+=($!)
limit=$(free_port)
target/release/in-process "$limit" >"$work/limit.log" 2>&1 &
processes+=($!)
await "$stack"
await "$limit"

for connections in 1 32; do
  threads=$((connections > 2 ? 2 : 1))
  for round in $(seq 0 "$rounds"); do # round 0 warms up
    for server in limit stack; do
      figures=$(wrk -t "$threads" -c "$connections" -d "${seconds}s" --latency \
        -s bench/serving/invoke.lua "http://127.0.0.1:${!server}/invocations" | sed -n 's/^FIGURES //p')
      [ "$round" = 0 ] || echo "$connections $server $figures" >>"$work/figures"
    done
  done
done

python3 - "$work/figures" <<'PYTHON'
import collections, statistics, sys

figures = collections.defaultdict(list)
for line in open(sys.argv[1]):
    connections, server, *numbers = line.split()
    figures[int(connections), server].append([float(n) for n in numbers])
print(f"{'connections':>11} {'server':>7} {'requests/s':>11} {'p50 us':>8} {'p99 us':>8} {'failed':>7}   ratio to limit (requests/s, p50, p99)")
for connections in sorted({key[0] for key in figures}):
    limit = None
    for server in ("limit", "stack"):
        rounds = figures[connections, server]
        rate, p50, p99 = (statistics.median(r[i] for r in rounds) for i in range(3))
        failed = sum(r[3] for r in rounds)
        limit = limit or (rate, p50, p99)
        ratios = "  ".join(f"{a / b:.2f}" for a, b in zip((rate, p50, p99), limit))
        print(f"{connections:>11} {server:>7} {rate:>11.0f} {p50:>8.0f} {p99:>8.0f} {failed:>7.0f}   {ratios}")
PYTHON
