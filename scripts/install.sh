#!/bin/sh
# Fills .venv from uv.lock, with nothing but a Python of 3.11 or newer to begin with.
# Arguments go to `uv sync`.
set -eu
cd "$(dirname "$0")/.."

UV_VERSION=0.13.9
OLDEST_UV=0.8

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

# A shim of pyenv or asdf answers to names that it cannot run, so each candidate is asked for its real path.
find_python() {
    for name in ${PYTHON:-} python3.13 python3.12 python3.11 python3 python3.14; do
        "$name" -c 'import sys; sys.version_info >= (3, 11) and print(sys.executable)' 2>/dev/null | grep . && return
    done
    found=$(python3 -c 'import platform; print(platform.python_version())' 2>/dev/null || echo none)
    fail "OllamaNet needs Python 3.11 or newer; python3 here is: $found." \
        "Install one (Debian, Ubuntu: apt-get install python3.11; macOS: brew install python@3.13)," \
        "or name it: make PYTHON=/path/to/python3"
}

uv_is_recent() {
    "$1" --version 2>/dev/null | awk -v oldest="$OLDEST_UV" '{
        split($2, have, "."); split(oldest, want, ".")
        exit !(have[1] > want[1] || (have[1] == want[1] && have[2] >= want[2]))
    }'
}

find_uv() {
    for uv in uv .uv/bin/uv; do
        if command -v "$uv" >/dev/null && uv_is_recent "$uv"; then
            echo "$uv"
            return
        fi
    done
    bootstrap_uv >&2
    echo .uv/bin/uv
}

bootstrap_uv() {
    echo "Installing uv $UV_VERSION into .uv"
    rm -rf .uv
    if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        "$python" -m venv .uv
        .uv/bin/python -m pip install --quiet --disable-pip-version-check "uv==$UV_VERSION"
    elif "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m pip install --quiet --disable-pip-version-check --target .uv "uv==$UV_VERSION"
    else
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        fail "$python can make no virtual environment: its venv module is not installed." \
            "Debian, Ubuntu: apt-get install python$version-venv. Or install uv itself: https://docs.astral.sh/uv/"
    fi
}

python=$(find_python)
uv=$(find_uv)
unset VIRTUAL_ENV
UV_PROJECT_ENVIRONMENT=.venv "$uv" sync --frozen --quiet --python "$python" "$@"
