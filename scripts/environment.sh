#!/bin/sh
# The environment in .venv.
#   environment.sh create VENV PYTHON     makes it
#   environment.sh install VENV EXTRA     installs this project in it, with an extra
set -eu

case "$1" in
create)
    venv=$2 python=$3
    if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        echo "Visavis needs Python 3.11 or newer; '$python' is not. Say which: make PYTHON=python3.12 ..." >&2
        exit 1
    fi
    # Some systems ship Python without what venv needs to put pip into the new environment.
    "$python" -m venv "$venv" >/dev/null 2>&1 ||
        "$python" -m virtualenv -q "$venv" 2>/dev/null ||
        uv venv -q --seed --python "$python" "$venv" 2>/dev/null || {
        rm -rf "$venv"
        echo "Python cannot make an environment here. On Debian and Ubuntu: apt install python3-venv" >&2
        exit 1
    }
    ;;
install)
    venv=$2 extra=$3
    # The plugin is a distribution of its own; developing wants both.
    case "$extra" in dev) also="-e plugins/livekit-plugins-visavis" ;; *) also="" ;; esac
    echo "Installing Visavis with what '$extra' needs into $venv ..."
    # uv is several times as fast as pip, but not everywhere reachable or set up; pip always is.
    "$venv/bin/python" -m pip install -q --disable-pip-version-check uv 2>/dev/null || true
    "$venv/bin/python" -m uv pip install -q --python "$venv/bin/python" \
        -c constraints.txt -e ".[$extra]" $also 2>/dev/null ||
        "$venv/bin/python" -m pip install -q --disable-pip-version-check \
            -c constraints.txt -e ".[$extra]" $also
    ;;
*)
    echo "create or install, not '$1'" >&2
    exit 2
    ;;
esac
