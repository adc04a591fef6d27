package embed

import "golang.org/x/sys/cpu"

//go:noescape
func gemmAVX2(c []float32, ldc int, a []float32, lda int, b []float32, k int)

//go:noescape
func widenAVX2(dst []float32, src []int8, scale []float32, k int)

//go:noescape
func geluAVX2(x []float32)

//go:noescape
func softmaxAVX2(x []float32) float32

//go:noescape
func addNormAVX2(x, y, gain, bias []float32)

// native returns the fastest kernels of this machine.
func native() kernels {
	if !cpu.X86.HasAVX2 || !cpu.X86.HasFMA {
		return portable
	}
	return kernels{
		name:    "avx2",
		gemm:    gemmAVX2,
		widen:   widenAVX2,
		gelu:    geluAVX2,
		softmax: softmaxAVX2,
		addNorm: addNormAVX2,
	}
}
