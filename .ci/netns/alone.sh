# In a namespace whose only interface, the loopback, is down.
set -euo pipefail
[ "$(ip -o link show up | wc -l)" = 0 ] || { echo "an interface is up"; exit 1; }
export COFFRE_DATA="$WORK/alone" HOME="$WORK"
"$COFFRE" serve --listen :18751 --json > "$WORK/alone.out" 2> "$WORK/alone.err" &
pid=$!
for _ in $(seq 600); do
  [ -s "$WORK/alone.out" ] && break
  kill -0 $pid 2> /dev/null || { cat "$WORK/alone.err"; exit 1; }
  sleep 0.1
done
grep -q setup "$WORK/alone.out" || { echo "no set-up link: $(cat "$WORK/alone.out")"; exit 1; }
kill $pid && wait $pid
echo correct-horse-battery > "$WORK/password"
"$COFFRE" init --firm Seul --admin "Claire Seul" --login claire --password-file "$WORK/password" --json > "$WORK/alone.init" 2>> "$WORK/alone.err" \
  || { cat "$WORK/alone.err"; exit 1; }
"$COFFRE" serve --listen :18751 --json > "$WORK/alone.out" 2>> "$WORK/alone.err" &
pid=$!
for _ in $(seq 600); do [ -s "$WORK/alone.out" ] && break; sleep 0.1; done
[ -z "$("$COFFRE" egress list --json)" ] || { echo "a way is open that nobody opened"; exit 1; }
"$COFFRE" search bonjour --json > /dev/null
kill $pid && wait $pid
echo "netns: with every interface down the box starts, sets up, and answers on its local socket"
