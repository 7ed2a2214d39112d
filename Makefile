# Every command of the project; each sets up what it needs. `make help` lists them.
PYTHON ?= python3
PORT ?= 8001
WORKERS ?= 1
SQL ?= off
N ?= 200
SEED ?= 20261128
PATHS ?= evidencehub
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help serve build quick test full fix docs messages bench bench-coverage cover mutants bench-serve bench-pages bench-attacks bench-partners audit screenshots release clean

help:  ## list the commands
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*##/\t/'

# two stamps: what is needed to run, and what is needed to develop
$(VENV)/.run: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up in $(VENV) (once; a minute or so) ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

# generators of clients, what the Python client needs, what judges the catalogue, and the clients of
# SDMX (which need other versions), each apart from the hub; `npm` if it is there
TOOLS = clients exchange sdmx
CLIENT_LOCKS = tests/clients/requirements.lock tests/clients/exchange-requirements.lock tests/clients/sdmx-requirements.lock
$(VENV)/.clients: $(VENV)/.dev $(CLIENT_LOCKS) tests/clients/package-lock.json
	@for tool in $(TOOLS); do \
	  lock=tests/clients/$$tool-requirements.lock; test -f $$lock || lock=tests/clients/requirements.lock; \
	  test -x $(VENV)/$$tool/bin/python || $(PYTHON) -m venv $(VENV)/$$tool; \
	  $(VENV)/$$tool/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r $$lock || exit 1; \
	done
	@mkdir -p $(VENV)/clients/node && cp tests/clients/package.json tests/clients/package-lock.json $(VENV)/clients/node
	@! command -v npm >/dev/null || npm ci --silent --no-audit --no-fund --prefix $(VENV)/clients/node
	@touch $@

serve: $(VENV)/.run  ## build what has changed and serve it at http://127.0.0.1:8001 (PORT=, WORKERS=, SQL=local)
	@$(BIN)/python build.py serve --port $(PORT) --workers $(WORKERS) --public-sql $(SQL)

build: $(VENV)/.run  ## check, load and publish every dataset
	@$(BIN)/python build.py

# datasets are checked by `quick` only when something in them is not committed yet
TOUCHED = $(shell git status --porcelain -- datasets codes 2>/dev/null | grep -q . && echo tests/datasets)

# modules that are not committed as they stand; mypy keeps what it knows of the others. Tests that
# check the same packages stay in one process, which checks each once (tests/conftest.py).
CHANGED = $(shell { git diff --name-only --diff-filter=d HEAD; git ls-files --others --exclude-standard; } 2>/dev/null \
	| grep -E '^(evidencehub|plugins)/.*\.py$$|^build\.py$$' | grep -v '^evidencehub/api/examples/')

quick: $(VENV)/.dev  ## what you run every minute (under 30 s)
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet .
	@test -z "$(CHANGED)" || $(BIN)/mypy --no-error-summary $(CHANGED)
	@$(BIN)/lint-imports --no-cache >/dev/null || $(BIN)/lint-imports --no-cache
	@$(BIN)/python -m pytest -q -n auto --dist loadgroup -m "not slow" tests/unit tests/spec tests/architecture $(TOUCHED)

test: $(VENV)/.clients  ## what a change must pass (ten minutes at most)
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m pytest -q -n auto

full: $(VENV)/.clients  ## the long tests whole: 10,000 mutated packages, 200 kills, 24,000 questions, 165 pictures; then mutants and benchmarks
	@MUTATIONS=10000 KILLS=200 API=whole SITE=whole RECIPES=whole PICTURES=whole $(BIN)/python -m pytest -q -n auto
	@$(MAKE) mutants
	@$(MAKE) bench
	@$(MAKE) bench-attacks

cover: $(VENV)/.clients  ## the tests with the branches they reach; at least 95 % of them
	@$(BIN)/coverage erase && $(BIN)/coverage run -m pytest -q && $(BIN)/coverage combine --quiet && $(BIN)/coverage report

mutants: $(VENV)/.dev  ## change the code in N= places, one at a time: at least 90 % must fail a test (SEED=, PATHS=)
	@$(BIN)/python -m tests.support.mutants --count $(N) --seed $(SEED) $(PATHS)

fix: $(VENV)/.dev  ## format, and mend what can be mended by itself
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

release: $(VENV)/.dev  ## make a section of CHANGELOG.md from changelog.d (VERSION=2026.12.0)
	@$(BIN)/python -m tests.support.release $(VERSION)

docs: $(VENV)/.dev  ## write docs/reference, the picture of the architecture and the types of the client again from the code
	@$(BIN)/python -m tests.support.generated_docs
	@$(BIN)/python -m tests.support.client_resources

messages: $(VENV)/.dev  ## write the catalogue of texts for translators again from the templates
	@$(BIN)/python -m tests.support.translation_catalogue

bench: $(VENV)/.dev  ## measure beside peers; prints one table
	@$(BIN)/python benchmarks/compare_builds.py

bench-coverage: $(VENV)/.dev  ## measure how often confidence intervals hold the truth; fails outside 93 to 99.5 %
	@$(BIN)/python benchmarks/coverage.py

bench-serve: $(VENV)/.dev  ## measure what is served beside stock Datasette and nginx; prints one table
	@$(BIN)/python benchmarks/compare_servers.py

bench-pages: $(VENV)/.dev  ## measure what each kind of page costs the server; prints one table
	@$(BIN)/python benchmarks/page_times.py

bench-attacks: $(VENV)/.dev  ## attack a server as one client; fails if others wait ten times as long, or are refused
	@$(BIN)/python benchmarks/attacks.py

bench-partners: $(VENV)/.dev  ## what partners and readers met, tried again on the shipped datasets
	@$(BIN)/python benchmarks/partner_checks.py

audit: $(VENV)/.dev  ## write sbom.cdx.json, list licences, and ask pip-audit for known weaknesses where it can
	@$(BIN)/python -m tests.support.bill_of_materials

screenshots: $(VENV)/.run  ## draw docs/images again with the system's Chromium
	@$(BIN)/python docs/images/draw.py

clean:  ## delete what was built (not what was published)
	@rm -rf dist .mutants .pytest_cache .mypy_cache .ruff_cache
