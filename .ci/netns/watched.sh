# In a namespace with a network that leads everywhere: the default route, for IPv4 and IPv6, and the name server, are a second namespace's,
# where the model runtime listens too. Every interface is captured from before the start to after the end.
set -euo pipefail
# unshare waits for its child whatever it is sent.
trap 'kill $(jobs -p) ${other:-} 2> /dev/null || true' EXIT
unshare --net --fork --kill-child sleep 1200 &
sleeper=$!
for _ in $(seq 100); do
  other=$(pgrep -P $sleeper -x sleep || true)
  [ -n "$other" ] && [ "$(readlink /proc/$other/ns/net)" != "$(readlink /proc/self/ns/net)" ] && break
  sleep 0.05
done
there() { nsenter --net --target "$other" --preserve-credentials "$@"; }
ip link set lo up
ip link add box0 type veth peer name far0
ip link set far0 netns "$other"
ip addr add 10.77.0.1/24 dev box0 && ip -6 addr add fd77::1/64 dev box0 nodad && ip link set box0 up
there ip link set lo up
there ip addr add 10.77.0.2/24 dev far0 && there ip -6 addr add fd77::2/64 dev far0 nodad && there ip link set far0 up
ip route add default via 10.77.0.2 && ip -6 route add default via fd77::2
printf 'nameserver 10.77.0.2\nnameserver fd77::2\noptions timeout:1 attempts:1\n' > "$WORK/resolv.conf"
mount --bind "$WORK/resolv.conf" "$(realpath /etc/resolv.conf)"
nsenter --net --target "$other" --preserve-credentials node .ci/netns/runtime.mjs 10.77.0.2 11434 > "$WORK/runtime.out" &
runtime=$!
if [ "$CAPTURE" = dumpcap ]; then
  dumpcap -q -i any -s 96 -w "$WORK/all.pcap" 2> "$WORK/tcpdump.err" &
else
  tcpdump -Z root -i any -n -s 96 -U -w "$WORK/all.pcap" 2> "$WORK/tcpdump.err" &
fi
dump=$!
for _ in $(seq 100); do grep -qE "listening|File:" "$WORK/tcpdump.err" && break; sleep 0.1; done
grep -qE "listening|File:" "$WORK/tcpdump.err" || { cat "$WORK/tcpdump.err"; exit 1; }
export HOME="$WORK" HTTP_PROXY=http://10.77.0.9:3128 HTTPS_PROXY=http://10.77.0.9:3128 ALL_PROXY=http://10.77.0.9:3128
status=0
COFFRE=$COFFRE WORK=$WORK node .ci/netns/use.mjs || status=$?
# The capture sees what it should: planted after the box has ended, from an address of its own to tell them apart.
sleep 1
ip addr add 10.77.0.200/24 dev box0
node -e '
  const { createSocket } = require("dgram"), s = createSocket("udp4");
  s.bind(0, "10.77.0.200", () => s.send(Buffer.from("000101000001000000000000056c6f73743107636f66667265000001000100", "hex").subarray(0, 30), 53, "10.77.0.2", () => s.close()));'
sleep 1
kill -INT $dump && wait $dump || true
kill $runtime $sleeper 2> /dev/null || true
[ $status = 0 ] || exit $status
tcpdump -n -r "$WORK/all.pcap" 2> /dev/null > "$WORK/all.txt"
node .ci/netns/judge.mjs "$WORK/all.txt"
