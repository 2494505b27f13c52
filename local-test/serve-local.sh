#!/usr/bin/env bash
# Serves the model in local-test/test-dir until Ctrl-C: in a container of IMAGE, else natively.
# Usage: [SETTING=VALUE...] local-test/serve-local.sh [IMAGE]    README.md lists the settings
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if (($# > 1)) || [[ ${1-} == -* ]]; then
  echo "usage: ${0##*/} [IMAGE]" >&2
  exit 64
fi
job=$top/local-test/test-dir
port=${SAGEMAKER_BIND_TO_PORT:-8080}
grpc=${MODEL_SERVER_GRPC_PORT-}

if (($# == 1)); then
  need docker "without an image as argument the model is served natively"
  options=(--publish "$port:$port" ${grpc:+--publish "$grpc:$grpc"})
  # The settings that are set here, but for those that name places on this machine.
  while read -r name; do
    case $name in
      SAGEMAKER_BASE_DIR | MODEL_SERVER_*_DIR | MODEL_SERVER_GRPC_HOST) ;;
      MODEL_SERVER_* | MODEL_NAME | SAGEMAKER_* | SM_LOG_LEVEL | RUST_LOG) options+=(--env "$name") ;;
    esac
  done < <(compgen -e)
  exec docker run --rm "${options[@]}" \
    --mount "type=bind,source=$job,target=/opt/ml,readonly" "$1" serve
fi
need cargo "rustup.rs says how to install Rust"
need_supervisord
cargo build --release --locked --quiet --manifest-path "$top/Cargo.toml" -p gateway -p model-worker
export SAGEMAKER_BASE_DIR=$job MODEL_SERVER_BIN_DIR=$binaries
exec "$top/serve"
