#!/usr/bin/env bash
# Builds the image on this machine.
# Usage: ./build_local.sh [IMAGE]    IMAGE is NAME or NAME:TAG, decision-trees if not given
set -euo pipefail

if (($# > 1)) || [[ ${1-} == -* ]]; then
  echo "usage: ${0##*/} [IMAGE]" >&2
  exit 64
fi
command -v docker >/dev/null || { echo "${0##*/}: docker is missing" >&2; exit 69; }
exec docker build --tag "${1:-decision-trees}" "$(dirname "${BASH_SOURCE[0]}")"
