//go:build !amd64

package chain

// One message at a time, by crypto/sha256: its code for these processors is
// good, and two lanes were never measured on one.
const twoLanes = false

func twoBlocks(_, _ *laneState, _, _ *byte, _ int) { panic("unreachable: no second lane") }
