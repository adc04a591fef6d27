//go:build !amd64

package vectors

func gatherKernels() map[string]func(l *rowList, q []int8) {
	return map[string]func(l *rowList, q []int8){"portable": (*rowList).dotGatherPortable, "dotGather": (*rowList).dotGather}
}
