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

.PHONY: run test test-all check pytest bench soak pictures app tarball appimage on-macos dmg clean

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
	set -e; for picture in tests/desktop/picture_*.py; do QT_QPA_PLATFORM=offscreen $(BIN)/python $$picture build/pictures; done

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

# The app that a person double-clicks: dist/Minim (Linux) or dist/Minim.app (macOS), made in an environment of its own
# that has nothing but what is run, and what makes bundles.
APP_ENV := build/app-env
APP_PIP := $(APP_ENV)/bin/python -m pip --quiet --disable-pip-version-check --no-input
MACHINE := $(shell uname -s | tr '[:upper:]' '[:lower:]')-$(shell uname -m)

app: $(APP_ENV)/done ## the app, without Python on the machine, in dist/
	if test "$$(uname -s)" = Darwin; then $(APP_ENV)/bin/python packaging/macos/draw.py build/macos; \
		else $(APP_ENV)/bin/python packaging/icons/make_icons.py build/icons >build/icons.txt; fi
	$(APP_ENV)/bin/pyinstaller --log-level WARN --noconfirm --distpath dist --workpath build packaging/minim.spec
	if test "$$(uname -s)" = Linux; then packaging/linux/lay_out.sh dist/Minim build/icons; fi
	du -sh dist/Minim

tarball: app ## the app for Linux in one file, with its checksum
	XZ_OPT='-6 -T2' tar -C dist --owner=0 --group=0 -cJf dist/minim-$(MACHINE).tar.xz Minim
	cd dist && sha256sum minim-$(MACHINE).tar.xz >minim-$(MACHINE).tar.xz.sha256 && ls -lh minim-$(MACHINE).tar.xz

appimage: app ## the same as one program that needs no unpacking; fetches what it begins with, or RUNTIME=FILE
	packaging/linux/make_appimage.sh dist/Minim build/appimage dist/minim-$(MACHINE).AppImage
	cd dist && sha256sum minim-$(MACHINE).AppImage >minim-$(MACHINE).AppImage.sha256 && ls -lh minim-$(MACHINE).AppImage

# On a newer macOS pip would take MLX's wheel for that one, and the app would not run on 14.
dmg: on-macos $(APP_ENV)/macos14.done app ## the app for macOS 14 and later in a disk image; packaging/macos/README.md
	$(APP_ENV)/bin/python packaging/macos/build.py

on-macos:
	@test "$$(uname -s)-$$(uname -m)" = Darwin-arm64 || { echo "A disk image can only be made on a Mac with Apple silicon."; exit 1; }

$(APP_ENV)/macos14.done: $(APP_ENV)/done $(LOCKS)/dmg.lock
	$(APP_PIP) install --require-hashes -r $(LOCKS)/dmg.lock
	MACOSX_DEPLOYMENT_TARGET=14.0 $(APP_ENV)/bin/uv pip install --quiet --python $(APP_ENV)/bin/python --reinstall --no-deps \
		--python-platform aarch64-apple-darwin --only-binary :all: --require-hashes -r $(LOCKS)/app.lock
	@touch $@

$(APP_ENV)/done: $(LOCKS)/app.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Minim needs Python 3.11 to 3.14 (python3 on the PATH is older or missing)."; exit 1; }
	$(PYTHON) -m venv $(APP_ENV)
	$(APP_PIP) install --upgrade 'pip==26.0'
	$(APP_PIP) install --require-hashes -r $(LOCKS)/app.lock
	$(APP_PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info
