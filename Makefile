# The two commands of the README are `make demo` and `make test`; the rest are their parts.
SHELL := /bin/sh
.DEFAULT_GOAL := help
BIN := .venv/bin
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export ANSIBLE_HOME := $(CURDIR)/.ansible

.PHONY: help setup setup-tests demo test lint unit lab-tests ready molecule bench bench-gateway bench-observe drill-door drill-tls drill-memory docs lock lock-open-webui clean

help: ## What can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

setup: ## The virtual environment, a Docker engine, and nothing else
	@.config/setup lab

setup-tests:
	@.config/setup tests

demo: setup ## A fleet of two private AI servers on this machine, asked a real question
	@$(BIN)/python -m llamakeep_lab.demo

test: setup setup-tests ## Everything: linters, unit tests, the lab fleet, molecule
	@$(MAKE) --no-print-directory -j2 lint ready
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory lab-tests
	@$(MAKE) --no-print-directory molecule

lint: setup-tests ## ruff, mypy --strict, yamllint, ansible-lint (profile production)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/yamllint --strict --config-file .config/yamllint.yml .
	@$(BIN)/ansible-lint --offline --strict --config-file .config/ansible-lint.yml

unit: setup-tests ## Tests that need nothing but Python
	@$(BIN)/pytest -m 'not lab' -n 2 --dist worksteal

# Three at a time on two cores: a third of a test is waiting. Which tests share hosts: tests/groups.py.
lab-tests: setup setup-tests ready ## Tests on a real fleet of systemd hosts
	@$(BIN)/pytest -m lab -n 3 --dist loadscope --no-loadscope-reorder --durations 25

ready: setup ## What labs are made from: images, the stand-in, the chat's packages
	@$(BIN)/python -m llamakeep_lab.ready

molecule: setup setup-tests ready ## The scenario `default`: create, converge, idempotence, verify
	@$(BIN)/molecule test

bench: setup setup-tests ## Measure, and write docs/benchmarks.md
	@$(BIN)/python -m llamakeep_lab.bench

drill-door: setup setup-tests ready ## Is any request lost in 33 restarts and reloads of a service and its door?
	@$(BIN)/python tests/drills/door.py

drill-tls: setup setup-tests ready ## Is any request lost while certificates between hosts, their root and clients change?
	@$(BIN)/python tests/drills/tls.py

drill-memory: setup setup-tests ## Does MemoryMax= hold in an emulated machine with cgroup v2, and does what it ended come back?
	@$(BIN)/python tests/drills/memory.py

bench-observe: setup setup-tests ## The part of it that looks at 1 to 1,000 hosts
	@$(BIN)/python -m llamakeep_lab.bench observe

bench-gateway: setup setup-tests ## The part of it that sends 200 streams through the gateway
	@$(BIN)/python -m llamakeep_lab.bench gateway

docs: setup ## Draw the roles' tables of options, the fit's rows, the codes, and the README's picture
	@$(BIN)/python .config/role_tables.py
	@$(BIN)/python .config/fit_table.py
	@$(BIN)/python .config/findings.py
	@$(BIN)/python -m llamakeep_lab.demo --picture docs/demo.svg --screenshot docs/chat.png

lock: setup ## Move the dependencies to their newest releases
	@$(BIN)/uv pip compile pyproject.toml src/llamakeep_lab/pyproject.toml --group dev --universal --python-version 3.12 \
		--generate-hashes --no-header --no-annotate --quiet --upgrade --output-file .config/requirements.lock

OPEN_WEBUI := $(shell sed -n 's/^open_webui_version: "\(.*\)"/\1/p' roles/open_webui/defaults/main.yml)

lock-open-webui: setup ## Move what Open WebUI needs to its newest releases; OPEN_WEBUI=0.13.0 locks another version
	@$(BIN)/python .config/open_webui_lock.py $(OPEN_WEBUI) --upgrade

clean: ## Take the lab down and remove what was made here
	@-$(BIN)/llamakeep lab down
	@rm -rf .venv .ansible dist .mypy_cache .ruff_cache .pytest_cache
