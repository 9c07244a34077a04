# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Requires Python 3.10 or newer. nox installs everything else into .venv and .nox.
# Pass arguments to the tool behind a target: make unit ARGS='-k client'

PYTHON = python3
ARGS =

NOX = .venv/bin/python -m nox --session
# Runs nox and prints a summary.
REPORT = .venv/bin/python tests/report.py --tags

.PHONY: help
help: ## Show this help
	@awk -F ' ## ' '/^[a-z-]+:.* ## / { sub(/:.*/, "", $$1); printf "make %-14s %s\n", $$1, $$2 }' Makefile

.PHONY: test
test: .venv/nox ## Run all checks below, from lint to demo
	@$(REPORT) test

.PHONY: test-all
test-all: .venv/nox ## Run all checks, with more requests in contract and fuzz tests, and the browser test
	@CONTRACT_EXAMPLES=200 FUZZ_EXAMPLES=2000 $(REPORT) test browser

.PHONY: matrix
matrix: .venv/nox ## Run sanity, unit and integration on each supported ansible-core
	@$(REPORT) matrix

.PHONY: ci
ci: .venv/nox ## Run test and matrix, and fail if a Python version is missing
	@MATRIX_STRICT=1 $(REPORT) test matrix

.PHONY: lint
lint: .venv/nox ## Check style, types, documentation, changelog and licenses
	@$(NOX) lint -- $(ARGS)

.PHONY: unit
unit: .venv/nox ## Run the unit tests
	@$(NOX) unit -- $(ARGS)

.PHONY: sanity
sanity: .venv/nox ## Run ansible-test sanity
	@$(NOX) sanity -- $(ARGS)

.PHONY: integration
integration: .venv/nox ## Run the integration tests against the sandbox
	@$(NOX) integration -- $(ARGS)

.PHONY: awx
awx: .venv/nox ## Run the AWX playbooks and jobs against a mock server of AWX
	@$(NOX) awx -- $(ARGS)

.PHONY: contract
contract: .venv/nox ## Test the sandbox against its OpenAPI document
	@$(NOX) contract -- $(ARGS)

.PHONY: package
package: .venv/nox ## Build the artifact and check it with galaxy-importer
	@$(NOX) package

.PHONY: docs
docs: .venv/nox ## Build the HTML documentation
	@$(NOX) docs

.PHONY: demo
demo: .venv/nox ## Run the demo with the built and installed collection
	@$(NOX) demo -- $(ARGS)

.PHONY: release-check
release-check: .venv/nox ## Run the commands of docs/certification.md
	@.venv/bin/python tests/release_check.py

.PHONY: bench
bench: .venv/nox ## Run the benchmark of single tasks
	@$(NOX) bench -- $(ARGS)

.PHONY: bench-fleet
bench-fleet: .venv/nox ## Run the benchmark with many providers
	@$(NOX) bench-fleet -- $(ARGS)

.PHONY: sandbox
sandbox: .venv/nox ## Start the sandbox
	@$(NOX) sandbox -- $(ARGS)

.PHONY: clean
clean: ## Remove the environments of nox
	rm -rf .nox .venv

# Marker file, so that an interrupted installation is repeated.
.venv/nox:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	    { echo '$(PYTHON) must be Python 3.10 or newer. Select another one with make PYTHON=python3.12 ...' >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check nox
	@touch .venv/nox
