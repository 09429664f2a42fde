#!/bin/sh
# Puts the OpenID provider that tests sign in with into .cache, where it is missing; it needs node and npm.
# Where that is not possible, it says so, and fails in CI; elsewhere the tests that need it will.
set -eu
cd "$(dirname "$0")/.."

VERSION=8.8.1
place=.cache/oidc-provider

found=$(node -p "require('./$place/node_modules/oidc-provider/package.json').version" 2>/dev/null || true)
[ "$found" != "$VERSION" ] || exit 0
echo "Installing what tests sign in with: oidc-provider $VERSION"
mkdir -p "$place"
if npm install --prefix "$place" --no-save --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error \
    "oidc-provider@$VERSION" >&2; then
    exit 0
fi
echo "missing: oidc-provider; it is installed with npm from its registry" >&2
[ -z "${CI:-}" ]
