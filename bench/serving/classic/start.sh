#!/usr/bin/env bash
# Serves as the classic sample container does: nginx, gunicorn with 2 gevent workers, flask.
# Usage: start.sh PORT DIRECTORY, with VENV and CLASSIC_MODEL in the environment
set -euo pipefail

if (($# != 2)); then
  echo "usage: ${0##*/} PORT DIRECTORY" >&2
  exit 64
fi
home=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT
trap 'exit 143' TERM
sed -e "s|DIRECTORY|$2|g" -e "s|PORT|$1|g" "$home/nginx.conf" >"$2/nginx.conf"
"$VENV/bin/gunicorn" --timeout 60 --worker-class gevent --workers 2 --bind "unix:$2/gunicorn.sock" \
  --chdir "$home" --log-level warning app:app &
nginx -c "$2/nginx.conf" -e "$2/nginx-error.log" &
wait -n
