#!/usr/bin/env bash
# Builds the image and pushes it to Amazon ECR, into the account and region of the AWS CLI. The repository
# is created if there is none.
# Usage: ./build_and_push.sh IMAGE [DOCKERFILE]    IMAGE is NAME or NAME:TAG, with the tag `latest` if none is given;
#   DOCKERFILE that of an own algorithm, which builds on what build_local.sh has built: examples/k-means/Dockerfile
set -euo pipefail

fail() {
  echo "${0##*/}: $1" >&2
  exit 1
}

if (($# < 1 || $# > 2)) || [[ -z $1 || $1 == -* ]]; then
  echo "usage: ${0##*/} IMAGE [DOCKERFILE]" >&2
  exit 64
fi
repository=${1%%:*}
tag=latest
if [[ $1 == *:* ]]; then tag=${1#*:}; fi
[[ $repository =~ ^[a-z0-9]+([._/-][a-z0-9]+)*$ && $tag =~ ^[A-Za-z0-9_][A-Za-z0-9._-]*$ ]] ||
  fail "'$1' is no image name; NAME or NAME:TAG is, with a NAME of a-z, 0-9 and single . _ - / between"

for tool in aws docker; do
  command -v "$tool" >/dev/null || fail "$tool is missing"
done

account=$(aws sts get-caller-identity --query Account --output text) ||
  fail "the AWS CLI has no credentials that work; 'aws configure' sets them"
region=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region || true)}}
[ -n "$region" ] || fail "no region; 'aws configure' or AWS_REGION sets one"
domain=amazonaws.com
if [[ $region == cn-* ]]; then domain=amazonaws.com.cn; fi
registry=$account.dkr.ecr.$region.$domain

if ! found=$(aws ecr describe-repositories --region "$region" --repository-names "$repository" 2>&1); then
  [[ $found == *RepositoryNotFoundException* ]] || fail "can't look for the repository: ${found##*$'\n'}"
  aws ecr create-repository --region "$region" --repository-name "$repository" >/dev/null ||
    fail "can't create the repository $repository"
fi
aws ecr get-login-password --region "$region" |
  docker login --username AWS --password-stdin "$registry" >/dev/null ||
  fail "can't log in to $registry"

docker build --tag "$repository:$tag" ${2:+--file "$2"} "$(dirname "${BASH_SOURCE[0]}")" || fail "the build failed"
docker tag "$repository:$tag" "$registry/$repository:$tag" || fail "can't tag the image for $registry"
docker push "$registry/$repository:$tag" || fail "the push failed"
echo "$registry/$repository:$tag"
