#!/usr/bin/env bash
# Sign-in against real identity providers in the tests' own process: Dex, and the IdP of crewjam/saml (testdata/idp, a module of
# its own). They listen on loopback for the test only. With COFFRE and CHROMIUM (bash .ci/run idp sets them) also a whole sign-in
# through Dex in a real browser: .ci/browser/idp.mjs.
set -euo pipefail
cd "$(dirname "$0")/../testdata/idp"
[ -z "$(gofmt -l .)" ] || { echo "not formatted: $(gofmt -l .)"; exit 1; }
go vet ./...
out=$(go test -count=1 -v ./... 2>&1) || { echo "$out"; exit 1; }
echo "$out" | grep -E '^--- |^ +(ok|FAIL) '
least=3
[ -z "${COFFRE:-}" ] || least=4
[ "$(grep -c '^--- PASS' <<< "$out")" -ge "$least" ] || { echo "fewer tests ran than there are"; exit 1; }
