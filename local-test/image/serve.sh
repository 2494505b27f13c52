# shellcheck shell=bash disable=SC2154 # the variables are those of test-image.sh
# Serving the job's model: answers, a killed worker, stops, models that can't be served.

# shellcheck disable=SC2046 # two words
start $(model_of "$job") --env MODEL_SERVER_WORKERS=2
predict >"$work/predictions"
right=$(paste "$work/predictions" "$top/local-test/payload-labels.csv" | awk '$1 == $2' | wc -l)
rows=$(wc -l <"$top/local-test/payload-labels.csv")
((right * 2 > rows)) || fail_with_log "only $right of $rows predictions are right"
pass "serve and predict, $right of $rows right"

docker exec "$name" gateway --check || fail_with_log "gateway --check fails"
status=0
docker exec --env SAGEMAKER_BIND_TO_PORT=1 "$name" gateway --check 2>"$work/err" || status=$?
[ "$status" = 1 ] || fail "gateway --check of a port where nobody listens gave status $status"
is_healthy() { [ "$(docker inspect --format '{{.State.Health.Status}}' "$name")" = healthy ]; }
wait_until 30 is_healthy || fail_with_log "the container does not become healthy"
pass "healthy"

victim=$(workers | head -n 1)
docker exec "$name" sh -c "kill -9 $victim"
predict | cmp -s - "$work/predictions" || fail_with_log "other predictions after a worker was killed"
wait_until 5 is_replaced "$victim" || fail_with_log "the killed worker was not replaced"
wait_until 5 logged 'exited: model-worker_0 (terminated by SIGKILL' ||
  fail_with_log "the log does not mention the killed worker"
pass "a killed worker is replaced"

# A process that outlives its parent becomes a child of process 1.
docker exec "$name" sh -c '(sleep 0.1; : >/tmp/orphan) & exit 0'
orphan_ended() { docker exec "$name" test -e /tmp/orphan; }
has_no_zombie() { [[ $(docker exec "$name" sh -c 'cat /proc/[0-9]*/stat 2>/dev/null') != *") Z "* ]]; }
wait_until 10 orphan_ended || fail_with_log "the orphan did not run"
wait_until 10 has_no_zombie || fail_with_log "process 1 does not reap zombies"
pass "zombies are reaped"

started=$SECONDS
stop
pass "docker stop, $((SECONDS - started)) s, status 0"

# At once after the start, while process 1 becomes supervisord step by step. Before it blocks or handles the
# signal, in its first millisecond, no container hears it.
hears_sigterm() {
  local process masks
  process=$(docker inspect --format '{{.State.Pid}}' "$name")
  # The container runtime's own process, which becomes the image's, hears it for nobody.
  [[ $(cat "/proc/$process/comm") != runc* ]] || return 1
  masks=$(sed -n 's/^Sig\(Blk\|Cgt\):\s*/0x/p' "/proc/$process/status") &&
    [ -n "$masks" ] && ((($(tr '\n' '|' <<<"$masks")0) & 1 << 14))
}
for wait in 0 0.02 0.05 0.1 0.2 0.3 0.5; do
  docker rm --force "$name" >/dev/null 2>&1
  # shellcheck disable=SC2046
  docker run --detach --name "$name" "${strict[@]}" $(model_of "$job") "$image" serve >/dev/null
  wait_until 10 hears_sigterm || fail_with_log "process 1 does not take SIGTERM"
  sleep "$wait" # the moment of the stop is what is tried here
  started=$SECONDS
  docker stop --time 20 "$name" >/dev/null
  ((SECONDS - started <= 10)) || fail_with_log "a stop $wait s after the start was not heard"
  case $(docker inspect --format '{{.State.ExitCode}}' "$name") in
    0 | 143) ;;
    *) fail_with_log "a stop $wait s after the start: another status than 0 and 143" ;;
  esac
done
pass "docker stop at once after docker run, status 0 or 143"

# shellcheck disable=SC2046
start $(model_of "$job") --user 12345:12345 --cpus 1
predict | cmp -s - "$work/predictions" || fail_with_log "other predictions as another user"
stop
# shellcheck disable=SC2046
docker run --rm "${strict[@]}" --network none $(model_of "$job") --name "$name-offline" --detach "$image" serve >/dev/null
offline_is_up() { docker exec "$name-offline" gateway --check 2>/dev/null; }
wait_until 30 offline_is_up || fail "without network it does not serve"
docker stop "$name-offline" >/dev/null
pass "any user, nothing to write to but /tmp, no network"

mkdir -p "$work/absent/model" "$work/corrupt/model"
head -c 1000 "$job/model/model.onnx" >"$work/corrupt/model/model.onnx"
for broken in absent corrupt; do
  # shellcheck disable=SC2046
  ends_within 5 78 $(model_of "$work/$broken")
  tail -n 1 "$work/log" | grep -q '^serve: .*/opt/ml/model' || fail_with_log "the last line gives no reason"
  pass "a model that is $broken: $(tail -n 1 "$work/log")"
done
