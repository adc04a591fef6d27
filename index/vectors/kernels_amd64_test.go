package vectors

// gatherKernels lists what this processor can run.
func gatherKernels() map[string]func(l *rowList, q []int8) {
	kernels := map[string]func(l *rowList, q []int8){"portable": (*rowList).dotGatherPortable}
	run := func(kernel func(q *int8, rows **int8, n, count int, out *int32)) func(l *rowList, q []int8) {
		return func(l *rowList, q []int8) {
			for i := l.n; i&3 != 0; i++ {
				l.rows[i] = l.rows[0]
			}
			kernel(&q[0], &l.rows[0], len(q), (l.n+3)&^3, &l.dots[0])
		}
	}
	if accelerated {
		kernels["AVX2"] = run(dotGatherAVX2)
	}
	if wide {
		kernels["AVX-512"] = run(dotGatherAVX512)
	}
	return kernels
}
