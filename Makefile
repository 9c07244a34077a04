# SPDX-FileCopyrightText: 2026 The dasha.blackbox contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Needs Python 3.10 or newer and make; nox fetches everything else into .venv and .nox.
# ARGS go to the tool behind a target: make unit ARGS='-k client'

PYTHON = python3
ARGS =

NOX = .venv/bin/python -m nox --session
# Runs nox too; ends with a table and one closing line.
REPORT = .venv/bin/python tests/report.py --tags

.PHONY: help
help: ## Say what there is to make
	@awk -F ' ## ' '/^[a-z-]+:.* ## / { sub(/:.*/, "", $$1); printf "make %-14s %s\n", $$1, $$2 }' Makefile

.PHONY: test
test: .venv/nox ## Run all checks below, from lint to demo
	@$(REPORT) test

.PHONY: test-all
test-all: .venv/nox ## Run all checks, with many more requests in contract and fuzz, and the drift report in a browser
	@CONTRACT_EXAMPLES=200 FUZZ_EXAMPLES=2000 $(REPORT) test browser

.PHONY: matrix
matrix: .venv/nox ## Run sanity, unit and integration on each supported ansible-core
	@$(REPORT) matrix

.PHONY: ci
ci: .venv/nox ## Run test and matrix; a missing Python is a failure
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
awx: .venv/nox ## Set up a look-alike of AWX and run its jobs in their execution environment
	@$(NOX) awx -- $(ARGS)

.PHONY: contract
contract: .venv/nox ## Hold the sandbox against its OpenAPI document
	@$(NOX) contract -- $(ARGS)

.PHONY: package
package: .venv/nox ## Build the artifact and hold it against the rules of Automation Hub
	@$(NOX) package

.PHONY: docs
docs: .venv/nox ## Build the documentation as HTML pages
	@$(NOX) docs

.PHONY: generate-docs
generate-docs: .venv/nox ## Write the documentation that several plugins share
	@$(NOX) lint --install-only
	@.nox/lint/bin/python docs/shared/generate.py

.PHONY: demo
demo: .venv/nox ## Play the demonstration on the built and installed collection
	@$(NOX) demo -- $(ARGS)

.PHONY: release-check
release-check: .venv/nox ## Run each command of docs/certification.md
	@.venv/bin/python tests/release_check.py

.PHONY: bench
bench: .venv/nox ## Measure the built and installed collection
	@$(NOX) bench -- $(ARGS)

.PHONY: bench-fleet
bench-fleet: .venv/nox ## Measure many providers at once, which takes a while
	@$(NOX) bench-fleet -- $(ARGS)

.PHONY: sandbox
sandbox: .venv/nox ## Start the sandbox and leave it running
	@$(NOX) sandbox -- $(ARGS)

.PHONY: clean
clean: ## Remove what the targets above have made
	rm -rf .nox .venv

# A mark rather than a program, so that an installation cut short is done again.
.venv/nox:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	    { echo 'This needs Python 3.10 or newer as $(PYTHON); another one: make PYTHON=python3.12 ...' >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check nox
	@touch .venv/nox
