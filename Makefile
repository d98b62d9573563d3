# 信易+ xinyi: `make demo` shows it, `make test` proves it, `make help` lists the rest.
SHELL := /bin/bash
GO ?= go
export CGO_ENABLED ?= 1

.PHONY: help build demo h5 client client-test client-e2e client-bench test check race ferret ferret-desks tidy-check bench bench-county fuzz

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

build: ## build bin/xinyi
	$(GO) build -o bin/xinyi ./cmd/xinyi

demo: ## build all, with the web client, and start the demo district on 127.0.0.1:8080 with ./data
	@if $(NODE_HERE); then $(MAKE) h5 VITE_DEMO=1; else echo '$(NO_NODE); without it a placeholder page is shown'; fi
	@$(MAKE) build
	./bin/xinyi serve --demo

NODE_HERE = command -v npm >/dev/null && node -e 'process.exit(process.versions.node.split(".")[0] === "20" ? 0 : 1)' 2>/dev/null
NO_NODE = the web client needs Node 20 with npm (https://nodejs.org, or your package manager)
MODULES = miniprogram/node_modules/.package-lock.json

$(MODULES): miniprogram/package-lock.json miniprogram/package.json
	cd miniprogram && npm ci --no-audit --no-fund
	@touch $@

h5: ## build the web client into miniprogram/h5 (VITE_DEMO=1 adds the demo's sign-in chooser)
	@$(NODE_HERE) || { echo '$(NO_NODE)'; exit 1; }
	@$(MAKE) $(MODULES)
	cd miniprogram && VITE_DEMO=$(VITE_DEMO) npm run -s build:h5
	find miniprogram/h5 -mindepth 1 ! -name .gitignore -delete
	cp -r miniprogram/dist/build/h5/. miniprogram/h5/
	node miniprogram/scripts/worker.mjs miniprogram/h5
	node miniprogram/scripts/squeeze.mjs miniprogram/h5

client: $(MODULES) ## write the client's types and calls from api/openapi.yaml
	cd miniprogram && npm run -s client

client-test: ## the client against the contract, its types and unit tests, and its WeChat build (skipped without Node)
	@if $(NODE_HERE); then $(MAKE) $(MODULES) && cd miniprogram && npm run -s client:check && npm run -s type-check && npm test -s && \
	VITE_API_BASE=https://api.example.com npm run -s build:weapp && npm run -s test:weapp; \
	else echo 'skipped the client tests: $(NO_NODE)'; fi

client-e2e: ## every path and every screen in a headless Chromium against a fresh demo (skipped without it)
	@if $(NODE_HERE); then $(MAKE) h5 VITE_DEMO=1 && $(GO) build -o bin/xinyi-e2e ./cmd/xinyi && cd miniprogram && npm run -s e2e; else echo 'skipped the browser tests: $(NO_NODE)'; fi

client-bench: ## measure the web client on a throttled network and write docs/benchmarks-client.md
	@$(MAKE) h5 VITE_DEMO=1 && $(GO) build -o bin/xinyi-e2e ./cmd/xinyi && cd miniprogram && npm run -s bench

test: check race ferret client-test client-e2e ## everything that must pass

check: ## formatting, vet, build
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo 'gofmt the files above'; exit 1; }
	$(GO) vet ./...
	$(GO) build -o bin/xinyi ./cmd/xinyi

# What tests write goes to memory where there is room: a sync costs nothing there. What it means
# is told by the power tests, on a file system that forgets.
TESTS = $(shell [ -w /dev/shm ] && ! grep -q ' /dev/shm .*noexec' /proc/mounts && [ "$$(df -k --output=avail /dev/shm | tail -1)" -gt 8000000 ] && echo TMPDIR=/dev/shm GOTMPDIR=/tmp) $(GO) test

race: ## all tests with the race detector; what holds much data in one goroutine without it
	$(TESTS) -race -timeout 25m ./...
	$(TESTS) -timeout 10m -run 'TestXLSX_(bombs|memory)' ./service/ingest

ferret: ## the store's conformance on MongoDB's wire protocol (FerretDB, or XINYI_TEST_MONGODB_URI)
	cd store/mongo/ferrettest && $(GO) test -mod=mod -count=1 -timeout 10m -v ./... 2>&1 | tee ../../../out-ferret.log | grep -E '^(=== RUN|--- (PASS|FAIL|SKIP)|ok|FAIL|PASS|panic|skipped)|skipped by' | grep -vE '^=== RUN' ; test $${PIPESTATUS[0]} -eq 0

FERRET_SUMMARY = grep -E '^ *--- (FAIL|SKIP)|^(ok|FAIL|panic)|_test.go:' ; test $${PIPESTATUS[0]} -eq 0
# FerretDB scans for every query: the laws are drawn a few times only. What it cannot do at all is
# a capability (store.Capabilities) by which a test skips itself, by name. Replaying a whole history
# takes it five minutes.
DESKS = submission listing judging quality exchange jobs message commitment consent benefit
LAWS = listing judging quality exchange jobs message commitment benefit
ferret-desks: ## the desks' tests on MongoDB's wire protocol (3 min)
	cd store/mongo/ferrettest && $(GO) build -mod=mod -o ../../../bin/ferret ./cmd/ferret
	bin/ferret $(GO) test -count=1 -timeout 10m $(addprefix ./service/,$(filter-out $(LAWS),$(DESKS))) -v 2>&1 | $(FERRET_SUMMARY)
	bin/ferret $(GO) test -count=1 -timeout 10m $(addprefix ./service/,$(LAWS)) -v -skip TestReplay_everyRedemption -rapid.checks=10 -rapid.steps=15 2>&1 | $(FERRET_SUMMARY)

fuzz: ## each fuzz target for a short while (FUZZTIME=10s)
	@for pkg in $$($(GO) list ./...); do for f in $$($(GO) test -list '^Fuzz' $$pkg 2>/dev/null | grep '^Fuzz'); do \
		echo "$$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $${FUZZTIME:-10s} $$pkg || exit 1; done; done

bench: build ## measure everything and write docs/benchmarks.md
	./bin/xinyi bench --out docs/benchmarks.md

bench-county: build ## measure on a whole county (10 GB, 25 min the first time) and write docs/benchmarks-county.md
	./bin/xinyi bench --county --data data/county --out docs/benchmarks-county.md
