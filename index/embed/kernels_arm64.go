package embed

//go:noescape
func gemmNEON(c []float32, ldc int, a []float32, lda int, b []float32, k int)

//go:noescape
func widenNEON(dst []float32, src []int8, scale []float32, k int)

//go:noescape
func geluNEON(x []float32)

//go:noescape
func softmaxNEON(x []float32) float32

//go:noescape
func addNormNEON(x, y, gain, bias []float32)

// native returns the fastest kernels of this machine: every arm64 has NEON.
func native() kernels {
	return kernels{
		name:    "neon",
		gemm:    gemmNEON,
		widen:   widenNEON,
		gelu:    geluNEON,
		softmax: softmaxNEON,
		addNorm: addNormNEON,
	}
}
