package vectors

import (
	"math/rand/v2"
	"testing"
)

// TestDotRows compares the kernel of this processor and the portable one with
// plain sums, extremes included.
func TestDotRows(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	draw := func(n int, extreme bool) []int8 {
		v := make([]int8, n)
		for i := range v {
			v[i] = int8(rnd.IntN(256) - 128)
			if extreme {
				v[i] = -128
			}
		}
		return v
	}
	for _, n := range []int{32, 64, 96, 384, 768, 1024, MaxDim} {
		for count := range 10 {
			extreme := count == 9
			q, rows := draw(n, extreme), draw(n*count, extreme)
			want := make([]int32, count)
			for r := range want {
				for i := range q {
					want[r] += int32(q[i]) * int32(rows[r*n+i])
				}
			}
			for name, dot := range map[string]func(q, rows []int8, out []int32){"dotRows": dotRows, "portable": dotRowsPortable} {
				got := make([]int32, count+1) // one more, which must stay as it is
				got[count] = 77
				dot(q, rows, got[:count])
				for r := range want {
					if got[r] != want[r] {
						t.Fatalf("%s, %d × %d: row %d is %d, want %d", name, count, n, r, got[r], want[r])
					}
				}
				if got[count] != 77 {
					t.Fatalf("%s wrote beyond its rows", name)
				}
			}
		}
	}
}

func TestDotRowsRefusesMisfits(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("rows that are too short were read")
		}
	}()
	dotRows(make([]int8, 32), make([]int8, 63), make([]int32, 2))
}

func BenchmarkDotRows(b *testing.B) {
	q, rows, out := make([]int8, 384), make([]int8, 384*1024), make([]int32, 1024)
	for name, dot := range map[string]func(q, rows []int8, out []int32){"dotRows": dotRows, "portable": dotRowsPortable} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(384 * 1024)
			for b.Loop() {
				dot(q, rows, out)
			}
		})
	}
}

// TestDotGather compares each kernel over scattered rows with the one over
// neighbours.
func TestDotGather(t *testing.T) {
	rnd := rand.New(rand.NewPCG(6, 6))
	for _, n := range []int{32, 64, 96, 384, 1024, MaxDim} {
		q, rows := make([]int8, n), make([]int8, n*gatherMost)
		for _, v := range [][]int8{q, rows} {
			for i := range v {
				v[i] = int8(rnd.IntN(256) - 128)
			}
		}
		var want [gatherMost]int32
		dotRowsPortable(q, rows, want[:])
		for _, count := range []int{1, 2, 3, 4, 5, 7, 8, 33, gatherMost} {
			for name, dot := range gatherKernels() {
				var l rowList
				order := rnd.Perm(gatherMost)[:count]
				for _, r := range order {
					l.add(uint32(r), rows[r*n:][:n])
				}
				dot(&l, q)
				for i, r := range order {
					if l.dots[i] != want[r] {
						t.Fatalf("%s, %d of %d: row %d is %d, want %d", name, count, n, r, l.dots[i], want[r])
					}
				}
			}
		}
	}
}

func BenchmarkDotGather(b *testing.B) {
	rnd := rand.New(rand.NewPCG(7, 7))
	const count = 50_000
	q, rows := make([]int8, 384), make([]int8, 384*count)
	for name, dot := range gatherKernels() {
		b.Run(name, func(b *testing.B) {
			var l rowList
			for b.Loop() {
				l.n = 0
				for range 16 {
					r := rnd.IntN(count)
					l.add(uint32(r), rows[r*384:][:384])
				}
				dot(&l, q)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(16*b.N), "ns/row")
		})
	}
}
