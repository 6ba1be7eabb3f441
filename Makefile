# make run: the whole product on embedded engines. make test: its tests. The rest is for developers.
GO      ?= go
BIN     := bin
VERSION := $(shell git describe --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X watchpost/internal/app.Version=$(VERSION)
export CGO_ENABLED ?= 0

.PHONY: run build test test-faults race check bench bench-detect fuzz geo generate page clean

run: build
	@WATCHPOST_CHDB="$$(deploy/engine/fetch)" && export WATCHPOST_CHDB && exec $(BIN)/watchpost run

build:
	@command -v $(GO) >/dev/null || { echo "go is missing: Go 1.26 or newer builds Watchpost" >&2; exit 1; }
	@[ -x $(BIN)/watchpost ] || echo "building; the first time this takes a minute or two"
	@$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN)/ ./cmd/...

test: build
	@deploy/test

# The tests that kill the product, most faults ten times: under 40 minutes on two cores.
test-faults: build
	@FAULT_ROUNDS=$${FAULT_ROUNDS:-10} deploy/test -run "Kill|Drain|Rebalance|Fault" -timeout 120m ./internal/e2e

# The race detector, without the tests that need minutes; still long, five minutes for some packages. RACE="./internal/source ./internal/ingest" runs some packages.
RACE ?= ./...
race:
	CGO_ENABLED=1 $(GO) test -race -short -timeout 30m $(RACE)

# Everything that must be clean before a commit lands.
check: build
	@deploy/check

bench:
	@bench/run

# The rules of Sigma in the detector, a section of make bench. RSIGMA names the program rsigma if it is not in PATH.
bench-detect:
	@bench/run $(if $(RSIGMA),-rsigma $(RSIGMA)) detect

fuzz:
	@deploy/fuzz

# The free country database for data/geo; see docs/context.md.
geo:
	@deploy/geo/fetch

generate:
	$(GO) generate ./schema

# The page is committed as built; this builds it again.
page:
	cd web && npm ci --ignore-scripts --no-audit --no-fund && npx vite build

clean:
	rm -rf $(BIN)
