#!/usr/bin/env bash
# Trains, deploys, predicts and batch-transforms in real containers with SageMaker's own Python SDK, in its
# local mode, and asks with boto3. Needs no AWS account; leaves no container, network or file behind.
# Usage: local-test/test-sagemaker.sh [IMAGE [PYTEST_ARGUMENT...]]    IMAGE is built if it does not exist
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if [[ ${1-} == -* ]]; then
  echo "usage: ${0##*/} [IMAGE [PYTEST_ARGUMENT...]]" >&2
  exit 64
fi
image=${1:-decision-trees}
shift || true
need docker "a Docker engine is needed"
docker info >/dev/null 2>&1 || fail "no Docker engine answers"
docker compose version >/dev/null 2>&1 ||
  need docker-compose "'apt-get install docker-compose' brings it, or Docker's plugin docker-compose-v2"
need pgrep "'apt-get install procps' brings it"

environment=$top/local-test/.venv-sagemaker
work=$(mktemp -d)
network=sagemaker-local
had_network=false
if docker network inspect "$network" >/dev/null 2>&1; then had_network=true; fi

composes() { pgrep -f "compose.* $work/" >/dev/null; }
no_longer_composes() { ! composes; }
# Compose notes in a container the folder of its file, and local mode lays that in $work.
containers() {
  local id folder
  docker ps --all --format $'{{.ID}}\t{{.Label "com.docker.compose.project.working_dir"}}' |
    while IFS=$'\t' read -r id folder; do
      if [[ $folder == "$work"/* ]]; then echo "$id"; fi
    done
}
clean_up() {
  # What is told to stop while it makes a container must have ended before the containers are looked for.
  wait_until 30 no_longer_composes || pkill -KILL -f "compose.* $work/" || true
  containers | xargs --no-run-if-empty docker rm --force >/dev/null
  $had_network || docker network rm "$network" >/dev/null 2>&1 || true
  # What a container wrote belongs to root.
  rm -rf "$work" 2>/dev/null ||
    docker run --rm --mount "type=bind,source=$work,target=/tree" --entrypoint find "$image" /tree -mindepth 1 -delete
  rm -rf "$work"
}
end_jobs_at_exit clean_up

make_venv "$environment" "$top/local-test/sagemaker/requirements.txt"
docker image inspect "$image" >/dev/null 2>&1 || run "$top/build_local.sh" "$image" || fail "the build failed"

# The SDK, boto3 and the examples find nothing of this user's: no credentials, no settings. A space in the
# path of all that local mode lays out.
mkdir -p "$work/home" "$work/local mode"
run env --unset=AWS_PROFILE --unset=AWS_SESSION_TOKEN \
  AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none AWS_DEFAULT_REGION=us-east-1 AWS_EC2_METADATA_DISABLED=true \
  SAGEMAKER_SUPPRESS_V2_WARNING=1 \
  SAGEMAKER_USER_CONFIG_OVERRIDE="$top/local-test/sagemaker/config.yaml" \
  DOCKER_CONFIG="${DOCKER_CONFIG:-$HOME/.docker}" HOME="$work/home" TMPDIR="$work/local mode" \
  PYTHONDONTWRITEBYTECODE=1 IMAGE="$image" \
  "$environment/bin/python" -m pytest -q -p no:cacheprovider "$top/local-test/sagemaker" "$@" ||
  fail "a test with SageMaker's SDK failed"
