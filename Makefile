# Everything one does with a checkout; `make` alone tells what there is.
# GNU make, as old as 3.81; what takes more than a line is in scripts/.

VENV := .venv/bin
# A checkout that was moved or copied gets its environment anew: that one holds absolute paths.
PLACE := $(shell pwd | cksum | cut -d ' ' -f 1)
RUNTIME := .venv/.runtime-$(PLACE)
TOOLS := .venv/.tools-$(PLACE)

.DEFAULT_GOAL := help
.PHONY: help run test check format bench simulate load image install programs clean
.NOTPARALLEL:

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

run: $(RUNTIME) ## serve on 127.0.0.1:8000, beside a simulator where no Ollama answers; ARGS= goes to `ollamanet serve`
	@$(VENV)/python -m ollamanet serve --demo $(ARGS)

test: check programs ## check, all tests, and 95 % of the branches of domain and application; ARGS= goes to pytest
	@$(VENV)/python -m pytest --cov --cov-report=json:.cache/coverage.json --cov-report=term $(ARGS)
	@$(VENV)/python scripts/branch_coverage.py .cache/coverage.json 95 ollamanet/domain ollamanet/application

check: $(TOOLS) ## formatting, lint, types, import contracts, dependencies
	@$(VENV)/ruff format --check --quiet .
	@$(VENV)/ruff check --quiet .
	@$(VENV)/mypy --no-error-summary src scripts load
	@$(VENV)/lint-imports --no-logo --cache-dir .cache/import_linter
	@$(VENV)/deptry src

format: $(TOOLS) ## format the code and mend what the linter can
	@$(VENV)/ruff format --quiet .
	@$(VENV)/ruff check --quiet --fix .
	@$(VENV)/ruff format .

bench: $(TOOLS) ## measure against a direct connection; writes bench/results
	@$(VENV)/python bench/run.py $(ARGS)
	@$(VENV)/python bench/scheduler_events.py
	@PYTHONPATH=src $(VENV)/python -m bench.authentication
	@$(VENV)/python bench/first_token.py

simulate: $(RUNTIME) ## a day of 50 users, one of them flooding, under the scheduler and under simpler rules; some seconds
	@PYTHONPATH=src $(VENV)/python -m bench.simulate $(ARGS)

load: $(TOOLS) ## RAG bursts against users who chat, or SCENARIO=chat; BASE_URL= of a server, else one is started; k6 where it is installed
	@sh scripts/load.sh $(ARGS)

image: ## build the container image with docker, podman or buildah; IMAGE= names it
	@sh scripts/image.sh $(or $(IMAGE),ollamanet)

install: $(TOOLS) ## fill .venv with everything, tools included
	@echo "Everything is in .venv."

programs:
	@sh scripts/test_programs.sh
	@sh scripts/test_provider.sh

clean: ## remove caches and built files; keeps .venv and var
	@rm -rf .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage dist build
	@find src tests scripts bench load -name __pycache__ -type d -prune -exec rm -rf {} +

$(TOOLS): pyproject.toml uv.lock scripts/install.sh
	@sh scripts/install.sh
	@touch $(TOOLS) $(RUNTIME)

# Inexact: the tools stay where they are already installed.
$(RUNTIME): pyproject.toml uv.lock scripts/install.sh
	@sh scripts/install.sh --no-dev --inexact
	@touch $(RUNTIME)
