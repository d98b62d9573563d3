# 信易+ xinyi: `make demo` shows it, `make test` proves it, `make help` lists the rest.
SHELL := /bin/bash
GO ?= go
export CGO_ENABLED ?= 1

.PHONY: help build demo test check race ferret tidy-check bench fuzz

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

build: ## build bin/xinyi
	$(GO) build -o bin/xinyi ./cmd/xinyi

demo: build ## build and start the demo district on 127.0.0.1:8080 with ./data
	./bin/xinyi serve --demo

test: check race ferret ## everything that must pass

check: ## formatting, vet, build
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo 'gofmt the files above'; exit 1; }
	$(GO) vet ./...
	$(GO) build -o bin/xinyi ./cmd/xinyi

race: ## all tests with the race detector
	$(GO) test -race -timeout 20m ./...

ferret: ## the store's conformance on MongoDB's wire protocol (FerretDB, or XINYI_TEST_MONGODB_URI)
	cd store/mongo/ferrettest && $(GO) test -mod=mod -count=1 -timeout 10m -v ./... 2>&1 | tee ../../../out-ferret.log | grep -E '^(=== RUN|--- (PASS|FAIL|SKIP)|ok|FAIL|PASS|panic|skipped)|skipped by' | grep -vE '^=== RUN' ; test $${PIPESTATUS[0]} -eq 0

fuzz: ## each fuzz target for a short while (FUZZTIME=10s)
	@for pkg in $$($(GO) list ./...); do for f in $$($(GO) test -list '^Fuzz' $$pkg 2>/dev/null | grep '^Fuzz'); do \
		echo "$$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $${FUZZTIME:-10s} $$pkg || exit 1; done; done

bench: build ## measure everything and write docs/benchmarks.md
	./bin/xinyi bench --out docs/benchmarks.md
