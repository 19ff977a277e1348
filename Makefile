# Every target sets up what it needs: a .venv from the lock (versions and hashes), and on Debian as root the system packages.
#   make demo     the whole workflow in a temporary folder, in ten seconds
#   make test     everything, against the real sops, gpg, git and kube-apiserver (5 minutes; once 15 more to build them)
#   make check    format, lint, types, import contracts, README, tests of the rooms without whole commands (under a minute)
#   make bench    ratios against the real peers
#   make cluster  the control plane, ahead of time          make peers  the other tools that tests and bench compare with
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
export PYTHON
export PATH := $(CURDIR)/.venv/bin:$(PATH):$(CURDIR)/.venv-go/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
READY := .venv/.ready
# JOBS=0 runs the tests one after the other in one process
JOBS ?= auto
PYTEST := $(BIN)/pytest -n $(JOBS) --dist loadgroup

.PHONY: demo test check bench cluster peers lint format lock setup clean

$(READY): requirements/dev.txt pyproject.toml
	@scripts/setup.sh
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "setup: installing the locked packages into .venv" >&2
	@$(BIN)/pip install -q --require-hashes --only-binary :all: -r requirements/dev.txt
	@$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@touch $@

setup: $(READY)

demo: $(READY)
	@$(BIN)/python scripts/demo.py

# a Go toolchain is only looked for where something must be built
cluster: $(READY)
	@$(BIN)/python -m sealkit.rehearse.build --cached || \
		{ scripts/setup.sh go && $(BIN)/python -m sealkit.rehearse.build; }

peers: $(READY)
	@$(BIN)/python tests/peers/build.py --cached || { scripts/setup.sh go && $(BIN)/python tests/peers/build.py; }

test: lint cluster peers
	@scripts/setup.sh go
	@$(PYTEST) $(PYTEST_ARGS)

check: lint
	@$(PYTEST) --ignore=tests/commands -m "not slow and not cluster and not peers" $(PYTEST_ARGS)

lint: $(READY)
	@$(BIN)/ruff format --check -q . || (echo "fix it with: make format" >&2; exit 1)
	@$(BIN)/ruff check -q .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo > .lint-imports.log 2>&1 || (cat .lint-imports.log; exit 1)
	@$(BIN)/python scripts/check_readme.py

format: $(READY)
	@$(BIN)/ruff format -q .
	@$(BIN)/ruff check -q --fix .

bench: cluster peers
	@for f in bench/bench_*.py; do $(BIN)/python $$f || exit 1; done

# Renews the lock. It names no registry host, so that it works with whichever index pip is set to.
lock:
	@for extra in run dev; do \
		uv pip compile pyproject.toml $$(test $$extra = dev && echo --extra dev) --universal --python-version 3.11 \
			--generate-hashes --no-header --no-annotate --no-emit-index-url -q -o requirements/$$extra.txt; done

clean:
	@rm -rf .venv .venv-go .mypy_cache .ruff_cache .pytest_cache .hypothesis .lint-imports.log
