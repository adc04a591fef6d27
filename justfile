# `just` lists these; each is one command that works without just, too.

default:
    @just --list

# A sample firm on throw-away data, at https://localhost:8443
demo *args:
    go run . demo {{args}}

# What the README promises
test:
    go test ./...

# Everything that must hold before a change lands, or some of its stages: just ci format vet
ci *stages:
    bash .ci/run {{stages}}

# What takes hours: soak, kills, fuzzing, large collections
long *stages:
    bash .ci/long {{stages}}

# The pages' Go code, from the .templ files beside it
generate:
    cd ui && go tool templ generate

# Third-party files (PDFium, htmx, font, icons) at the versions of ui/sbom/assets.json
assets:
    go run .ci/assets/fetch.go

# Figures: search quality on a collection in BEIR layout, and the Go benchmarks
bench collection="../shared/data/retrieval/piaf-fr":
    go run . eval {{collection}} --mode bm25
    go test -run '^$' -bench . -benchtime 1s ./chain ./store ./index ./auth
