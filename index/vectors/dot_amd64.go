package vectors

import "golang.org/x/sys/cpu"

// accelerated tells that the processor has AVX2, wide that it has AVX-512 with
// operations on bytes and words too.
var (
	accelerated = cpu.X86.HasAVX2
	wide        = cpu.X86.HasAVX2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL
)

// dotGatherAVX2 is dotGather for a count that is a multiple of four.
//
//go:noescape
func dotGatherAVX2(q *int8, rows **int8, n, count int, out *int32)

// dotGatherAVX512 is the same, 32 components at a time.
//
//go:noescape
func dotGatherAVX512(q *int8, rows **int8, n, count int, out *int32)

func dotGatherSIMD(q *int8, rows **int8, n, count int, out *int32) {
	if wide {
		dotGatherAVX512(q, rows, n, count, out)
		return
	}
	dotGatherAVX2(q, rows, n, count, out)
}
