#!/usr/bin/env bash
# Brings Debian's Chromium, PostgreSQL and Redis onto the machine for `make test`, when they are
# missing and we are root. Otherwise it says in one sentence what to install and succeeds: the test
# run itself reports, at its end, which parts could not be run without them.
#
# Only the programs are wanted. The tests start servers of their own, on free ports, with data in a
# temporary folder; whatever server the packages start is neither used nor stopped.
set -euo pipefail

missing=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || missing+=(chromium)
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null || missing+=(postgresql)
command -v redis-server >/dev/null || missing+=(redis-server)
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "test services: to run every part, install ${missing[*]} (Debian, as root: apt-get install ${missing[*]})"
  exit 0
fi
echo "test services: installing ${missing[*]} (once)"
apt-get update -qq || true # an old package list may still do; the next line decides
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
  echo "test services: ${missing[*]} could not be installed; the parts that need them will be reported as not run"
