#!/usr/bin/env bash
# Builds the image and tests it with real containers; leaves none of them behind.
# Usage: local-test/test-image.sh [IMAGE]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if (($# > 1)) || [[ ${1-} == -* ]]; then
  echo "usage: ${0##*/} [IMAGE]" >&2
  exit 64
fi
image=${1:-decision-trees}
need docker "a Docker engine is needed"
need curl "'apt-get install curl' brings it"
need python3 "'apt-get install python3' brings it"
docker info >/dev/null 2>&1 || fail "no Docker engine answers"

work=$(mktemp -d)
name=test-image-$$
remove_containers() {
  docker ps --all --quiet --filter "label=$name" | xargs --no-run-if-empty docker rm --force >/dev/null
  docker network ls --quiet --filter "label=$name" | xargs --no-run-if-empty docker network rm >/dev/null
  # What a container wrote belongs to root.
  rm -rf "$work" 2>/dev/null || docker run --rm --volume "$work:/tree" --entrypoint sh "$image" -c "rm -rf /tree/*"
  rm -rf "$work"
}
end_jobs_at_exit remove_containers

passed=0
pass() {
  passed=$((passed + 1))
  echo "ok: $1"
}
fail_with_log() { # fail_with_log MESSAGE
  docker logs "$name" >&2 || true
  fail "$1"
}
logged() { [[ $(docker logs "$name" 2>&1) == *"$1"* ]]; } # logged TEXT: it is in the log of container $name
# A container that is like SageMaker's or stricter: nothing to write to but /tmp.
strict=(--label "$name" --read-only --tmpfs /tmp --cap-drop ALL)
model_of() { echo "--mount type=bind,source=$1/model,target=/opt/ml/model,readonly"; }
start() { # start OPTION...: serves as container $name; sets `port`
  docker rm --force "$name" >/dev/null 2>&1 || true
  docker run --detach --name "$name" "${strict[@]}" --publish 127.0.0.1::8080 "$@" "$image" serve >/dev/null
  port=$(docker port "$name" 8080/tcp | sed -n '1s/.*://p')
  wait_until 30 ping_is_200 "$port" || fail_with_log "/ping is not 200"
}
predict() { URL=http://127.0.0.1:$port "$top/local-test/predict.sh" "$top/local-test/payload.csv"; }
workers() { # the workers' process ids inside the container, in the order of their numbers
  docker exec "$name" sh -c '
    for process in /proc/[0-9]*; do
      { tr "\0" " " <"$process/cmdline"; echo; } 2>/dev/null | sed -n "s|^[^ ]*model-worker --index \([0-9]*\).*|\1 ${process#/proc/}|p"
    done | sort -n | sed "s/.* //"'
}
is_replaced() { # is_replaced PID: two workers run, and PID is none of them
  local now
  now=$(workers)
  [ "$(wc -w <<<"$now")" = 2 ] && ! grep -qx "$1" <<<"$now"
}
stop() { # stop: as SageMaker does, with 30 s before the kill
  docker stop --time 30 "$name" >/dev/null
  [ "$(docker inspect --format '{{.State.ExitCode}}' "$name")" = 0 ] ||
    fail_with_log "docker stop ended it with another status than 0"
}

ends_within() { # ends_within SECONDS STATUS OPTION...: `serve` ends by itself; what it says is in $work/log
  local limit=$1 expected=$2 started=$SECONDS status=0
  shift 2
  docker rm --force "$name" >/dev/null 2>&1 || true
  timeout 20 docker run --name "$name" "${strict[@]}" "$@" "$image" serve >"$work/log" 2>&1 || status=$?
  ((SECONDS - started <= limit)) || fail_with_log "it ended only after $((SECONDS - started)) s"
  [ "$status" = "$expected" ] || fail_with_log "it ended with status $status, expected $expected"
}

started=$SECONDS
"$top/build_local.sh" "$image" >"$work/build.log" 2>&1 || {
  tail -n 30 "$work/build.log" >&2
  fail "docker build failed"
}
pass "docker build, $((SECONDS - started)) s"

# Each part has the files and functions of those before it.
for part in usage train serve hosts dialect resources ports own-algorithm; do
  # shellcheck source=/dev/null # a part, checked by itself
  source "$top/local-test/image/$part.sh"
done

end_jobs
remove_containers
[ -z "$(docker ps --all --quiet --filter "label=$name")" ] || fail "containers are left"
echo "$passed passed, 0 failed"
