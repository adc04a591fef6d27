# The stages of .ci/run and .ci/long, each a function. A stage runs in a shell of its own, so that -e holds inside it (it would
# not in a function that is part of a condition). Sourced from the top of the tree.
export CGO_ENABLED="${CGO_ENABLED:-1}"
SHARED="${COFFRE_SHARED:-$PWD/../shared}"
CACHE="${COFFRE_CACHE:-$HOME/.cache/coffre}"
ARTEFACTS="${ARTEFACTS:-$PWD/.artefacts}"
FUZZTIME="${FUZZTIME:-4s}"
STATICCHECK=v0.8.2
MILLION='^(TestMillion|TestLong.*)$' # a stage of their own
export ARTEFACTS
. .ci/canary/stage.sh

# run_stages SCRIPT STAGE…: runs each, prints a title and the seconds, ends with the count.
run_stages() {
  local script=$1 passed=0 failed=0 bad="" begun all=$SECONDS
  shift
  if [ "${1:-}" = --stage ]; then
    "stage_$2"
    exit
  fi
  for stage in $*; do
    declare -F "stage_$stage" > /dev/null || { echo "there is no stage $stage" >&2; exit 2; }
  done
  for stage in $*; do
    echo "=== $stage"
    begun=$SECONDS
    if bash "$script" --stage "$stage" < /dev/null; then
      passed=$((passed + 1))
      echo "--- $stage: $((SECONDS - begun)) s"
    else
      failed=$((failed + 1)) bad="$bad $stage"
      echo "--- $stage: FAILED after $((SECONDS - begun)) s"
    fi
  done
  echo "=== total: $((SECONDS - all)) s${bad:+; failed:$bad}"
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ]
}

# need COMMAND PACKAGE…: installs Debian's packages where the command is missing.
need() {
  command -v "$1" > /dev/null && return
  mkdir -p "$CACHE"
  exec 9> "$CACHE/installing" && flock 9 # another lane may be at it
  command -v "$1" > /dev/null && { exec 9>&-; return; }
  echo "installing ${*:2}"
  [ -n "$(find /var/lib/apt/lists -name '*_Packages*' -mtime -1 2> /dev/null | head -1)" ] || apt-get update -qq > /dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${@:2}" > /dev/null
  exec 9>&-
}

# binary prints the path of a coffre built from this tree.
binary() {
  mkdir -p .cache
  go build -o .cache/coffre .
  echo "$PWD/.cache/coffre"
}

# The README's command. pdftotext and python3 are the yardsticks of some tests, which skip without them.
stage_tests() {
  need pdftotext poppler-utils
  need rsyslogd rsyslog rsyslog-openssl
  need python3 python3
  if [ -n "${COFFRE_LONG:-}" ]; then
    go test -count=1 -timeout 0 -skip "$MILLION" ./...
  else
    go test ./...
  fi
}

stage_format() {
  local odd
  odd=$(git ls-files -z '*.go' | xargs -0 gofmt -l)
  [ -z "$odd" ] || { echo "not formatted:"; echo "$odd"; return 1; }
}

stage_vet() { go vet ./... && go vet .ci/assets/*.go && go vet .ci/shape/*.go && go vet .ci/release/*.go; }

stage_staticcheck() {
  local bin="$CACHE/bin/staticcheck-$STATICCHECK-$(go env GOVERSION)"
  if [ ! -x "$bin" ]; then
    local t
    t=$(mktemp -d)
    (cd / && GOBIN="$t" go install "honnef.co/go/tools/cmd/staticcheck@$STATICCHECK")
    mkdir -p "$CACHE/bin" && mv "$t/staticcheck" "$bin" && rmdir "$t"
  fi
  "$bin" ./...
}

stage_shape() { go run .ci/shape/shape.go; }

# The generated files are those that templ makes of the sources, and all of them are committed.
stage_generated() {
  local before after loose
  loose=$(git ls-files --others --exclude-standard -- '*_templ.go')
  [ -z "$loose" ] || { echo "not committed: $loose"; return 1; }
  before=$(find ui -name '*_templ.go' -exec sha256sum {} + | sort -k2)
  (cd ui && go tool templ generate)
  after=$(find ui -name '*_templ.go' -exec sha256sum {} + | sort -k2)
  diff <(echo "$before") <(echo "$after") || { echo "run: just generate, and commit"; return 1; }
  echo "$(wc -l <<< "$after") generated files are as generated"
}

stage_assets() { go run .ci/assets/fetch.go -check; }

# Other platforms, without cgo: the Mac mini and the Linux mini PC that the box is made for.
stage_cross() {
  local target
  for target in linux/amd64 linux/arm64 darwin/arm64; do
    echo "$target"
    GOOS=${target%/*} GOARCH=${target#*/} CGO_ENABLED=0 go build -o /dev/null .
  done
  GOOS=darwin GOARCH=arm64 CGO_ENABLED=0 go vet ./...
  kernels_arm64
  timeout -k 10 600 bash .ci/elsewhere.sh || [ $? = 75 ]
}

# kernels_arm64: the NEON kernels agree with portable Go, on an emulated processor where this one is another.
kernels_arm64() {
  local dir emulator="" out
  if [ "$(uname -sm)" != "Linux aarch64" ]; then
    need qemu-aarch64-static qemu-user-static
    emulator=qemu-aarch64-static
  fi
  dir=$(mktemp -d)
  for p in embed vectors; do GOOS=linux GOARCH=arm64 CGO_ENABLED=0 go test -c -o "$dir/$p.test" "./index/$p"; done
  out=$(cd index/embed && timeout -k 5 40 $emulator "$dir/embed.test" -test.short -test.v -test.run 'Kernels|Softmax' 2>&1 \
    && cd ../vectors && timeout -k 5 40 $emulator "$dir/vectors.test" -test.v -test.run DotRows 2>&1) || { echo "$out"; return 1; }
  rm -r "$dir"
  # Portable Go compared with itself would agree, too; and so would no test at all.
  grep -q 'kernels: neon' <<< "$out" && [ "$(grep -c '^--- PASS' <<< "$out")" -ge 5 ] || { echo "$out"; return 1; }
  echo "NEON: $(grep -c '^--- PASS' <<< "$out") tests of kernels passed"
}

# What an outsider can check of a running box, with programs that share no code with it.
stage_outside() {
  need python3 python3
  need pdftotext poppler-utils
  COFFRE=$(binary) node .ci/outside/walk.mjs
}

# Ways round the egress gate, each failing without its check; then the box in a network namespace, every packet captured.
stage_netns() {
  need tcpdump tcpdump
  need ip iproute2
  COFFRE_MUTATIONS=1 go test -count=1 -run '^(TestMutations|TestDependenciesAreNotLinked)$' ./connectors/gate
  COFFRE=$(binary) timeout -k 10 600 bash .ci/netns/run.sh
}

# The ten-minute install in a bare Debian under a systemd of its own; 75: no machine can be booted here, and a line said so.
stage_install() {
  need debootstrap debootstrap
  need systemd-nspawn systemd-container
  timeout -k 10 900 bash .ci/install/run.sh || [ $? = 75 ]
}

# SIGKILL at random moments of ingesting and asking.
stage_kills() { COFFRE_KILLS="${COFFRE_KILLS:-50}" go test -count=1 -timeout 0 -run '^TestKills$' -v . | grep -vE '^=== '; }

# endure builds testdata/endure, a module of its own, and runs it against the program.
endure() {
  mkdir -p .cache
  (cd testdata/endure && [ -z "$(gofmt -l .)" ] && go vet ./... && CGO_ENABLED=0 go build -o "$PWD/../../.cache/endure" .)
  timeout -k 10 "${ENDURE_SECONDS:-600}" .cache/endure "$1" -coffre "$(binary)" "${@:2}"
}

# The power cut at POWERCUTS random moments: everything that the real program asks of its disk is recorded by a file system of the
# tests' own (FUSE), replayed to a moment without what was never synced, and the program started on what is left.
stage_powercut() {
  if [ ! -w /dev/fuse ] || [ "$(id -u)" != 0 ]; then
    echo "this machine lets user $(id -un) mount no FUSE file system: the power was not cut"
    return
  fi
  endure powercut -points "${POWERCUTS:-40}" -seconds "${POWERCUT_LIFE:-4}"
}

# SIGKILL and SIGSTOP at SIGNALS random moments of backup, trial restore, restore, migration, hand-over and re-keying.
stage_signals() { endure signals -points "${SIGNALS:-15}" -stop "${SIGSTOP:-3s}"; }

# A backup of BACKUP_MB while 20 people work, beside age on the same bytes; a restore beside a plain copy. A busy machine must not
# fail it: figures are told, and judged where BACKUP_STRICT says so; memory is judged always.
stage_backup() {
  endure backup -mb "${BACKUP_MB:-128}" -rounds "${BACKUP_ROUNDS:-1}" ${BACKUP_STRICT:+-strict}
}

# A day of SOAK_PEOPLE people, SOAK_ACTS acts each, without the pauses between them: no trend in memory, threads or open files.
stage_soak24() { endure soak -people "${SOAK_PEOPLE:-200}" -acts "${SOAK_ACTS:-60}"; }

# eval_one COLLECTION NDCG: the product's own search on a collection, which must reach this nDCG@10.
eval_one() {
  local dir="$SHARED/data/retrieval/$1" result
  if [ ! -f "$dir/corpus.jsonl" ]; then
    echo "$1 is not at $dir (COFFRE_SHARED names the directory that holds data/retrieval): not measured"
    return
  fi
  result=$("$(binary)" eval "$dir" --mode bm25 --json)
  echo "$result"
  node -e 'const r = JSON.parse(process.argv[1]), least = Number(process.argv[2]);
    if (!(r.ndcg_at_10 >= least)) { console.log(`${r.dataset}: nDCG@10 ${r.ndcg_at_10} is under ${least}`); process.exit(1); }' "$result" "$2"
}

# eval_hybrid FACTOR COLLECTION…: words and meaning together, whose mean nDCG@10 must be FACTOR times that of words
# alone, measured in the same run with the built-in embedder. Vectors are kept between runs.
eval_hybrid() {
  local factor=$1 name mode results="" cache="${COFFRE_VECTORS:-$HOME/.cache/coffre/vectors}"
  shift
  for name in "$@"; do
    local dir="$SHARED/data/retrieval/$name"
    if [ ! -f "$dir/corpus.jsonl" ]; then
      echo "$name is not at $dir (COFFRE_SHARED names the directory that holds data/retrieval): not measured"
      return
    fi
    for mode in bm25 hybrid; do
      results+="$("$(binary)" eval "$dir" --mode "$mode" --cache "$cache" --json)"$'\n'
    done
  done
  echo "$results"
  node -e 'const all = process.argv[1].trim().split("\n").map((l) => JSON.parse(l)), factor = Number(process.argv[2]);
    const mean = (mode) => { const of = all.filter((r) => r.mode === mode); return of.reduce((s, r) => s + r.ndcg_at_10, 0) / of.length; };
    const [words, both] = [mean("bm25"), mean("hybrid")];
    console.log(`mean nDCG@10: words ${words.toFixed(4)}, both ${both.toFixed(4)}, ${((both / words - 1) * 100).toFixed(1)}%`);
    if (!(both >= factor * words)) { console.log(`wanted at least ${factor} times`); process.exit(1); }' "$results" "$factor"
}

# A sample: English with vectors of 2,091 passages (a minute or two of embedding), French without any.
stage_eval() {
  eval_one piaf-fr 0.79
  eval_one cranfield 0.36
  eval_hybrid 1.04 cranfield
  eval_hybrid 1 piaf-fr
}

stage_eval_all() {
  eval_one piaf-fr 0.79
  eval_one cranfield 0.36
  eval_one cdtn-fr 0.39
  eval_one nfcorpus-pre 0.32
  eval_one cisi 0
  eval_hybrid 1.04 nfcorpus-pre cranfield cisi
  eval_hybrid 1 piaf-fr
  eval_hybrid 1 cdtn-fr
  COFFRE_LONG=1 COFFRE_VECTORS="${COFFRE_VECTORS:-$HOME/.cache/coffre/vectors}" go test -v -timeout 2h -run FusionForms ./ui/cli
}

need_browser() {
  need chromium chromium fonts-dejavu-core
  (cd .ci/browser && npm ci --silent --no-audit --no-fund)
}

# A person's way through the pages, in both languages, sizes and themes.
stage_walk() {
  need_browser
  rm -rf "$ARTEFACTS" && mkdir -p "$ARTEFACTS"
  COFFRE=$(binary) CHROMIUM=$(command -v chromium) timeout -k 10 600 node .ci/browser/factors.mjs "$ARTEFACTS/factors"
  COFFRE=$(binary) CHROMIUM=$(command -v chromium) timeout -k 10 2400 node .ci/browser/walk.mjs
  echo "$(find "$ARTEFACTS" -name '*.png' | wc -l) screenshots in $ARTEFACTS"
}

# The auditor's verify.html against the binary: shared samples, generated chains, kits that somebody has been at.
stage_kit() {
  need_browser
  COFFRE=$(binary) CHROMIUM=$(command -v chromium) timeout -k 10 "${KIT_SECONDS:-900}" node .ci/browser/kit.mjs
}

# What Lighthouse says of Ask and of a Document: performance 0.95 and accessibility 1.00 at the least, medians of three runs.
stage_lighthouse() {
  need_browser
  COFFRE=$(binary) CHROMIUM=$(command -v chromium) timeout -k 10 900 node .ci/browser/lighthouse.mjs
}

# What the box weighs: release builds, memory when idle, time until it answers.
stage_footprint() {
  local target builds=()
  mkdir -p .cache
  for target in linux/amd64 darwin/arm64; do
    builds+=("$PWD/.cache/coffre-release-${target/\//-}")
    GOOS=${target%/*} GOARCH=${target#*/} CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o "${builds[-1]}" .
  done
  local mine=".cache/coffre-release-$(go env GOHOSTOS)-$(go env GOHOSTARCH)"
  [ -x "$mine" ] || CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o "$mine" .
  COFFRE="$PWD/$mine" BUILDS="${builds[*]}" timeout -k 10 1200 node .ci/footprint/measure.mjs
}

# The tests that want a real Ollama, and questions from outside, where one is cached (.ci/ollama.sh says how to get it). A machine
# that takes half a minute for a prompt of 200 tokens would only show that it is busy, and takes none of them.
stage_runtime() {
  local url pid="$CACHE/ollama/pid" ours=1 slow
  if [ -f "$pid" ] && kill -0 "$(cat "$pid")" 2> /dev/null; then ours=; fi
  url=$(bash .ci/ollama.sh)
  if [ -z "$url" ]; then
    echo "no model runtime is cached here: not tested against a real one"
    return
  fi
  [ -z "$ours" ] || trap 'bash .ci/ollama.sh stop' EXIT
  slow=$(node .ci/outside/probe.mjs "$url")
  if [ -n "$slow" ]; then
    echo "$slow: not tested against a real one"
    return
  fi
  COFFRE_TEST_OLLAMA=$url go test -count=1 -timeout 20m -run 'Real$' -v ./llm/... | grep -vE '^=== '
  # Golden vectors, and tokens a second beside the runtime's on the same weights.
  COFFRE_TEST_OLLAMA=$url go test -count=1 -timeout 10m -run Ollama -v ./index/embed/ | grep -vE '^=== '
  COFFRE=$(binary) COFFRE_TEST_OLLAMA=$url timeout -k 10 900 node .ci/outside/model.mjs
  need_browser
  COFFRE=$(binary) COFFRE_TEST_OLLAMA=$url CHROMIUM=$(command -v chromium) timeout -k 10 1500 node .ci/browser/model.mjs
}

# The chain beside its yardsticks, BENCH_ENTRIES long. A busy machine must not fail it: only half of what is wanted does.
stage_bench() {
  local dir figures quick=--quick load
  load=$(node -p 'const os = require("os"); (os.loadavg()[0] / os.cpus().length).toFixed(1)')
  [ -z "${COFFRE_LONG:-}" ] || quick=
  dir=$(mktemp -d)
  figures=$("$(binary)" bench chain $quick --entries "${BENCH_ENTRIES:-150000}" --dir "$dir" --json)
  rmdir "$dir"
  echo "$figures"
  node -e 'const f = JSON.parse(process.argv[1]), bad = [], busy = Number(process.argv[2]) > 2;
    if (busy) console.log(`${process.argv[2]} programs waited for each processor: times are told and not judged`);
    if (!busy) for (const a of f.append) if (!(a.ratio >= 0.4)) bad.push(`append, ${a.writers} writers: ${a.ratio} of raw group commit, 0.8 wanted`);
    if (!busy) for (const v of f.verify) if (!(v.ratio >= 0.3)) bad.push(`verify, ${v.cores} cores: ${v.ratio} of SHA-256, 0.6 wanted`);
    if (!busy) for (const p of f.prove) if (!(p.inclusion_p50_ms <= 2)) bad.push(`proof among ${p.entries}: ${p.inclusion_p50_ms} ms, 1 wanted`);
    const [small, large] = [f.memory[0], f.memory[f.memory.length - 1]];
    for (const m of ["export_mb", "filtered_export_mb", "verify_mb"]) if (!(large[m] <= 2 * small[m])) bad.push(`${m} grows: ${small[m]}, then ${large[m]}`);
    if (bad.length) { console.log(bad.join("\n")); process.exit(1); }' "$figures" "$load"
}

# The index beside what people would use instead, in a module of its own (testdata/peers). PEERS_* are its sizes. A busy machine
# must not fail it: recall must be as wanted, and rates at least half of that; .ci/long measures at full size and is as strict
# as PEERS_STRICT says. What can't be installed here is named and left out.
stage_peers() {
  local dir="$CACHE/peers" lenient=-lenient
  [ -z "${PEERS_STRICT:-}" ] || lenient=
  need g++ g++
  (cd testdata/peers && CGO_ENABLED=1 go vet -tags sqlite_fts5 ./...)
  bash testdata/peers/setup.sh "$dir"
  (cd testdata/peers && CGO_ENABLED=1 go build -tags sqlite_fts5 -o "$dir/peers" . && timeout -k 10 "${PEERS_SECONDS:-900}" "$dir/peers" $lenient \
    -setup "$dir" -texts "$SHARED/data/retrieval" -vectors "${PEERS_VECTORS:-20000}" -passages "${PEERS_PASSAGES:-10000}" \
    -memory "${PEERS_MEMORY:-0}" -rounds "${PEERS_ROUNDS:-5}" -turn "${PEERS_TURN:-0.4}")
  "$(binary)" bench retrieval --passages "${PEERS_BENCH:-20000}"
}

# The whole life of an index of a million vectors, and recall at sizes that take minutes to build. Each figure is printed beside
# the wanted one. Recall and memory must be as wanted; opening too with PEERS_STRICT=1, on a quiet machine, and else within four
# times that.
stage_million() {
  local out bad=0
  out=$(mktemp)
  COFFRE_LONG=1 go test -count=1 -timeout 2h -run "$MILLION" -v ./index/vectors 2>&1 | grep -vE '^=== ' | tee "$out" || bad=1
  grep -q '^--- PASS: TestMillion' "$out" || bad=1
  awk -v factor="$([ -n "${PEERS_STRICT:-}" ] && echo 1 || echo 4)" '/opened in/ { sub(/.*opened in /, ""); seen = 1; if ($1 > factor * $NF) { print "opening took " $1 " s, wanted at most " $NF; exit 1 } }
    END { if (!seen) { print "opening was not measured"; exit 1 } }' "$out" || bad=1
  rm -f "$out"
  return $bad
}

# Sign-in, groups and leavers against a real Samba domain controller and a real OpenLDAP.
stage_directories() { bash .ci/directories.sh test; }

# Sign-in against Dex and a SAML provider, in a module of its own (testdata/idp).
stage_idp() {
  need_browser
  COFFRE=$(binary) CHROMIUM=$(command -v chromium) SHOTS="$ARTEFACTS/idp" timeout -k 10 600 bash .ci/idp.sh
}

# Where goroutines meet.
stage_race() { CGO_ENABLED=1 go test -race -short -count=1 -timeout 25m ./chain ./store/... ./index/... ./auth/... ./connectors/... ./llm/... ./ui/...; }

# The race detector again and again, in a new order each time.
stage_soak() {
  local i
  for i in $(seq "$COFFRE_REPEAT"); do
    echo "round $i of $COFFRE_REPEAT"
    CGO_ENABLED=1 go test -race -count=1 -shuffle=on -timeout 0 -skip "$MILLION" ./...
  done
}

# Every fuzz target for FUZZTIME. Go's fuzzer sometimes reports its own deadline as a failure at the very end
# (go.dev/issue/48591): such a run wrote no failing input, and is tried once more.
stage_fuzz() {
  local file target dir out n=0
  out=$(mktemp)
  while IFS=: read -r file target; do
    dir=./$(dirname "$file")
    target=$(sed -E 's/^func (Fuzz[A-Za-z0-9_]*).*/\1/' <<< "$target")
    if ! fuzz_one "$dir" "$target" > "$out" 2>&1; then
      if grep -q 'context deadline exceeded' "$out" && ! grep -q 'Failing input written' "$out"; then
        fuzz_one "$dir" "$target" > "$out" 2>&1 || { cat "$out"; return 1; }
      else
        cat "$out"
        return 1
      fi
    fi
    echo "$dir $target: $(grep -E '^fuzz: elapsed' "$out" | tail -1)"
    n=$((n + 1))
  done < <(git ls-files -z '*_test.go' | xargs -0 grep -HE '^func Fuzz' | sort)
  rm -f "$out"
  echo "$n fuzz targets, $FUZZTIME each"
}

fuzz_one() { go test -run '^$' -fuzz "^$2\$" -fuzztime "$FUZZTIME" -timeout 0 "$1"; }
