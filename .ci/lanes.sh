# Two lanes of stages beside each other, each in a tree of its own, then what wants the machine for itself: on two cores that
# takes two thirds of the time that they take one after another. Sourced by .ci/run after .ci/stages.sh.

# run_lanes SCRIPT "STAGES" "STAGES" "STAGES": the first two beside each other, the third alone. The second lane runs in a copy
# of what git knows of this tree, and is printed once it has ended. Ends with the count of all.
run_lanes() {
  local script=$1 copy out rev all=$SECONDS beside="" bad
  copy=$(mktemp -d) out=$(mktemp -d)
  trap "rm -rf '$copy' '$out'" EXIT
  rev=$(git stash create 2> /dev/null) || true
  if git clone -q --shared --no-checkout . "$copy/t" && git -C "$copy/t" checkout -q --detach "${rev:-$(git rev-parse HEAD)}"; then
    ln -s "$(cd "$SHARED" && pwd)" "$copy/shared" 2> /dev/null || true
    (cd "$copy/t" && CACHE="$CACHE" bash "$script" $3 > "$out/second" 2>&1) &
    beside=$!
    show "$out/first" "$script" $2
    wait "$beside" || true
    cat "$out/second"
  else # no copy can be made: one lane
    show "$out/first" "$script" $2 $3
  fi
  show "$out/third" "$script" $4
  bad=$(sed -nE 's/^--- ([a-z_]+): FAILED after .*/\1/p' "$out"/*)
  again "$out" $bad
  local passed
  passed=$(grep -hcE '^--- [a-z_]+: [0-9]+ s$' "$out"/* | awk '{ n += $1 } END { print n }')
  local wanted
  wanted=$(wc -w <<< "$2 $3 $4")
  echo "=== all stages: $((SECONDS - all)) s${bad:+; failed: $(echo $bad)}"
  echo "$passed passed, $((wanted - passed)) failed"
  [ "$passed" = "$wanted" ]
}

# again FOLDER STAGE…: what stages that failed said, once more: of a long run, often only the end is kept.
again() {
  local folder=$1 stage
  shift
  for stage in "$@"; do
    echo "=== what $stage said before it failed"
    sed -n "/^=== $stage\$/,/^--- $stage: FAILED/p" "$folder"/* | grep -aE 'FAIL|PROBLEM|^panic|^not ok|^!|Error|\.go:[0-9]+:' | tail -n 40
    sed -n "/^=== $stage\$/,/^--- $stage: FAILED/p" "$folder"/* | tail -n 25
  done
}

# show FILE SCRIPT STAGE…: runs stages into a file and prints it as it grows. Not through a pipe: what a stage that failed leaves
# running would hold it open.
show() {
  local file=$1 lane
  shift
  : > "$file"
  bash "$@" > "$file" 2>&1 < /dev/null &
  lane=$!
  tail -n +1 -s 0.5 -f --pid="$lane" "$file"
  wait "$lane" || true
}
