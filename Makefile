# One word for each task; `make help` lists them. Everything works from a fresh clone.
.DEFAULT_GOAL := help
.PHONY: help run test check check-form check-contracts check-first check-middle check-rest demo bench down up lock clean

bin := .venv/bin
python := $(bin)/python

# A file to one worker, in the order of tests/conftest.py, which must be the same for all. Tests wait much:
# four workers keep two cores busy.
pytest := PYTHONHASHSEED=0 $(bin)/pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder

help: ## what can be done here
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r word what; do \
		printf '  make %-8s %s\n' "$$word" "$$what"; done

run: ## start everything, with demo data; Ctrl-C stops it (HTTP_PORT=8001 make run: a second copy)
	@deploy/bootstrap.sh
	@exec $(python) -m deploy.local run

down: ## stop what a `make run` left behind, and the containers of `make up`
	@deploy/bootstrap.sh
	@$(python) -m deploy.local down
	@if command -v docker >/dev/null && docker compose version >/dev/null 2>&1; then docker compose down; fi

test: ## the whole test suite (PYTEST_ARGS="-k booking -x")
	@deploy/bootstrap.sh --dev
	@$(pytest) $(PYTEST_ARGS)

check: ## format, lint, types, arrows, unit and contract tests: under 20 seconds
	@deploy/bootstrap.sh --dev
	@$(MAKE) --no-print-directory --jobs 5 check-middle check-contracts check-form check-first check-rest

check-form:
	@$(bin)/ruff format --check --quiet .
	@$(bin)/ruff check --quiet .
	@$(bin)/mypy $(wildcard chassis contracts deploy gateway services)
	@$(bin)/lint-imports --no-logo

# Some runs with some of the files each are done sooner than the workers of one, who would all read all of them.
check-contracts:
	@$(bin)/pytest -q $(wildcard tests/contract tests/unit/test_[a-b]*.py)

check-first:
	@$(bin)/pytest -q $(wildcard tests/unit/test_[c-g]*.py)

check-middle:
	@$(bin)/pytest -q $(wildcard tests/unit/test_[h-l]*.py)

check-rest:
	@$(bin)/pytest -q $(wildcard tests/unit/test_[m-z]*.py)

demo: ## a tour of a booking's life against the running system
	@deploy/bootstrap.sh
	@$(python) -m deploy.tour

bench: ## measure; see bench/
	@deploy/bootstrap.sh --dev
	@$(python) -m bench

up: ## the same with docker compose
	docker compose up --build --detach
	@echo "The platform is at http://localhost:$${HTTP_PORT:-8000}"

lock: ## lock the requirements anew (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --upgrade --quiet requirements.in -o requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --upgrade --quiet requirements-dev.in -o requirements-dev.txt

clean: ## stop, and remove the virtual environment and all local data
	@[ ! -x $(python) ] || $(python) -m deploy.local down --forget
	rm -rf .venv .local
