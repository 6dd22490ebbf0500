# What one can do here. Each target works by itself; Go and make are enough, unless its line names something more.

export CGO_ENABLED = 0
.DEFAULT_GOAL := help

# Further arguments for go test, as in: make test TESTFLAGS=-v
TESTFLAGS ?=

VERSION = $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LINT    = go tool -modfile=tools/lint/go.mod golangci-lint
BUF     = go tool -modfile=tools/buf/go.mod buf

# What 'generate' writes.
GENERATED = proto pkg/observance/observances.json

# The test files that need programs from outside.
OUTSIDE       = $(shell grep -rl --include='*_test.go' '^//go:build outside' .)
OUTSIDE_TESTS = $(shell sed -n 's/^func \(Test[A-Za-z0-9_]*\).*/\1/p' $(OUTSIDE) | paste -sd"|" -)

.PHONY: help build run test test-race test-outside crash bench lint fmt generate check-generated

help: ## list what make can do
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

build: ## build bin/carillon
	go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/carillon ./cmd/carillon

run: build ## build, then run everything in one process (Ctrl-C stops it)
	@bin/carillon up

test: ## run every test that needs only Go
	go test $(TESTFLAGS) ./...

test-race: export CGO_ENABLED = 1
test-race: ## run the same tests with the race detector; needs a C compiler
	go test -race -timeout 20m $(TESTFLAGS) ./...

test-outside: ## run the tests that need Debian packages: real clients, validators, a browser
	@.ci/outside check
	go test -count=1 -tags outside $(TESTFLAGS) -run '^($(OUTSIDE_TESTS))$$' $(sort $(dir $(OUTSIDE)))

crash: ## publish a thousand posts while a thousand processes are killed, and compare what is shown; takes a quarter of an hour
	go test -count=1 -v -timeout 90m -run '^TestNothingIsLostAndNothingComesTwice$$' ./test/crash -posts 1000 -kills 1000

bench: ## measure; prints one line a figure
	go run ./bench

lint: ## vet and lint the Go code and the schema; builds the linters first, which takes minutes once
	go vet -tags outside ./... && $(LINT) run && $(BUF) lint

fmt: ## format the Go code and the schema
	$(LINT) fmt && $(BUF) format -w

generate: ## generate code and data: proto/ from the schema, the observances from their list
	$(BUF) generate && go generate ./...

check-generated: generate ## fail if what is committed is not what 'generate' writes
	@git diff --exit-code -- $(GENERATED) && test -z "$$(git ls-files --others --exclude-standard -- $(GENERATED))"
