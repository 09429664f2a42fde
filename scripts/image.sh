#!/bin/sh
# Builds the container image with docker, podman or buildah, whichever is there and works.
# Usage: image.sh NAME; BASE_IMAGE names another base than the Dockerfile's.
set -eu
cd "$(dirname "$0")/.."
name=${1:-ollamanet}
set -- --build-arg "VERSION=$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml)" \
    --build-arg "REVISION=$(git rev-parse HEAD 2>/dev/null || echo unknown)"
[ -z "${BASE_IMAGE:-}" ] || set -- "$@" --build-arg "BASE_IMAGE=$BASE_IMAGE"

# The docker command is often there without its daemon; `info` asks the daemon.
if command -v docker >/dev/null && docker info >/dev/null 2>&1; then
    exec docker build "$@" -t "$name" .
elif command -v podman >/dev/null && podman info >/dev/null 2>&1; then
    exec podman build --format docker "$@" -t "$name" .
elif command -v buildah >/dev/null; then
    # Without user namespaces only the plainest isolation works; it works everywhere. The storage is its own choice.
    exec buildah ${STORAGE_DRIVER:+--storage-driver "$STORAGE_DRIVER"} build \
        --isolation "${BUILDAH_ISOLATION:-chroot}" --format docker "$@" -t "$name" .
fi
echo "No image was built: this needs docker with its daemon running, podman or buildah" >&2
exit 1
