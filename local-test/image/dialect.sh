# shellcheck shell=bash disable=SC2154 # the variables are those of test-image.sh
# In place of AWS's XGBoost container: a model file that XGBoost 3.2.0 wrote (reg:squarederror, 2 rounds, 3 features)
# under the name that AWS's training jobs give it, and the bytes that AWS's container answers.
# local-test/peers/test_dialect.py asks far more.

dialect=$top/local-test/image/dialect
ask() { # ask STATUS TYPE ACCEPT PAYLOAD ANSWER: payload and answer as printf takes them
  local status
  status=$(printf '%b' "$4" | curl --silent --output "$work/answer" --write-out '%{http_code}' --data-binary @- \
    --header "Content-Type: $2" --header "Accept: $3" "http://127.0.0.1:$port/invocations")
  { [ "$status" = "$1" ] && printf '%b' "$5" | cmp -s - "$work/answer"; } ||
    fail_with_log "$2 for $3: status $status, $(cat "$work/answer")"
}

# shellcheck disable=SC2046
start $(model_of "$dialect")
ask 200 text/csv '*/*' '0.9,0.8,0.1\n0.1,0.2,\n' '1.0111844539642334\n0.4257499873638153\n'
ask 200 text/csv application/json '0.9' '{"predictions": [{"score": 1.0111844539642334}]}'
ask 200 text/libsvm text/csv '7 0:0.9 3:1\n7 1:0.2' '1.0111844539642334\n0.7681729793548584\n'
ask 200 text/csv application/jsonlines '0.9' '{"score": 1.0111844539642334}\n'
ask 204 text/csv image/png '' ''
ask 415 text/csv text/csv 'x,1,2' \
  'Loading csv data failed: row 1, column 1: found "x", expected a finite decimal number or nothing\n'
ask 400 text/csv text/csv '1,2,3,4' 'Unable to evaluate payload provided: row 1: 4 columns, the model takes 3\n'
ask 406 text/csv image/png '1' "Accept type image/png is not supported. Please use supported accept types: \
['application/json', 'application/jsonlines', 'application/x-recordio-protobuf', 'text/csv'].\n"
stop
# shellcheck disable=SC2046
start $(model_of "$dialect") --env SAGEMAKER_INFERENCE_OUTPUT=foo,predicted_score --env SAGEMAKER_BATCH=True
ask 200 text/csv text/csv '0.9' 'nan,1.0111844539642334\n'
ask 200 text/csv application/json '0.9' '{"predictions": [{"predicted_score": 1.0111844539642334, "foo": null}]}'
stop
pass "answers as AWS's XGBoost container gives them"
