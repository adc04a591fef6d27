package vectors

import "unsafe"

// gatherMost is how many rows one call of dotGather takes.
const gatherMost = 64

// rowList names rows that lie anywhere in a set's memory, each of the query's
// length, and takes their dot products. It has room for what a kernel that
// works on four rows at once reads and writes beyond the last.
type rowList struct {
	n    int
	ids  [gatherMost]uint32
	rows [gatherMost + 4]*int8
	dots [gatherMost + 4]int32
}

// dotGather computes the dot product of q with each of the first n rows. The
// length of q is a multiple of 32 and at most MaxDim.
func (l *rowList) dotGather(q []int8) {
	if l.n == 0 {
		return
	}
	if !accelerated {
		l.dotGatherPortable(q)
		return
	}
	for i := l.n; i&3 != 0; i++ {
		l.rows[i] = l.rows[l.n-1]
	}
	dotGatherSIMD(&q[0], &l.rows[0], len(q), (l.n+3)&^3, &l.dots[0])
}

func (l *rowList) dotGatherPortable(q []int8) {
	for i, row := range l.rows[:l.n] {
		dotRowsPortable(q, unsafe.Slice(row, len(q)), l.dots[i:i+1])
	}
}
