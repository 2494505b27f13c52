#!/usr/bin/env bash
# Fuzzes each decoder and loader for some seconds: libFuzzer makes up inputs from the seeds. Needs neither a
# nightly compiler nor cargo-fuzz: it sets cargo-fuzz's flags, without those of the address sanitizer.
# An input that fails is left in the crate's fuzz/artifacts; keep it as a seed.
# Usage: local-test/fuzz.sh [SECONDS [TARGET...]]   (5 seconds each; a TARGET is CRATE/NAME, as in `records/csv`)
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

seconds=${1:-5}
if ! [[ $seconds =~ ^[1-9][0-9]{0,5}$ ]]; then
  echo "usage: ${0##*/} [SECONDS [TARGET...]]; found '$seconds', seconds are a whole number from 1" >&2
  exit 64
fi
# Crate, target, folders of seeds.
targets=(
  "trees load trees/tests/golden trees/tests/corpus trees/tests/parts"
  "trees lightgbm trees/tests/lightgbm/2.2.3 trees/tests/lightgbm/4.7.0"
  "trees xgboost trees/tests/xgboost/models"
  "records csv records/fuzz/seeds/csv"
  "records json records/fuzz/seeds/json"
  "records jsonlines records/fuzz/seeds/jsonlines"
  "records libsvm records/fuzz/seeds/libsvm"
  "records npy records/fuzz/seeds/npy"
  "records recordio records/fuzz/seeds/recordio"
  "records train_csv records/fuzz/seeds/train_csv"
  "records train_json records/fuzz/seeds/train_json"
  "records train_jsonlines records/fuzz/seeds/train_jsonlines"
  "records train_libsvm records/fuzz/seeds/train_libsvm"
  "records train_npy records/fuzz/seeds/train_npy"
  "records train_recordio records/fuzz/seeds/train_recordio"
  "trainer hyperparameters trainer/fuzz/seeds/hyperparameters"
)
wanted=" ${*:2} "
for name in "${@:2}"; do
  printf '%s\n' "${targets[@]}" | grep -q "^${name/\// } " || fail "no target $name; there are $(printf '%s\n' "${targets[@]}" | awk '{ printf "%s%s/%s", sep, $1, $2; sep = ", " }')"
done

cd "$top"
need cargo "rustup.rs says how to install Rust"
need c++ "'apt-get install g++' brings it; libFuzzer is C++"
host=$(rustc -vV | sed -n 's/^host: //p')
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$top/target}/fuzz
# As cargo-fuzz sets them. --target keeps them from build scripts.
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares"
# The build takes longer than a short run: little optimisation, all checks.
export CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_DEBUG=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
export CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS=true CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS=true

failed=()
found=$(mktemp -d)
end_jobs_at_exit "rm -rf $found"
for line in "${targets[@]}"; do
  read -r crate target folders <<<"$line"
  read -ra seeds <<<"$folders"
  [[ $wanted = "  " || $wanted = *" $crate/$target "* ]] || continue
  run cargo build --release --locked --quiet --target "$host" --manifest-path "$crate/fuzz/Cargo.toml" --bin "$target" ||
    fail "the build of $crate/$target failed"
  mkdir -p "$crate/fuzz/artifacts/$target" "$found/$crate-$target"
  started=$SECONDS
  if run "$CARGO_TARGET_DIR/$host/release/$target" -max_total_time="$seconds" -max_len=20000 -timeout=20 \
    -rss_limit_mb=2048 -artifact_prefix="$crate/fuzz/artifacts/$target/" -print_final_stats=1 \
    "$found/$crate-$target" "${seeds[@]}" >"$found/log" 2>&1; then
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$found/log")
    echo "$crate/$target: $runs inputs in $((SECONDS - started)) s, no failure"
  else
    tail -n 40 "$found/log" >&2
    failed+=("$crate/$target")
  fi
done
((${#failed[@]} == 0)) || fail "failed: ${failed[*]}; the inputs are in fuzz/artifacts of each crate"
