package chain

// twoLanes tells whether this processor hashes two messages side by side.
var twoLanes = func() bool {
	const ssse3, sse41, sha = 1 << 9, 1 << 19, 1 << 29
	first, seventh := cpuFeatures()
	return first&ssse3 != 0 && first&sse41 != 0 && seventh&sha != 0
}()

// cpuFeatures returns CPUID's answers that say which instructions there are.
func cpuFeatures() (leaf1ECX, leaf7EBX uint32)

// twoBlocks takes so many blocks of 64 bytes of two messages, at least one.
//
//go:noescape
func twoBlocks(a, b *laneState, pa, pb *byte, blocks int)

// swapBytes turns the bytes of four words round.
var swapBytes = [16]byte{3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12}
