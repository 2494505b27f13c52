#!/usr/bin/env bash
# Builds the image on this machine, and IMAGE-build, which own algorithms are built in: the compiler and what it has
# made of the dependencies.
# Usage: ./build_local.sh [IMAGE]    IMAGE is NAME or NAME:TAG, decision-trees if not given
set -euo pipefail

if (($# > 1)) || [[ ${1-} == -* ]]; then
  echo "usage: ${0##*/} [IMAGE]" >&2
  exit 64
fi
command -v docker >/dev/null || { echo "${0##*/}: docker is missing" >&2; exit 69; }
image=${1:-decision-trees}
context=$(dirname "${BASH_SOURCE[0]}")
docker build --tag "$image-build" --target shared "$context"
exec docker build --tag "$image" "$context"
