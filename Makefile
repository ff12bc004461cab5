# ECG: what there is to do. `make demo` and `make test` work from a fresh clone.
.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format types shell check e2e e2e-faults faults live-check live-faults fuzz bench pictures lock doctor clean

BIN := .venv/bin
LOCK_OPTIONS := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install what is missing (system packages, Python packages, fonts, weights)
	@PYTHON="$(PYTHON)" setup/install.sh dev

demo: ## caption a sample of recorded speech: out/demo.captioned.mp4
	@PYTHON="$(PYTHON)" setup/install.sh runtime
	@$(BIN)/python setup/demo.py

test: setup ## run the tests (ARGS="-k srt" picks some)
	@$(BIN)/python -m pytest $(ARGS)

web: setup ## build the web app, where its sources changed (ARGS="npm run dev" runs it from its sources)
	@$(BIN)/python frontend/build.py $(ARGS)

webcheck: setup ## style, types and tests of the web app
	@$(BIN)/python frontend/build.py npm run --silent check

openapi: setup ## write frontend/openapi.json anew, after the API has changed
	@$(BIN)/python -m ecg.gateway.openapi frontend/openapi.json

lint: setup ## style of the Python code
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

format: setup ## rewrite the Python code in the house's style
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

types: setup ## strict type check
	@$(BIN)/mypy

shell: ## check the shell scripts, where shellcheck is installed
	@if command -v shellcheck >/dev/null; then shellcheck setup/install.sh .ci/run tests/services/s3/start-s3 tests/services/s3/stop-s3; else echo "shellcheck is not installed: skipped"; fi

check: lint types shell webcheck test ## everything that CI runs

e2e: setup ## a video from sign-up to download with real processes, embedded and on PostgreSQL, Redis and S3
	@$(BIN)/python -m tests.e2e $(ARGS)

e2e-faults: setup ## the same for 20 people at once while servers, workers and Redis are killed; seven minutes
	@$(BIN)/python -m tests.e2e.killing $(ARGS)

faults: setup ## kill workers, browsers, encoders, servers and Redis while jobs run; six minutes
	@$(BIN)/python -m tests.faults $(ARGS)

fuzz: setup ## ask the API and the speech server whatever their OpenAPI documents allow and forbid
	@$(BIN)/python -m tests.fuzz $(ARGS)

live-check: setup ## watch four RTSP cameras in a browser while workers take all cores; eight minutes
	@$(BIN)/python bench/live.py $(ARGS)

live-faults: setup ## break cameras, recorders, servers, the disk and the clock while cameras are recorded
	@$(BIN)/python -m tests.live_faults $(ARGS)

bench: setup ## measure speed, memory and speech; prints tables
	@$(BIN)/python -m bench $(ARGS)

pictures: setup ## make the README's pictures from real output
	@$(BIN)/python setup/pictures.py

doctor: setup ## check every dependency
	@$(BIN)/ecg doctor

lock: ## resolve requirements/*.lock anew (needs uv)
	@uv pip compile pyproject.toml --group dev $(LOCK_OPTIONS) -o requirements/dev.lock
	@uv pip compile pyproject.toml --group build -c requirements/dev.lock $(LOCK_OPTIONS) -o requirements/runtime.lock
	@echo "requirements/dev.lock and requirements/runtime.lock are up to date"

clean: ## remove what make and the tests leave behind (not .venv, fonts and models)
	@rm -rf out dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
