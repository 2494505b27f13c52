# shellcheck shell=bash
# What the scripts of this folder share. To be sourced after `set -euo pipefail`.

top=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# Where cargo puts the binaries that `serve` runs.
# shellcheck disable=SC2034 # the scripts that source this use it
binaries=${CARGO_TARGET_DIR:-$top/target}/release
venv=$top/local-test/.venv

fail() { # fail MESSAGE
  echo "${0##*/}: $1" >&2
  exit 1
}

need() { # need COMMAND WHERE_FROM
  command -v "$1" >/dev/null || fail "$1 is missing; $2"
}

# make_venv DIRECTORY REQUIREMENTS: a virtual environment with just these packages, made anew when the
# list has changed.
make_venv() {
  cmp -s "$2" "$1/requirements.txt" && return
  need python3 "'apt-get install python3' brings it"
  rm -rf "$1"
  python3 -m venv "$1" >/dev/null 2>&1 ||
    fail "python3 can't make a virtual environment; 'apt-get install python3-venv' brings what it lacks"
  "$1/bin/pip" install --quiet --disable-pip-version-check --requirement "$2" ||
    fail "pip could not install $2 into $1"
  cp "$2" "$1/requirements.txt"
}

make_supervisor_venv() {
  make_venv "$venv" "$top/local-test/requirements.txt"
}

# `serve` takes supervisord from PATH, else from the virtual environment.
need_supervisord() {
  command -v supervisord >/dev/null || make_supervisor_venv
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# wait_until SECONDS COMMAND...: polls the command until it succeeds; fails when the time is over.
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.05
  done
}

ping_is_200() { # ping_is_200 PORT
  curl --silent --fail --max-time 2 --output /dev/null "http://127.0.0.1:$1/ping"
}

# Jobs in the background that must end with the script, each in a session of its own: what a terminal
# sends at Ctrl-C reaches the script alone, and the script can end a job with all that it started.
jobs_to_end=()

# run COMMAND...: as in the foreground, but a signal to the script ends it at once.
run() {
  setsid "$@" </dev/null &
  jobs_to_end+=("$!")
  local status=0
  wait "$!" || status=$?
  unset 'jobs_to_end[-1]'
  return "$status"
}

end_jobs() {
  local job
  for job in "${jobs_to_end[@]}"; do
    # A job that has only just begun has no group yet.
    kill -TERM -- "-$job" 2>/dev/null || kill -TERM "$job" 2>/dev/null || true
  done
  for job in "${jobs_to_end[@]}"; do
    wait "$job" 2>/dev/null || true
  done
  jobs_to_end=()
}

# end_jobs_at_exit [COMMAND]: whatever way the script ends, its jobs end first; then the command runs.
# shellcheck disable=SC2120 # the scripts that source this pass the command, or none
end_jobs_at_exit() {
  # shellcheck disable=SC2064 # the command is known now
  trap "end_jobs; ${1-:}" EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
}

# Models and outputs of earlier jobs; a job starts without them.
clean_job() { # clean_job DIRECTORY
  find "$1/model" "$1/output" -mindepth 1 ! -name .gitkeep -delete
}
