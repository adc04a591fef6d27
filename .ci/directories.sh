#!/usr/bin/env bash
# Real directories for the tests: a Samba domain controller on 127.0.10.1 and an OpenLDAP on 127.0.10.2, each with an authority of
# its own. Needs root and Debian, whose packages it installs, and COFFRE_SHARED (default ../shared) with real-servers/.
#     bash .ci/directories.sh test       starts both, runs what needs them, stops them
#     bash .ci/directories.sh up DIR     starts both in DIR and prints the two variables that the tests want:
#                                        export COFFRE_TEST_AD=… COFFRE_TEST_SLAPD=…; go test -p 1 ./auth/...
#     bash .ci/directories.sh down DIR   stops them
set -euo pipefail
cd "$(dirname "$0")/.."
SERVERS="${COFFRE_SHARED:-$PWD/../shared}/real-servers"

need_packages() {
  local missing=()
  for p in samba samba-ad-provision samba-dsdb-modules samba-vfs-modules winbind krb5-user ldb-tools python3-samba slapd ldap-utils bc openssl; do
    dpkg -s "$p" > /dev/null 2>&1 || missing+=("$p")
  done
  [ ${#missing[@]} = 0 ] && return
  echo "installing ${missing[*]}" >&2
  apt-get update -qq > /dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
}

up() {
  mkdir -p "$1"
  need_packages
  bash "$SERVERS/ad-up.sh" "$1/ad" 127.0.10.1 >&2
  /usr/bin/python3 "$SERVERS/ad-seed.py" "$1/ad" >&2
  bash "$SERVERS/slapd-up.sh" "$1/slapd" 127.0.10.2 >&2
  echo "export COFFRE_TEST_AD=$1/ad COFFRE_TEST_SLAPD=$1/slapd"
}

# down ends Samba with its children, and slapd, by the pids that they wrote.
down() {
  local pid
  for f in "$1/ad/samba.pid" "$1/slapd/slapd.pid"; do
    if [ -f "$f" ] && pid=$(cat "$f") && kill -0 "$pid" 2> /dev/null; then
      kill -- "-$pid" 2> /dev/null || kill "$pid"
      for _ in $(seq 50); do kill -0 "$pid" 2> /dev/null || break; sleep 0.1; done
    fi
  done
}

# run_tests prints the table of ways to sign in, and how long a leaver stays.
run_tests() {
  go test -count=1 -p 1 -timeout 10m -run 'Real' -v ./auth/ldap ./auth | grep -vE '^(=== |    --- PASS|\s*$)'
  mkdir -p .cache
  go build -o .cache/coffre .
  COFFRE="$PWD/.cache/coffre" timeout -k 10 400 node .ci/directory/leaver.mjs
}

case "${1:-}" in
  up) up "${2:?directory}" ;;
  down) down "${2:?directory}" ;;
  test)
    if [ -n "${COFFRE_TEST_AD:-}" ]; then
      run_tests
      exit
    fi
    if [ "$(id -u)" != 0 ] || [ ! -d "$SERVERS" ]; then
      echo "real directories need root and $SERVERS: not tested against any"
      exit 0
    fi
    # Neither short nor long: Samba's sockets have names of at most 107 bytes.
    dir=$(mktemp -d /tmp/coffre-dir.XXXXXX)
    trap 'down "$dir"; rm -rf "$dir" 2> /dev/null || { sleep 2; rm -rf "$dir"; }' EXIT
    eval "$(up "$dir")"
    run_tests
    ;;
  *) sed -n '2,8s/^# \?//p' "$0"; exit 2 ;;
esac
