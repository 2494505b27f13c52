#!/usr/bin/env bash
# Serves as the classic sample container does: nginx, gunicorn with 2 gevent workers, flask.
# Usage: start.sh APP PORT DIRECTORY, with VENV and CLASSIC_MODEL in the environment; APP is app or fast
set -euo pipefail

if (($# != 3)); then
  echo "usage: ${0##*/} APP PORT DIRECTORY" >&2
  exit 64
fi
home=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT
trap 'exit 143' TERM
sed -e "s|DIRECTORY|$3|g" -e "s|PORT|$2|g" "$home/nginx.conf" >"$3/nginx.conf"
"$VENV/bin/gunicorn" --timeout 60 --worker-class gevent --workers 2 --bind "unix:$3/gunicorn.sock" \
  --chdir "$home" --log-level warning "$1:app" &
nginx -c "$3/nginx.conf" -e "$3/nginx-error.log" &
wait -n
