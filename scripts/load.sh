#!/bin/sh
# Runs the load scenario with k6 where it is installed, else in Python.
set -eu
cd "$(dirname "$0")/.."
# Another program of that name is on the Python package index.
if k6 version 2>/dev/null | grep -q '^k6 v'; then
    exec .venv/bin/python load/with_server.py k6 run "$@" load/chat.js
fi
exec .venv/bin/python load/with_server.py .venv/bin/python load/chat.py "$@"
