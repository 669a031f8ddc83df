# Needs python3 (3.11 or newer), make and a package index; everything else goes into .venv.
# `make` lists what there is.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2

# A photo and a sound of your own: make demo PHOTO=me.jpg SOUND=my.wav
PHOTO ?=
SOUND ?=

.DEFAULT_GOAL := help
.PHONY: help demo talk cloud test coverage lint format types docs bench evaluate fuzz characters gallery gallery-diff check clean

help:
	@echo "make demo        build a character from a sample photo and let it speak (PHOTO=, SOUND=)"
	@echo "make talk        meet a character in the browser (AVATAR=name or file, OPTIONS=)"
	@echo "make cloud       accounts, avatars and sessions for others, on this machine (OPTIONS=)"
	@echo "make test        run the tests"
	@echo "make coverage    the same, and which lines they did not reach"
	@echo "make lint        ruff, formatting, and who may import whom"
	@echo "make format      put the code in the form that make lint wants"
	@echo "make types       mypy"
	@echo "make docs        build the documentation into site/"
	@echo "make check       all of these, as the checks on every change do"
	@echo "make bench       milliseconds per frame, stage by stage"
	@echo "make evaluate    every figure of lip sync on the development data (QUICK=1: a part of it)"
	@echo "make fuzz        read 100000 broken avatar files (COUNT=)"
	@echo "make characters  draw and build the characters that come with Visavis"
	@echo "make gallery     every portrait as a page of sheets, loops and figures (PHOTOS=folder)"
	@echo "make gallery-diff what changed since the gallery of other code"
	@echo "make clean       remove what make made"

$(VENV)/bin/python:
	@sh scripts/environment.sh create $(VENV) "$(PYTHON)"

$(VENV)/.demo: pyproject.toml constraints.txt $(VENV)/bin/python
	@sh scripts/environment.sh install $(VENV) demo
	@touch $@

$(VENV)/.talk: pyproject.toml constraints.txt $(VENV)/bin/python
	@sh scripts/environment.sh install $(VENV) talk
	@touch $@

$(VENV)/.cloud: pyproject.toml constraints.txt $(VENV)/bin/python
	@sh scripts/environment.sh install $(VENV) cloud
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt $(VENV)/bin/python
	@sh scripts/environment.sh install $(VENV) dev
	@touch $@ $(VENV)/.demo $(VENV)/.talk $(VENV)/.cloud

demo: $(VENV)/.demo
	@$(BIN)/python scripts/demo.py $(if $(PHOTO),--photo "$(PHOTO)") $(if $(SOUND),--sound "$(SOUND)")

AVATAR ?= ada
OPTIONS ?=
talk: $(VENV)/.talk
	@$(BIN)/visavis talk "$(AVATAR)" --open $(OPTIONS)

cloud: $(VENV)/.cloud
	@$(BIN)/visavis cloud $(OPTIONS)

# Rooms and talks that live in real time: one at a time, so that none waits for another.
REAL_TIME := tests/live tests/serve tests/talk tests/studio/test_whole.py \
	tests/player/test_player_room.py tests/player/test_player_stream.py
# Where the longest modules are: they come first, so that none is left running alone at the end.
LONG := tests/cloud tests/studio tests/player tests/build
OTHER := $(filter-out %.py %/__pycache__ %/helpers $(LONG) $(REAL_TIME),$(wildcard tests/*))

test: $(VENV)/.dev
	@failed=0; $(BIN)/python -m pytest -q -rsR -n $(JOBS) --dist loadfile --no-loadscope-reorder \
		$(addprefix --ignore=,$(REAL_TIME)) $(LONG) $(OTHER) || failed=1; \
	$(BIN)/python -m pytest -q -rsR --cov-append $(REAL_TIME) || failed=1; exit $$failed

coverage: $(VENV)/.dev
	@PYTEST_ADDOPTS="--cov --cov-report=" $(MAKE) --no-print-directory test
	@$(BIN)/coverage report

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports

format: $(VENV)/.dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: $(VENV)/.dev
	@$(BIN)/mypy

docs: $(VENV)/.dev
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "site/index.html"

check:
	@JOBS=$(JOBS) bash .ci/run

bench: $(VENV)/.demo
	@$(BIN)/visavis bench ada

QUICK ?=
evaluate: $(VENV)/.dev
	@$(BIN)/python benchmarks/lipsync.py $(if $(QUICK),--quick)

COUNT ?= 100000
fuzz: $(VENV)/.dev
	@$(BIN)/python benchmarks/fuzz_imx.py --count $(COUNT)

characters: $(VENV)/.dev
	@$(BIN)/python -m characters

PHOTOS ?=
gallery: $(VENV)/.dev
	@$(BIN)/python -m gallery --jobs $(JOBS) $(if $(PHOTOS),--photos "$(PHOTOS)")

gallery-diff: $(VENV)/.dev
	@$(BIN)/python -m gallery --diff

clean:
	rm -rf $(VENV) demo site dist .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
