# Everything starts here. `make run` and `make test` are each enough on a fresh Debian machine.
#
#   make run                            the demo: site, phone network, sample people. Ctrl-C ends it
#   make run PORT=9000 SIM_PORT=9100    the same on other ports
#   make run DATA=.data/other           the same with other data

SHELL := /bin/bash
PORT ?= 8000
SIM_PORT ?= 8100
DATA ?= .data
PY := .venv/bin/python

# A container often tells Python to keep no bytecode; then each of hundreds of processes compiles
# everything anew.
unexport PYTHONDONTWRITEBYTECODE

# Checks never see the demo's data, a developer's .env or a real account.
CHECK_ENV := env -u DEMO ENV_FILE=tests/test.env DATA_DIR=.cache/checks

.DEFAULT_GOAL := help
.PHONY: help install install-dev run test check bench storm soak screenshots clean \
	check-lint check-format check-types check-imports check-django check-migrations check-templates

help: ## what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: ## Python and browser packages into .venv/ and node_modules/
	@deploy/install.sh

install-dev:
	@deploy/install.sh --dev

run: install ## the demo on http://localhost:8000 (PORT= SIM_PORT= DATA=); Ctrl-C ends it
	@PORT=$(PORT) SIM_PORT=$(SIM_PORT) DATA=$(DATA) exec deploy/demo.sh serve

test: install-dev ## every test: on SQLite, then on PostgreSQL and Redis, with a real browser
	@deploy/test_services.sh
	@exec $(PY) -m tests.harness

# Each check says its name, and all of them are run even when one fails.
check: install-dev ## lint, format, types, import contracts, Django's checks, migrations, templates
	@$(MAKE) --no-print-directory --keep-going --jobs=2 --output-sync=target \
		check-lint check-format check-types check-imports check-django check-migrations check-templates
	@echo "check: all seven are well"

check-lint:
	@echo "== ruff: lint"
	@.venv/bin/ruff check .

check-format:
	@echo "== ruff: format"
	@.venv/bin/ruff format --check .

check-types:
	@echo "== mypy"
	@$(CHECK_ENV) .venv/bin/mypy

check-imports:
	@echo "== import-linter"
	@.venv/bin/lint-imports

check-django:
	@echo "== manage.py check"
	@$(CHECK_ENV) $(PY) manage.py check --fail-level WARNING

check-migrations:
	@echo "== manage.py makemigrations --check"
	@$(CHECK_ENV) $(PY) manage.py makemigrations --check --dry-run

check-templates:
	@echo "== djade, djlint"
	@find . -path '*/templates/*.html' -not -path './.venv/*' -not -path './node_modules/*' -print0 | \
		xargs -0 -r .venv/bin/djade --check --target-version 5.2
	@find . -path '*/templates/*.html' -not -path './.venv/*' -not -path './node_modules/*' -print0 | \
		xargs -0 -r .venv/bin/djlint --lint --quiet

# What only supervisors and who runs the site read is in English (docs/translating.md).
NOT_OF_THE_DESK := 'supervisors/*' 'templates/supervisors/*' 'contact_center/admin.py' 'contact_center/management/*' \
	'contact_center/models/*' 'contact_center/simulator/*' 'contact_center/signed_webhooks.py' \
	'contact_center/selectors/*_words.py' $(foreach one,alerting arranging blocking displaying importing_contacts \
	keeping_* listening overruling saving_views setting_aside,'contact_center/services/$(one).py') \
	'.venv/*' 'node_modules/*' 'tests/*' 'docs/*'

messages: install-dev ## collect the sentences of the desk for translation, and compile what is translated
	@command -v xgettext >/dev/null || { echo "make messages needs GNU gettext: apt-get install gettext"; exit 1; }
	@$(CHECK_ENV) $(PY) manage.py makemessages --all --no-location --no-wrap --no-obsolete \
		$(foreach one,$(NOT_OF_THE_DESK),-i $(one))
	@.venv/bin/pybabel -q compile -d contact_center/locale -D django

bench: install-dev ## the ratios the site is held to, measured in one run
	@deploy/test_services.sh
	@exec $(PY) -m tests.benchmarks

SEED ?= 1
CALLS ?= 2000
DB ?= sqlite
STORM := $(PY) -m tests.universe --db $(DB)

storm: install-dev ## one universe: SEED= CALLS= [FAULTS=] [STEPS=] [SHRINK=seconds [KEEP=name]] [DB=postgres]
	@$(STORM) --seed $(SEED) --calls $(CALLS) $(if $(FAULTS),--faults $(FAULTS)) \
		$(if $(STEPS),--steps $(STEPS)) $(if $(SHRINK),--shrink $(SHRINK)) \
		$(if $(KEEP),--keep $(KEEP)) $(MORE)

soak: install-dev ## hours of universes, real processes killed at every point, a crowd: [SEED=] [MINUTES=]
	@deploy/test_services.sh
	@exec $(PY) -m tests.soak --seed $(SEED) $(if $(MINUTES),--minutes $(MINUTES))

screenshots: install-dev ## docs/images/*.png from the running demo
	@deploy/test_services.sh
	@exec $(PY) -m tests.screenshots

clean: ## forget the demo's data and every cache; packages stay
	@rm -rf $(DATA) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache staticfiles build
	@find . -name __pycache__ -type d -not -path './.venv/*' -not -path './node_modules/*' -prune -exec rm -rf {} +
	@echo "clean: the demo starts from nothing next time"
