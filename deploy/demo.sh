#!/usr/bin/env bash
# Runs a management command in the demo's environment; `make run` is `deploy/demo.sh serve`.
#
#   deploy/demo.sh simulate_calls --rate 30/min --duration 10m
#   deploy/demo.sh shell
#
# The same PORT, SIM_PORT and DATA as for `make run` lead to the same demo.
set -euo pipefail
cd "$(dirname "$0")/.."

data=${DATA:-.data}
mkdir -p "$data"
data=$(cd "$data" && pwd)

# The demo is its own account and its own database, whatever this shell or a .env says of a real
# one: sample people must never be written where somebody works. Settings of the contact center
# may be tried out in a file of the demo's own.
for name in $(compgen -e); do
  case $name in
    TWILIO_* | DJANGO_TWILIO_CALL* | SECRET_KEY* | ALLOWED_HOSTS | BASE_URL | BEHIND_PROXY | SIMULATOR_URL | MOCK_TWILIO | DEBUG) unset "$name" ;;
    DATABASE_URL | REDIS_URL | CELERY_BROKER_URL | CELERY_RESULT_BACKEND) unset "$name" ;;
  esac
done
[ -e "$data/settings.env" ] || echo "# NAME=value lines that the demo reads, as a real site reads its .env" >"$data/settings.env"

export ENV_FILE="$data/settings.env"
export DEMO=1 DATA_DIR="$data" PORT="${PORT:-8000}" SIM_PORT="${SIM_PORT:-8100}"

exec .venv/bin/python manage.py "$@"
