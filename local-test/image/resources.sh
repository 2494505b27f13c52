# shellcheck shell=bash disable=SC2154 # the variables are those of test-image.sh
# Limits of CPUs and of memory.

for limit in "--cpus 0.5:1, from the CPU quota 0.5 (cgroup v" "--cpuset-cpus 0:1, from the CPUs that may be used"; do
  # shellcheck disable=SC2046,SC2086 # two words each
  start $(model_of "$job") ${limit%%:*}
  logged "workers: ${limit#*:}" || fail_with_log "${limit%%:*}: another number of workers"
  pass "${limit%%:*} gives workers: ${limit#*:}"
done

# Payloads that the memory is not enough for are refused, and everything else goes on.
send_large() { # send_large FORMAT CONTENT_TYPE MEGABYTES HEADER...: prints the status; the answer is in $work/answer
  local form=$1 content_type=$2 megabytes=$3
  shift 3
  python3 "$top/local-test/image/large_payload.py" "$form" "$megabytes" >"$work/large"
  curl --silent --output "$work/answer" --write-out '%{http_code}' --header "Content-Type: $content_type" "$@" \
    --request POST --upload-file "$work/large" "http://127.0.0.1:$port/invocations"
}
# shellcheck disable=SC2046
start $(model_of "$job") --memory 128m --memory-swap 128m --env MODEL_SERVER_WORKERS=2
processes=$(workers)
for form in csv:text/csv json:application/json npy:application/x-npy; do
  for size in 6:200 24:200 90:413; do
    status=$(send_large "${form%%:*}" "${form#*:}" "${size%:*}")
    [ "$status" = "${size#*:}" ] ||
      fail_with_log "${size%:*} MB of ${form%%:*} with 128 MB of memory: status $status, $(head -c 200 "$work/answer")"
  done
done
grep -q "the payload is too large for the container's memory (at most [0-9]* bytes)" "$work/answer" || fail "413 gives no reason"
status=$(send_large csv text/csv 24 --header 'X-Amzn-SageMaker-Custom-Attributes: output=path,labels')
[ "$status" = 507 ] || fail_with_log "an answer that is larger than the memory: status $status"
grep -q "the container's memory, 134217728 bytes, is not enough" "$work/answer" || fail "507 gives no reason"
predict | cmp -s - "$work/predictions" || fail_with_log "other predictions after payloads that were too large"
[ "$(workers)" = "$processes" ] || fail_with_log "a worker was replaced"
stop
pass "too little memory for a payload: 413 or 507, and the container lives"
