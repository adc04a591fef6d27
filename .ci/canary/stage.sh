# Secrets of every kind are planted in a real box, which is used hard; then everything that it wrote or said is searched.
# Another process of the same account, and a core dump, get nothing of its memory either.
stage_canary() {
  go test -count=1 -timeout 20m -run '^(TestCanar|TestMemoryIsClosed|TestAttacker)' -v . | grep -vE '^=== '
  go test -count=1 -run 'Rekey|Master|Holder|Passphrase|Downgrade' ./vault ./store
}
