#!/bin/sh
# Installs the servers that tests run against, where they are missing: redis-server.
# Where that needs a password or is not possible, it says how, and fails only in CI (the tests then skip).
set -eu

command -v redis-server >/dev/null && exit 0

as_root=""
if [ "$(id -u)" != 0 ]; then
    as_root="sudo -n"
    $as_root true 2>/dev/null || as_root="cannot"
fi

install_redis() {
    if command -v brew >/dev/null; then
        brew install redis
    elif [ "$as_root" = cannot ]; then
        return 1
    elif command -v apt-get >/dev/null; then
        export DEBIAN_FRONTEND=noninteractive
        $as_root apt-get install -y -qq --no-install-recommends redis-server ||
            { $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends redis-server; }
    elif command -v dnf >/dev/null; then
        $as_root dnf install -y -q redis
    elif command -v apk >/dev/null; then
        $as_root apk add -q redis
    else
        return 1
    fi
}

echo "Installing redis-server, which tests need"
if install_redis >&2 && command -v redis-server >/dev/null; then
    exit 0
fi
echo "redis-server is missing: install it with your package manager (Debian, Ubuntu: sudo apt-get install redis-server)" >&2
[ -z "${CI:-}" ]
