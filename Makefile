# Everything a developer runs. Each target makes the virtual environment that it needs, in this folder; nothing is
# installed or written anywhere else. `make help` lists the targets.

IS_PYTHON = -c 'import sys; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(or $(shell for p in python3.11 python3.12 python3.13 python3; do \
    $$p $(IS_PYTHON) 2>/dev/null && echo $$p && break; done),python3)
ARGS ?=
PIP_INSTALL = -m pip install --quiet --disable-pip-version-check

VENV := .venv
LINT := .venv-lint
# Some linters start ansible-doc and ansible-playbook by name, and leave a log in the home folder.
LINT_ENV = HOME="$(CURDIR)/$(LINT)" PATH="$(CURDIR)/$(LINT)/bin:$$PATH"
SANITY := .venv-sanity
# Ansible finds a collection only under this path, so the environment holds a link to the checkout.
LINK := $(VENV)/collections/ansible_collections/changegate/snow

# Nobody's own Ansible or its settings change what is tested, and nothing is written to them.
export ANSIBLE_CONFIG := $(CURDIR)/tests/ansible.cfg
export ANSIBLE_HOME := $(CURDIR)/.ansible
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/$(VENV)/collections
# Ansible refuses to start in a locale that is not UTF-8, as in a bare container.
export LC_ALL ?= C.UTF-8

.PHONY: help demo test lint sanity browser matrix bench docs build clean
.DELETE_ON_ERROR:

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(firstword $(MAKEFILE_LIST)) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

demo: $(VENV)/.demo  ## gated releases against the simulator; INTERACTIVE=1 has you approve, SNOW_HOST=... is your own
	PYTHONPATH=$(ANSIBLE_COLLECTIONS_PATH) $(VENV)/bin/python -m demo.run $(if $(INTERACTIVE),--interactive) $(ARGS)

test: $(VENV)/.dev  ## all tests, some side by side; ARGS="-k gate -x -n 0" goes to pytest
	$(VENV)/bin/python -m pytest tests -n auto --maxprocesses 4 --dist loadfile $(ARGS)

lint: $(LINT)/.done $(VENV)/.dev  ## style, types, playbooks, documentation, changelog
	$(LINT)/bin/ruff check .
	$(LINT)/bin/ruff format --check .
	$(LINT)/bin/mypy
	$(LINT)/bin/shellcheck .ci/run
	$(LINT_ENV) ansible-lint --offline
	$(LINT_ENV) antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs dependent \
	    --disallow-unknown-collection-refs .
	$(LINT)/bin/antsibull-changelog lint

sanity: $(SANITY)/.done  ## ansible-test sanity on the built and installed artifact; ARGS="--test pylint"
	$(SANITY)/bin/python tests/run_sanity.py $(ARGS)

browser:  ## Debian's Chromium for the tests of the simulator's page; without it they are skipped
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || { \
	    export DEBIAN_FRONTEND=noninteractive; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	    $$sudo apt-get -qq update && \
	    $$sudo apt-get -qq install chromium chromium-driver >/dev/null; }

matrix: $(VENV)/.dev  ## the tests on ansible-core 2.16 to 2.21, as far as their Pythons are here
	$(VENV)/bin/nox $(ARGS)

bench: $(VENV)/.dev  ## the figures that the documents quote: tasks, the library, the simulator; PEER=... for a comparison
	$(VENV)/bin/python benchmarks/task_time.py $(ARGS)
	$(VENV)/bin/python -m benchmarks.many_records $(if $(PEER),--peer $(PEER))
	PYTHONPATH=$(ANSIBLE_COLLECTIONS_PATH) $(VENV)/bin/python benchmarks/import_time.py
	PYTHONPATH=$(ANSIBLE_COLLECTIONS_PATH) $(VENV)/bin/python -m benchmarks.library
	$(VENV)/bin/python benchmarks/simulator.py

docs: $(LINT)/.done $(VENV)/.demo  ## the modules' pages, in build/docs/html, and docs/change-operations.md
	PYTHONPATH=$(ANSIBLE_COLLECTIONS_PATH) $(VENV)/bin/python -m tests.integration.change_operations \
	    > docs/change-operations.md.new
	mv docs/change-operations.md.new docs/change-operations.md
	rm -rf build/docs && mkdir -p build/docs/rst
	$(LINT_ENV) antsibull-docs collection --use-current --squash-hierarchy --fail-on-error \
	    --dest-dir build/docs/rst changegate.snow
	$(LINT)/bin/sphinx-build -q -b html -C -D project=changegate.snow -D html_theme=alabaster \
	    -D extensions=sphinx_antsibull_ext -D pygments_style=ansible -D highlight_language=YAML+Jinja \
	    -D default_role=any -D suppress_warnings=ref.ref build/docs/rst build/docs/html

build: $(VENV)/.demo  ## the artifact, in build/
	$(VENV)/bin/ansible-galaxy collection build --force --output-path build

clean:  ## remove all that the other targets made
	rm -rf .venv* .nox .ansible .demo .cache build tests/output .mypy_cache .ruff_cache .pytest_cache .hypothesis

# --- virtual environments: made again when what goes into them changes ---

define MAKE_VENV
@$(PYTHON) $(IS_PYTHON) || { \
    echo "Python 3.11 or newer is needed, and '$(PYTHON)' is not: add PYTHON=/path/to/python3.11" >&2; exit 1; }
$(PYTHON) -m venv $(@D)
endef

$(VENV)/.demo: requirements/demo.txt simulator/pyproject.toml
	$(MAKE_VENV)
	$(VENV)/bin/python $(PIP_INSTALL) -r requirements/demo.txt -e ./simulator
	mkdir -p $(dir $(LINK)) && ln -sfn ../../../.. $(LINK)
	touch $@

$(VENV)/.dev: $(VENV)/.demo requirements/test.txt requirements/dev.txt requirements/eda.txt
	$(VENV)/bin/python $(PIP_INSTALL) -r requirements/test.txt -r requirements/dev.txt -r requirements/eda.txt
	touch $@

$(LINT)/.done: requirements/lint.txt
	$(MAKE_VENV)
	$(LINT)/bin/python $(PIP_INSTALL) -r requirements/lint.txt
	touch $@

$(SANITY)/.done: requirements/sanity.txt
	$(MAKE_VENV)
	$(SANITY)/bin/python $(PIP_INSTALL) -r requirements/sanity.txt
	touch $@
