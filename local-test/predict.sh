#!/usr/bin/env bash
# Sends a payload to /invocations of what runs here and prints the answer.
# Usage: [URL=http://localhost:8080] local-test/predict.sh [PAYLOAD] [CONTENT_TYPE]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if (($# > 2)) || [[ ${1-} == -* ]]; then
  echo "usage: [URL=http://localhost:8080] ${0##*/} [PAYLOAD] [CONTENT_TYPE]" >&2
  exit 64
fi
payload=${1:-$top/local-test/payload.csv}
type=${2:-text/csv}
url=${URL:-http://localhost:${SAGEMAKER_BIND_TO_PORT:-8080}}

need curl "'apt-get install curl' brings it"
[[ -r $payload && ! -d $payload ]] || fail "$payload can't be read"
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT
# Read from stdin, as curl gives some characters of a file's name a meaning.
status=$(curl --silent --show-error --output "$answer" --write-out '%{http_code}' \
  --header "Content-Type: $type" --data-binary @- "$url/invocations" <"$payload") ||
  fail "nothing answers on $url; local-test/serve-local.sh serves"
if [ "$status" != 200 ]; then
  fail "$url/invocations answered $status: $(cat "$answer")"
fi
cat "$answer"
