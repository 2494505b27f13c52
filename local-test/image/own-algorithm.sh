# shellcheck shell=bash disable=SC2154 # the variables are those of test-image.sh
# An image with an algorithm of one's own: docs/own-algorithm.md makes it of k-means, trains, serves and predicts.

started=$SECONDS
(
  cd "$top"
  export PORT DOCKER_CONFIG=${DOCKER_CONFIG:-$HOME/.docker} HOME=$work IMAGE=$image
  PORT=$(free_port)
  python3 local-test/page.py docs/own-algorithm.md docker
) >"$work/log" 2>&1 || {
  tail -n 30 "$work/log" >&2
  fail "docs/own-algorithm.md is not true"
}
grep -q '^train:msd=' "$work/log" || fail "the job of k-means prints no metric"
[ "$(grep -oE '[0-5],"\[' "$work/log" | wc -l)" = "$(wc -l <"$top/local-test/payload.csv")" ] ||
  fail "k-means does not answer each row: $(tail -n 5 "$work/log")"
pass "k-means on the image, $((SECONDS - started)) s with the build"

image=k-means
# shellcheck disable=SC2046 # two words
start $(model_of "$work/k-means-job") --env MODEL_SERVER_WORKERS=2
predict >"$work/clusters"
victim=$(workers | head -n 1)
docker exec "$name" sh -c "kill -9 $victim"
predict | cmp -s - "$work/clusters" || fail_with_log "other clusters after a worker was killed"
wait_until 5 is_replaced "$victim" || fail_with_log "the killed worker was not replaced"
stop
pass "a killed worker of k-means is replaced"
