# What a person and CI call. Everything is set up in .venv, from exact pins (packaging/locks).
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
LOCKS := packaging/locks
# The first Python that is new enough; make says so below when there is none.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && echo $$p && break; done)
# A process a core, each file's tests in one of them.
PYTEST = $(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile $(ARGS)
TEST_ENV := QT_QPA_PLATFORM=offscreen MLX_DISABLE_COMPILE=1 OMP_NUM_THREADS=1 HF_HUB_OFFLINE=1

.PHONY: run test test-all check pytest bench soak pictures clean

run: $(VENV)/run.done ## set up, and open the window
	$(BIN)/minim

test: check pytest ## set up, check the house rules, run the tests

test-all: $(VENV)/all.done $(VENV)/olah.done check ## the same with CPU torch and all that the Transformers engine needs
	$(TEST_ENV) MINIM_TEST_ALL=1 $(PYTEST)

check: $(VENV)/test.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/basedpyright

pytest: $(VENV)/test.done
	$(BIN)/python -m desktop --check-system --headless
	$(TEST_ENV) $(PYTEST)

bench: $(VENV)/test.done ## speeds, as ratios in one run
	$(BIN)/python -m tests.bench

soak: $(VENV)/test.done ## what takes long
	$(TEST_ENV) $(BIN)/python tests/dialects/soak_fuzz.py --count 1000000
	$(TEST_ENV) $(BIN)/python tests/workers/soak_downloads.py
	$(TEST_ENV) $(BIN)/python tests/engines/soak_long_context.py

pictures: $(VENV)/test.done ## the window in every state, as PNG files to look at
	QT_QPA_PLATFORM=offscreen $(BIN)/python tests/desktop/picture_window.py build/pictures
	QT_QPA_PLATFORM=offscreen $(BIN)/python tests/desktop/picture_panes.py build/pictures
	QT_QPA_PLATFORM=offscreen $(BIN)/python tests/desktop/picture_options.py build/pictures
	QT_QPA_PLATFORM=offscreen $(BIN)/python tests/desktop/picture_resting.py build/pictures
	QT_QPA_PLATFORM=offscreen $(BIN)/python tests/desktop/picture_downloads.py build/pictures
	QT_QPA_PLATFORM=offscreen $(BIN)/python tests/desktop/picture_tools.py build/pictures
	QT_QPA_PLATFORM=offscreen $(BIN)/python tests/desktop/picture_tool_settings.py build/pictures
	QT_QPA_PLATFORM=offscreen $(BIN)/python tests/desktop/picture_picker.py build/pictures

$(VENV)/created:
	@test -n "$(PYTHON)" || { echo "Minim needs Python 3.11 to 3.14 (python3 on the PATH is older or missing)."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --upgrade 'pip==26.0'
	@touch $@

$(VENV)/run.done: $(VENV)/created $(LOCKS)/run.lock pyproject.toml
	$(PIP) install --require-hashes -r $(LOCKS)/run.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/test.done: $(VENV)/run.done $(LOCKS)/test.lock
	$(PIP) install --require-hashes -r $(LOCKS)/test.lock
	@touch $@

# torch stands outside the lock: on a machine without CUDA its CPU build is wanted, which has no hash of its own there.
$(VENV)/all.done: $(VENV)/test.done $(LOCKS)/all.lock
	$(PIP) install --no-deps 'torch==2.13.0'
	$(PIP) install --require-hashes --no-deps --no-build-isolation -r $(LOCKS)/all.lock
	@touch $@

# A hub server that others wrote, for one test to talk to; in an environment of its own, as any server would be.
$(VENV)/olah.done: $(VENV)/created $(LOCKS)/olah.lock
	$(PYTHON) -m venv $(VENV)/olah
	$(VENV)/olah/bin/python -m pip --quiet --disable-pip-version-check --no-input install --require-hashes -r $(LOCKS)/olah.lock
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info
