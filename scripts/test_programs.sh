#!/bin/sh
# Installs the programs that tests run against or with, where they are missing.
# Where that needs a password or is not possible, it says how, and fails in CI; elsewhere the tests that need them will.
set -eu

# Each program, and the packages that bring it on Debian, Fedora, Alpine and Homebrew.
NEEDED="redis-server:redis-server:redis:redis:redis
cc:gcc,libc6-dev:gcc,glibc-devel:gcc,musl-dev:gcc
curl:curl:curl:curl:curl
openssl:openssl:openssl:openssl:openssl
node:nodejs:nodejs:nodejs:node
npm:npm:nodejs-npm:npm:node"

missing=""
packages=""
column=2
command -v dnf >/dev/null && column=3
command -v apk >/dev/null && column=4
command -v brew >/dev/null && column=5
for line in $NEEDED; do
    program=${line%%:*}
    command -v "$program" >/dev/null && continue
    missing="$missing $program"
    packages="$packages $(echo "$line" | awk -F ':' -v column="$column" '{ gsub(",", " ", $column); print $column }')"
done
[ -z "$missing" ] && exit 0

as_root=""
if [ "$(id -u)" != 0 ]; then
    as_root="sudo -n"
    $as_root true 2>/dev/null || as_root="cannot"
fi

# Unquoted on purpose: each package is a word.
install_packages() {
    if command -v brew >/dev/null; then
        brew install $packages
    elif [ "$as_root" = cannot ]; then
        return 1
    elif command -v apt-get >/dev/null; then
        export DEBIAN_FRONTEND=noninteractive
        $as_root apt-get install -y -qq --no-install-recommends $packages ||
            { $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends $packages; }
    elif command -v dnf >/dev/null; then
        $as_root dnf install -y -q $packages
    elif command -v apk >/dev/null; then
        $as_root apk add -q $packages
    else
        return 1
    fi
}

echo "Installing what tests need:$missing"
install_packages >&2 || true
for program in $missing; do
    if ! command -v "$program" >/dev/null; then
        echo "missing:$missing; install them with your package manager (Debian, Ubuntu: sudo apt-get install$packages)" >&2
        [ -z "${CI:-}" ]
        exit
    fi
done
