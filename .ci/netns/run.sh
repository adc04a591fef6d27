#!/usr/bin/env bash
# The box in a network namespace of its own, with every packet on every interface captured:
#     COFFRE=path/to/coffre .ci/netns/run.sh
# Needs util-linux, iproute2, tcpdump and node, and either root or user namespaces (unshare -r). Where neither is had, it says so in
# one line and ends with 75: then nothing was shown. NETNS_REQUESTS (3000) is how many requests the use at speed makes.
set -euo pipefail
cd "$(dirname "$0")/../.."
COFFRE=$(realpath "${COFFRE:?the path of a coffre}")
for tool in unshare ip nsenter tcpdump node; do
  command -v "$tool" > /dev/null || { echo "netns: $tool is missing here: not shown"; exit 75; }
done
# Root needs no user namespace, and tcpdump gives its rights back in none; dumpcap (of wireshark-common) captures there.
spaces=(--net --mount --fork --kill-child) capture=tcpdump
if [ "$(id -u)" != 0 ]; then
  spaces=(--user --map-root-user "${spaces[@]}") capture=dumpcap
fi
if ! command -v $capture > /dev/null; then
  echo "netns: $capture is missing here: not shown"
  exit 75
fi
if ! unshare "${spaces[@]}" true 2> /dev/null; then
  echo "netns: this machine gives no network namespace to user $(id -un) (neither root nor user namespaces): not shown"
  exit 75
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Without the network there is nothing to reach and nothing to answer on; the box starts all the same, and its local socket serves.
COFFRE=$COFFRE WORK="$work" CAPTURE=$capture unshare "${spaces[@]}" bash .ci/netns/alone.sh
# Then with a network that leads everywhere, so that a stray packet would be sent and seen.
COFFRE=$COFFRE WORK="$work" CAPTURE=$capture unshare "${spaces[@]}" bash .ci/netns/watched.sh
