# shellcheck shell=bash disable=SC2154 # the variables are those of test-image.sh
# What the image says of itself, and what it holds.

for arguments in "" --help; do
  # shellcheck disable=SC2086 # none or one
  [[ $(docker run --rm --label "$name" "$image" $arguments) == usage:* ]] || fail "no usage for '$arguments'"
done
status=0
docker run --rm --label "$name" "$image" trian >/dev/null 2>"$work/err" || status=$?
[ "$status" = 64 ] || fail "a wrong command gave status $status"
grep -q '^trian: no such command' "$work/err" || fail "a wrong command is not named"
pass "usage"

label() { docker inspect --format "{{index .Config.Labels \"$1\"}}" "$image"; }
[ "$(label com.amazonaws.sagemaker.capabilities.accept-bind-to-port)" = true ] || fail "no SageMaker label"
[ -n "$(label org.opencontainers.image.version)" ] || fail "no OCI label"
docker run --rm --label "$name" "$image" sh -c '
  cd bill-of-materials && grep -q "^supervisor	" debian.txt && grep -q "^tokio v[0-9.]* MIT$" crates.txt' ||
  fail "the bill of materials lacks supervisor or tokio"
left=$(docker run --rm --label "$name" "$image" sh -c '
  for tool in cc gcc ld rustc cargo pip; do command -v "$tool"; done
  find /root /tmp /opt/ml /var/cache/apt /var/lib/apt/lists -type f 2>/dev/null | grep -v "^/root/\.[a-z]*rc$\|^/root/\.profile$"' || true)
[ -z "$left" ] || fail "compilers or caches are left in the image: $left"
pass "labels and bill of materials, no compiler and no cache"
