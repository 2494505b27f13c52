# shellcheck shell=bash disable=SC2154 # the variables are those of test-image.sh
# A forest on two hosts, whose model directories SageMaker makes one of; serving them.

forest=$work/forest
make_job "$forest"
echo '{"algorithm": "random_forest", "n_estimators": "21"}' >"$forest/input/config/hyperparameters.json"
for host in algo-1 algo-2; do
  rm -rf "${work:?}/$host" 2>/dev/null ||
    docker run --rm --volume "$work:/tree" --entrypoint sh "$image" -c "rm -rf /tree/$host"
  docker rm --force "$name-$host" >/dev/null
  cp -R "$forest" "$work/$host"
  echo "{\"current_host\": \"$host\", \"hosts\": [\"algo-1\", \"algo-2\"], \"network_interface_name\": \"eth0\"}" \
    >"$work/$host/input/config/resourceconfig.json"
done
train "$forest" --rm >"$work/train.log" 2>&1 || {
  cat "$work/train.log" >&2
  fail "the training job of the forest failed"
}
train_on_two_hosts
mkdir -p "$work/together/model"
for number in 1 2; do
  part=forest-$number-of-2.onnx
  [ "$(find "$work/algo-$number/model" -type f ! -name .gitkeep)" = "$work/algo-$number/model/$part" ] ||
    fail "/opt/ml/model of host $number holds something else than $part"
  cp "$work/algo-$number/model/$part" "$work/together/model"
done
[ -z "$(find "$work/algo-2/output/data" -type f 2>/dev/null)" ] || fail "the second host wrote to output/data"
pass "a forest on two hosts, a part each"

# shellcheck disable=SC2046
start $(model_of "$forest") --env SAGEMAKER_INFERENCE_OUTPUT=predicted_label,probabilities,contributions
predict >"$work/predictions-forest"
stop
# shellcheck disable=SC2046
start $(model_of "$work/together") --env SAGEMAKER_INFERENCE_OUTPUT=predicted_label,probabilities,contributions
predict | cmp -s - "$work/predictions-forest" || fail_with_log "the parts answer otherwise than the forest of one host"
stop
pass "the parts of both hosts answer as the forest of one host"

rm "$work/together/model/forest-2-of-2.onnx"
# shellcheck disable=SC2046
ends_within 5 78 $(model_of "$work/together")
tail -n 1 "$work/log" | grep -qF 'forest-2-of-2.onnx is missing' || fail_with_log "the last line does not name the missing part"
pass "a part that is missing: $(tail -n 1 "$work/log")"
