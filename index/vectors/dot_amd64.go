package vectors

import "golang.org/x/sys/cpu"

// accelerated tells that the processor has AVX2.
var accelerated = cpu.X86.HasAVX2
