#!/bin/sh
# Runs the load scenario with k6 where it is installed, else in Python.
set -eu
cd "$(dirname "$0")/.."
if command -v k6 >/dev/null; then
    exec .venv/bin/python load/with_server.py k6 run "$@" load/chat.js
fi
exec .venv/bin/python load/with_server.py .venv/bin/python load/chat.py "$@"
