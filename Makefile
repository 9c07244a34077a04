# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Requires Python 3.10 or newer and make. nox installs everything else into .venv and .nox.
# ARGS are passed to the tool of a target: make unit ARGS='-k client'

PYTHON = python3
ARGS =

NOX = .venv/bin/python -m nox --session
# Run nox, and print a table and a summary.
REPORT = .venv/bin/python tests/report.py --parallel auto --tags

.PHONY: help
help: ## List all targets
	@awk -F ' ## ' '/^[a-z-]+:.* ## / { sub(/:.*/, "", $$1); printf "make %-14s %s\n", $$1, $$2 }' Makefile

.PHONY: test
test: .venv/nox ## Run all checks except browser test, matrix, benchmarks, and probe
	@$(REPORT) test

.PHONY: test-all
test-all: .venv/nox ## Run the same checks with more test cases, and test the drift report in a browser
	@CONTRACT_EXAMPLES=200 FUZZ_EXAMPLES=2000 EXHAUSTIVE=1 $(REPORT) test browser

.PHONY: matrix
matrix: .venv/nox ## Run the tests with the oldest and newest ansible-core, Python, and requests
	@$(REPORT) matrix

.PHONY: ci
ci: .venv/nox ## Run the targets test and matrix, and fail if a Python version is missing
	@MATRIX_STRICT=1 $(REPORT) test matrix

.PHONY: unit functional units sanity integration awx contract lint package docs demo bench bench-fleet sandbox probe
unit: ## Run the unit tests, and print the coverage
functional: ## Test playbooks, roles, and the inventory plugin
units: ## Run ansible-test units without the tests that need the mock server
sanity: ## Run ansible-test sanity
integration: ## Run ansible-test integration with the mock server
awx: ## Set up a mock AWX and run its jobs
contract: ## Test the mock server against its OpenAPI document
lint: ## Check style, types, spelling, wording, documentation, changelog, and licenses
package: ## Build the artifact and check it with the importer of Automation Hub
docs: ## Build the documentation as HTML pages and check the links
demo: ## Run the demonstration with the installed artifact
bench: ## Run the benchmarks with the installed artifact
bench-fleet: ## Run the benchmarks with many providers, which takes several minutes
sandbox: ## Run the mock server until it is interrupted
probe: ## Compare the real service with the assumptions of the collection, using only GET requests

unit functional units sanity integration awx contract lint package docs demo bench bench-fleet sandbox probe: .venv/nox
	@$(NOX) $@ -- $(ARGS)

.PHONY: generate-docs
generate-docs: .venv/nox ## Generate the shared documentation of plugins
	@$(NOX) lint --install-only
	@.nox/lint/bin/python docs/shared/generate.py

.PHONY: release-check
release-check: .venv/nox ## Check the requirements in docs/certification.md
	@.venv/bin/python tests/release_check.py

.PHONY: clean
clean: ## Remove .nox and .venv
	rm -rf .nox .venv

# This file is created last, so that an interrupted installation is repeated.
.venv/nox:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	    { echo 'Python 3.10 or newer is required. To use another Python: make PYTHON=python3.12 ...' >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check nox
	@touch .venv/nox
