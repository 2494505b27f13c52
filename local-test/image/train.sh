# shellcheck shell=bash disable=SC2154 # the variables are those of test-image.sh
# Training jobs as SageMaker lays them out: input that can't be written to, Pipe mode, two hosts, a stop.

make_job() { # make_job DIRECTORY: the sample's, without a model and outputs
  cp -R "$top/local-test/test-dir" "$1"
  clean_job "$1"
}
train() { # train DIRECTORY OPTION...: `docker run` of the job
  local directory=$1
  shift
  docker run "${strict[@]}" --volume "$directory:/opt/ml" \
    --mount "type=bind,source=$directory/input,target=/opt/ml/input,readonly" "$@" "$image" train
}
train_on_two_hosts() { # the jobs in $work/algo-1 and $work/algo-2
  local host
  for host in algo-1 algo-2; do
    train "$work/$host" --detach --name "$name-$host" --network "$name" --hostname "$host" >/dev/null
  done
  for host in algo-1 algo-2; do
    [ "$(docker wait "$name-$host")" = 0 ] || {
      docker logs "$name-$host" >&2
      fail "$host of two hosts failed"
    }
  done
}
has_just_the_model() { [ "$(find "$1/model" -type f ! -name .gitkeep)" = "$1/model/model.onnx" ]; }

job=$work/job
make_job "$job"
train "$job" --rm >"$work/train.log" 2>&1 || {
  cat "$work/train.log" >&2
  fail "the training job failed"
}
has_just_the_model "$job" || fail "/opt/ml/model holds something else than model.onnx"
pass "train, with channels that can't be written to"

failing=$work/failing
make_job "$failing"
echo '{"max_depth": "deep"}' >"$failing/input/config/hyperparameters.json"
status=0
train "$failing" --rm >/dev/null 2>"$work/err" || status=$?
[ "$status" != 0 ] || fail "a job with max_depth=deep ended well"
grep -q max_depth "$failing/output/failure" || fail "output/failure does not name max_depth"
grep -qF "$(cat "$failing/output/failure")" "$work/err" || fail "stderr lacks the reason of output/failure"
[ "$(stat --format %A "$failing/output/failure" | cut -c 8)" = r ] || fail "others can't read output/failure"
pass "a job that fails: status $status, $(cat "$failing/output/failure")"

# Pipe mode: what a channel holds comes through a FIFO, from a process that SageMaker runs beside the job.
piped=$work/piped
make_job "$piped"
echo '{"training": {"TrainingInputMode": "Pipe", "ContentType": "text/csv"}}' \
  >"$piped/input/config/inputdataconfig.json"
mkfifo "$piped/input/data/training_0"
find "$piped/input/data" -type f -name '*.csv' -print0 | sort -z | xargs -0 cat >"$work/piped.csv"
find "$piped/input/data" -mindepth 1 -type d -exec rm -r {} +
write_to_pipe() { # write_to_pipe COMMAND...: in the background, what the command prints
  # shellcheck disable=SC2016 # for the inner shell
  setsid bash -c 'pipe=$1; shift; exec "$@" >"$pipe"' - "$piped/input/data/training_0" "$@" </dev/null &
  jobs_to_end+=("$!")
}
write_to_pipe cat "$work/piped.csv"
train "$piped" --rm >"$work/train.log" 2>&1 || {
  cat "$work/train.log" >&2
  fail "the training job in Pipe mode failed"
}
end_jobs
has_just_the_model "$piped" || fail "/opt/ml/model holds something else than model.onnx after Pipe mode"
cmp -s "$piped/model/model.onnx" "$job/model/model.onnx" || fail "Pipe mode gives another model than files"
pass "train in Pipe mode"

# A stop in the middle: the writer sends some rows and keeps the pipe open.
rm "$piped/model/model.onnx"
find "$piped/output" -mindepth 1 ! -name .gitkeep -delete 2>/dev/null || true
rm -f "$piped/output/success"
# shellcheck disable=SC2016
write_to_pipe sh -c 'head -n 100 "$1"; exec sleep 600' - "$work/piped.csv"
train "$piped" --detach --name "$name" >/dev/null
wait_until 30 logged ": reading: " || fail_with_log "the job does not begin to read"
docker exec "$name" sh -c "$(docker inspect --format '{{index .Config.Healthcheck.Test 1}}' "$image")" ||
  fail_with_log "a training job does not count as healthy"
started=$SECONDS
docker stop --time 120 "$name" >/dev/null
[ "$(docker inspect --format '{{.State.ExitCode}}' "$name")" = 143 ] || fail_with_log "a stopped job's status is not 143"
((SECONDS - started <= 5)) || fail_with_log "a stopped job ended only after $((SECONDS - started)) s"
[ "$(cat "$piped/output/failure")" = "stopped by SIGTERM before the model was complete" ] ||
  fail_with_log "output/failure does not mention the stop"
[ -z "$(find "$piped/model" -type f ! -name .gitkeep)" ] || fail "a stopped job left something in /opt/ml/model"
end_jobs
docker rm "$name" >/dev/null
pass "docker stop of a training job, status 143"

# Two hosts: the first trains, the other has nothing to do and no data.
docker network create --label "$name" "$name" >/dev/null
for host in algo-1 algo-2; do
  make_job "$work/$host"
  echo "{\"current_host\": \"$host\", \"hosts\": [\"algo-1\", \"algo-2\"], \"network_interface_name\": \"eth0\"}" \
    >"$work/$host/input/config/resourceconfig.json"
done
find "$work/algo-2/input/data" -name '*.csv' -delete
train_on_two_hosts
cmp -s "$work/algo-1/model/model.onnx" "$job/model/model.onnx" || fail "two hosts give another model than one"
[ -z "$(find "$work/algo-2/model" -type f ! -name .gitkeep)" ] || fail "the second host wrote to /opt/ml/model"
pass "train on two hosts"
