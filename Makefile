# Workers' Home. `make run` shows the sample site; `make test` proves that everything works.

PYTHON ?= python3
ADDRESS ?= 127.0.0.1:8000
OFFICE ?= 127.0.0.1:8002
DATA ?= build/data
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export NO_MKDOCS_2_WARNING := 1

.DEFAULT_GOAL := help
.PHONY: help setup run test test-long check fix bench lock sbom wheel clean browser

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/dev.stamp ## Make .venv with everything that work on the project needs

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (found: $$($(PYTHON) --version)). Set PYTHON=/path/to/python3.11."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || requirements/system.sh python3-venv
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements/run.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/run.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: requirements/dev.lock $(VENV)/run.stamp
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.lock
	@touch $@

run: $(VENV)/run.stamp ## Set up, build the sample site and serve it, its forms and a living office beside it, on 127.0.0.1
	$(BIN)/site-builder build
	@test -f $(DATA)/cases.db || $(BIN)/forms-api demo --data $(DATA) --content content
	@FORMS_SITE_ADDRESS=http://$(ADDRESS) FORMS_NOTIFY=console FORMS_CONTENT_REMOTE=$(abspath $(DATA))/review/demo-content.git \
	FORMS_SITE_BUILDER=$(abspath $(BIN))/site-builder $(BIN)/forms-api review --data $(DATA) --bind $(OFFICE) --plain-http & office=$$!; \
	trap "kill $$office 2>/dev/null; wait $$office" EXIT INT TERM; \
	$(BIN)/forms-api intake --data $(DATA) --bind $(ADDRESS) --site site

browser: # Debian's Chromium, a Chinese font, the library that Playwright's driver needs, nginx to try deploy/ in, PostgreSQL
	@requirements/system.sh chromium fonts-noto-cjk libatomic1 nginx postgresql

test: $(VENV)/dev.stamp browser ## Set up and run the tests (browser and fonts included)
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not long" --cov --cov-report=term

test-long: $(VENV)/dev.stamp browser ## Run the long matrices too
	@requirements/system.sh gcc libc6-dev
	@requirements/vnu.sh $(VENV)/vnu
	HYPOTHESIS_PROFILE=search $(BIN)/python -m pytest -n 2 --dist worksteal

check: $(VENV)/dev.stamp ## Lint, types, import contracts, licences and dependencies, a strict site build
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python requirements/audit.py
	$(BIN)/site-builder build --strict --site-dir $(VENV)/check/site

fix: $(VENV)/dev.stamp ## Mend what tools can mend
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/dev.stamp ## Measure, with peers in the same run (minutes)
	$(BIN)/python -m bench

lock: $(VENV)/dev.stamp ## Pin every dependency again, with hashes
	$(BIN)/python requirements/lock.py

sbom: $(VENV)/dev.stamp ## Write the bill of materials (CycloneDX) of what is locked to build/sbom.cdx.json
	@$(BIN)/python requirements/sbom.py

wheel: $(VENV)/dev.stamp ## Build the wheel into build/: the same commit gives the same bytes
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir build .
	@sha256sum build/*.whl

clean: ## Remove everything that was made
	rm -rf $(VENV) site .site-cache forms-bundle web-server build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
