# shellcheck shell=bash disable=SC2154 # the variables are those of test-image.sh
# Ports, and several containers on one host.

# shellcheck disable=SC2046
ends_within 5 78 $(model_of "$job") --env MODEL_SERVER_GRPC_PORT=8500 --env SAGEMAKER_SAFE_PORT_RANGE=9000-9999
grep -qF 'MODEL_SERVER_GRPC_PORT=8500: expected a port of SAGEMAKER_SAFE_PORT_RANGE, 9000-9999' "$work/log" ||
  fail_with_log "the port is not named"
pass "a gRPC port outside of the safe range is refused"

# Two containers that share the host's network, as those of a pipeline share theirs.
on_host() { # on_host NAME HTTP_PORT GRPC_PORT
  docker rm --force "$1" >/dev/null 2>&1 || true
  # shellcheck disable=SC2046
  docker run --detach --name "$1" "${strict[@]}" $(model_of "$job") --network host --env MODEL_SERVER_WORKERS=1 \
    --env "SAGEMAKER_BIND_TO_PORT=$2" --env "MODEL_SERVER_GRPC_PORT=$3" --env SAGEMAKER_SAFE_PORT_RANGE=1024-65535 \
    "$image" serve >/dev/null
}
first=$(free_port) second=$(free_port) first_grpc=$(free_port) second_grpc=$(free_port)
on_host "$name" "$first" "$first_grpc"
on_host "$name-second" "$second" "$second_grpc"
for port in "$first" "$second"; do
  wait_until 30 ping_is_200 "$port" || fail_with_log "/ping of two containers on one host is not 200"
  predict | cmp -s - "$work/predictions" || fail_with_log "other predictions from two containers on one host"
done
docker stop "$name-second" >/dev/null
pass "two containers on one host"

ends_on_host() { # ends_on_host HTTP_PORT GRPC_PORT REASON
  on_host "$name-second" "$1" "$2"
  [ "$(timeout 30 docker wait "$name-second")" = 1 ] || fail_with_log "a port that is in use: another status than 1"
  docker logs "$name-second" >"$work/log" 2>&1
  tail -n 1 "$work/log" | grep -qF "$3" || {
    cat "$work/log" >&2
    fail "a port that is in use is not the reason in the last line"
  }
}
ends_on_host "$second" "$first_grpc" "can't listen on 0.0.0.0:$first_grpc (MODEL_SERVER_GRPC_HOST"
# The gateway can't start, again and again: supervisord must not pretend.
ends_on_host "$first" "$second_grpc" "gateway ended 5 times in a row before it was up: gateway: can't listen on 0.0.0.0:$first"
ping_is_200 "$first" || fail_with_log "the container whose ports others wanted does not serve any more"
stop
pass "a port that is in use, and a crash loop, end the container with the reason"
