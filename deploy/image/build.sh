#!/bin/sh
# Builds both images with buildah, podman or docker, and says their compressed sizes; over 250 MB is a fault.
# Flags for the builder (a mirror of the bases, the host's network): BUILD_FLAGS="--build-arg PYTHON=... --network host"
set -eu
cd "$(dirname "$0")/../.."
builder=${BUILDER:-$(command -v buildah || command -v podman || command -v docker)} ||
  { echo "Building an image needs buildah, podman or docker. On Debian: apt-get install buildah"; exit 1; }
case $builder in *docker) format= ;; *) format="--format docker --layers" ;; esac # OCI has no health checks
kept=$(mktemp -d)
trap 'rm -rf "$kept"' EXIT
for target in atoll front; do
  name=localhost/atoll:dev
  test $target = atoll || name=localhost/atoll-$target:dev
  # shellcheck disable=SC2086
  "$builder" build $format ${BUILD_FLAGS:-} --target $target --file deploy/image/Dockerfile --tag $name .
  case $builder in
    *docker) "$builder" save $name | gzip > "$kept/$target" ;;
    *) "$builder" push --quiet $name "oci-archive:$kept/$target" > /dev/null ;;
  esac
  size=$(($(wc -c < "$kept/$target") / 1000000))
  echo "$name: $size MB compressed"
  test $size -le 250 || { echo "An image may have 250 MB."; exit 1; }
done
