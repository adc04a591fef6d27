package vectors

// accelerated: every arm64 processor has NEON.
var accelerated = true

// dotGatherSIMD is dotGather for any count.
//
//go:noescape
func dotGatherSIMD(q *int8, rows **int8, n, count int, out *int32)
