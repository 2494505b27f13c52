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
docker info >/dev/null 2>&1 || fail "no Docker engine answers"

work=$(mktemp -d)
name=test-image-$$
remove_containers() {
  docker ps --all --quiet --filter "label=$name" | xargs --no-run-if-empty docker rm --force >/dev/null
  # What a container wrote belongs to root.
  rm -rf "$work" 2>/dev/null || docker run --rm --volume "$work:/tree" --entrypoint rm "$image" -rf /tree/job
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

started=$SECONDS
docker build --tag "$image" "$top" >"$work/build.log" 2>&1 || {
  tail -n 30 "$work/build.log" >&2
  fail "docker build failed"
}
pass "docker build, $((SECONDS - started)) s"

for arguments in "" --help; do
  # shellcheck disable=SC2086 # none or one
  docker run --rm --label "$name" "$image" $arguments | grep -q '^usage: ' || fail "no usage for '$arguments'"
done
status=0
docker run --rm --label "$name" "$image" trian >/dev/null 2>"$work/err" || status=$?
[ "$status" = 64 ] || fail "a wrong command gave status $status"
grep -q '^trian: no such command' "$work/err" || fail "a wrong command is not named"
pass "usage"

job=$work/job
cp -R "$top/local-test/test-dir" "$job"
clean_job "$job"
docker run --rm "${strict[@]}" --volume "$job:/opt/ml" "$image" train >"$work/train.log" 2>&1 || {
  cat "$work/train.log" >&2
  fail "the training job failed"
}
[ "$(find "$job/model" -type f ! -name .gitkeep)" = "$job/model/model.onnx" ] ||
  fail "/opt/ml/model holds something else than model.onnx"
pass "train"

failing=$work/job/failing
cp -R "$top/local-test/test-dir" "$failing"
clean_job "$failing"
echo '{"max_depth": "deep"}' >"$failing/input/config/hyperparameters.json"
status=0
docker run --rm "${strict[@]}" --volume "$failing:/opt/ml" "$image" train >/dev/null 2>"$work/err" || status=$?
[ "$status" != 0 ] || fail "a job with max_depth=deep ended well"
grep -q max_depth "$failing/output/failure" || fail "output/failure does not name max_depth"
grep -qF "$(cat "$failing/output/failure")" "$work/err" || fail "stderr lacks the reason of output/failure"
pass "a job that fails: status $status, $(cat "$failing/output/failure")"

# shellcheck disable=SC2046 # two words
start $(model_of "$job") --env MODEL_SERVER_WORKERS=2
predict >"$work/predictions"
right=$(paste "$work/predictions" "$top/local-test/payload-labels.csv" | awk '$1 == $2' | wc -l)
rows=$(wc -l <"$top/local-test/payload-labels.csv")
((right * 2 > rows)) || fail_with_log "only $right of $rows predictions are right"
pass "serve and predict, $right of $rows right"

victim=$(workers | head -n 1)
docker exec "$name" sh -c "kill -9 $victim"
predict | cmp -s - "$work/predictions" || fail_with_log "other predictions after a worker was killed"
wait_until 5 is_replaced "$victim" || fail_with_log "the killed worker was not replaced"
docker logs "$name" 2>&1 | grep -q 'exited: model-worker_0 (terminated by SIGKILL' ||
  fail_with_log "the log does not tell of the killed worker"
pass "a killed worker is replaced"

started=$SECONDS
stop
pass "docker stop, $((SECONDS - started)) s, status 0"

# shellcheck disable=SC2046
start $(model_of "$job") --user 12345:12345 --cpus 1
predict | cmp -s - "$work/predictions" || fail_with_log "other predictions as another user"
stop
pass "any user, nothing to write to but /tmp"

mkdir -p "$work/absent/model" "$work/corrupt/model"
head -c 1000 "$job/model/model.onnx" >"$work/corrupt/model/model.onnx"
for broken in absent corrupt; do
  docker rm --force "$name" >/dev/null
  started=$SECONDS
  status=0
  # shellcheck disable=SC2046
  timeout 20 docker run --name "$name" "${strict[@]}" $(model_of "$work/$broken") "$image" serve >"$work/log" 2>&1 ||
    status=$?
  ((SECONDS - started <= 5)) || fail "a model that is $broken: ended only after $((SECONDS - started)) s"
  [ "$status" = 78 ] || fail_with_log "a model that is $broken: status $status"
  tail -n 1 "$work/log" | grep -q '^serve: .*/opt/ml/model' || fail_with_log "the last line gives no reason"
  pass "a model that is $broken: $(tail -n 1 "$work/log")"
done

end_jobs
remove_containers
[ -z "$(docker ps --all --quiet --filter "label=$name")" ] || fail "containers are left"
echo "$passed passed, 0 failed"
