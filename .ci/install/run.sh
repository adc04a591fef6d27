#!/usr/bin/env bash
# The ten-minute install of docs/admin, by the clock: a bare Debian with a systemd of its own and no network, from the file to the
# first cited answer; then what a box has to outlive: kill -9, power-off, an update from a signed file, its removal.
#     .ci/install/run.sh
# Needs root, go, node, debootstrap and systemd-nspawn. Debian's packages are fetched once, into ${COFFRE_CACHE:-~/.cache/coffre}. Where
# no machine can be booted, it says so in one line and ends with 75: then nothing was shown.
set -euo pipefail
cd "$(dirname "$0")/../.."
cache="${COFFRE_CACHE:-$HOME/.cache/coffre}"
seed="$cache/bare-bookworm.tar"
work=$(mktemp -d)
machine=""
end() {
  [ -z "$machine" ] || kill "$machine" 2> /dev/null || true
  wait 2> /dev/null || true
  rm -rf "$work"
}
trap end EXIT
[ "$(id -u)" = 0 ] || { echo "install: needs root to boot a machine: not shown"; exit 75; }

# Two versions of this tree, that know one key.
CGO_ENABLED=0 go build -o "$work/release" .ci/release/release.go
"$work/release" key --out "$work/key" > "$work/public"
echo - > "$work/notes"
for v in 1.0.0 1.1.0; do
  CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$v -X main.releaseKeys=$(cat "$work/public")" -o "$work/coffre-$v" .
done
"$work/release" make --version 1.1.0 --fr "$work/notes" --en "$work/notes" --key "$work/key" \
  --program "linux/$(go env GOARCH)=$work/coffre-1.1.0" --out "$work/coffre-1.1.0.coffre"

if [ ! -f "$seed" ]; then
  mkdir -p "$cache"
  debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus bookworm "$work/root" > "$work/debootstrap.out" 2>&1 ||
    { tail -5 "$work/debootstrap.out"; exit 1; }
  tar -C "$work/root" -cf "$seed.part" . && mv "$seed.part" "$seed"
  rm -rf "$work/root"
fi
mkdir "$work/root" && tar -C "$work/root" -xf "$seed"

boot() {
  systemd-nspawn -q -D "$work/root" --register=no --keep-unit --private-network --machine=coffre-install --boot >> "$work/console" 2>&1 &
  machine=$!
}
boot
# inside COMMAND: in the machine, which has another first process after each boot.
inside() { nsenter --target "$(pgrep -P "$machine" -x systemd)" --all /bin/sh -c "cd /root; $1"; }
booted() {
  for _ in $(seq 300); do
    [[ $(inside 'systemctl is-system-running' 2> /dev/null) =~ running|degraded ]] && return
    sleep 0.1
  done
  return 1
}
if ! booted; then
  tail -5 "$work/console"
  echo "install: no machine boots under systemd-nspawn here: not shown"
  exit 75
fi

begun=$(date +%s%N)
install -m 755 "$work/coffre-1.0.0" "$work/root/root/coffre"
inside './coffre service install --listen :443 --http :80' > "$work/installed" 2>&1 || { cat "$work/installed"; exit 1; }
link=""
for _ in $(seq 100); do
  link=$(inside 'journalctl -u coffre --no-pager -o cat' | grep -om1 'https://[^ ]*/setup?token=[a-z0-9]*' || true)
  [ -n "$link" ] && break
  sleep 0.1
done
[ -n "$link" ] || { inside 'journalctl -u coffre --no-pager | tail -20'; echo "install: no set-up link in the journal"; exit 1; }
# box STEP: what a person does in the browser, from inside the machine's network.
box() {
  nsenter --target "$(pgrep -P "$machine" -x systemd)" --net env WORK="$work" BEGUN="$begun" LINK="$link" \
    CA="$work/root/var/lib/coffre/keys/ca.pem" node .ci/install/person.mjs "$1"
}
box first
inside 'systemd-analyze security coffre --no-pager' | tail -1
# A service that writes elsewhere than in its data, or gains rights, would be no service of this unit.
inside 'pid=$(systemctl show -p MainPID --value coffre); grep -q "^NoNewPrivs:.1" /proc/$pid/status && grep -q "^Seccomp:.2" /proc/$pid/status &&
  [ "$(stat -c %U /proc/$pid)" = coffre ]' || { echo "install: the service runs with more rights than its unit gives"; exit 1; }

inside 'systemctl kill -s KILL coffre'
box again
inside 'systemctl restart coffre'
box again
inside 'systemctl poweroff' 2> /dev/null || true
wait "$machine" || true
boot
booted || { tail -5 "$work/console"; echo "install: the machine does not come back"; exit 1; }
box again
cp "$work/coffre-1.1.0.coffre" "$work/root/media/"
inside 'setpriv --reuid=coffre --regid=coffre --clear-groups coffre update /media/coffre-1.1.0.coffre --data /var/lib/coffre' > "$work/update" 2>&1 ||
  { cat "$work/update"; inside 'journalctl -u coffre --no-pager | tail -20'; exit 1; }
box again
serves=$(inside 'readlink /proc/$(systemctl show -p MainPID --value coffre)/exe')
[[ $serves = /var/lib/coffre/updates/programs/* ]] || { cat "$work/update"; echo "install: after the update $serves serves"; exit 1; }
inside 'systemctl restart coffre'
box again
inside './coffre service uninstall' > /dev/null
inside '[ -f /var/lib/coffre/box.db ] && ! systemctl is-active -q coffre' || { echo "install: uninstalling did not stop the service, or took the data"; exit 1; }
echo "install: after kill -9, a restart, a power-off and an update the box answered as before; uninstalled, the data are there"
