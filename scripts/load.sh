#!/bin/sh
# Runs a load scenario, SCENARIO=rag_burst or chat, with k6 (K6= says where it is), else the same one in Python.
set -eu
cd "$(dirname "$0")/.."
scenario=${SCENARIO:-rag_burst}
small=
[ "$scenario" != rag_burst ] || small=--small
# Another program of that name is on the Python package index.
if "${K6:-k6}" version 2>/dev/null | grep -q '^k6 v'; then
    exec .venv/bin/python load/with_server.py $small "${K6:-k6}" run "$@" "load/$scenario.js"
fi
echo "Grafana's k6 is not here (go install go.k6.io/k6@latest); the same scenario runs in Python." >&2
exec .venv/bin/python load/with_server.py $small .venv/bin/python "load/$scenario.py" "$@"
