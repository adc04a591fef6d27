package embed

import (
	"math"
	"math/rand/v2"
	"testing"
)

func numbers(r *rand.Rand, n int, scale float32) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(r.NormFloat64()) * scale
	}
	return out
}

// near fails where got and want differ by more than tol, relative above 1.
func near(t *testing.T, what string, got, want []float32, tol float64) {
	t.Helper()
	for i := range want {
		g, w := float64(got[i]), float64(want[i])
		if !(math.Abs(g-w) <= tol*max(1, math.Abs(w))) {
			t.Fatalf("%s: value %d is %v, portable Go says %v", what, i, g, w)
		}
	}
}

// TestKernelsAgree compares the machine's kernels with the portable ones, and
// looks for writes beside the result.
func TestKernelsAgree(t *testing.T) {
	k := native()
	t.Log("kernels:", k.name)
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{4, 16, 32, 48, 256, 384} {
		lda, ldc := n+3, panel+5
		a, b, c := numbers(r, tile*lda, 1), numbers(r, n*panel, 1), numbers(r, tile*ldc, 1)
		got := append([]float32(nil), c...)
		gemmGo(c, ldc, a, lda, b, n)
		k.multiply(got, ldc, a, lda, b, n)
		near(t, "gemm", got, c, 1e-4)
	}
	for _, n := range []int{1, 2, 32, 384} {
		src := make([]int8, n*panel)
		for i := range src {
			src[i] = int8(r.IntN(255) - 127)
		}
		scale := numbers(r, panel, 0.01)
		got, want := numbers(r, n*panel+8, 1), make([]float32, n*panel)
		tail := append([]float32(nil), got[n*panel:]...)
		k.widen(got, src, scale, n)
		widenGo(want, src, scale, n)
		near(t, "widen", got, want, 0)
		near(t, "beyond widen", got[n*panel:], tail, 0)
	}
	for _, n := range []int{8, 16, 40, 256, 1536} {
		for _, scale := range []float32{0.1, 3, 40} {
			x := numbers(r, n+8, scale)
			check := func(what string, tol float64, f func(kernels, []float32)) {
				t.Helper()
				got, want := append([]float32(nil), x...), append([]float32(nil), x...)
				f(k, got[:n])
				f(portable, want[:n])
				near(t, what, got, want, tol)
			}
			check("gelu", 1e-6, func(k kernels, x []float32) { k.gelu(x) })
			check("softmax", 1e-5, func(k kernels, x []float32) { x[0] += k.softmax(x) })
			y, gain, bias := numbers(r, n, scale), numbers(r, n, 1), numbers(r, n, 1)
			check("addNorm", 1e-4, func(k kernels, x []float32) { k.addNorm(x, y, gain, bias) })
		}
	}
}

// TestKernelsAreRight compares with the definitions in float64.
func TestKernelsAreRight(t *testing.T) {
	for _, k := range []kernels{portable, native()} {
		var x []float32
		for v := -12.0; v < 12; v += 1.0 / 64 {
			x = append(x, float32(v))
		}
		want := make([]float32, len(x))
		for i, v := range x {
			want[i] = float32(0.5 * float64(v) * math.Erfc(-float64(v)/math.Sqrt2))
		}
		got := append([]float32(nil), x...)
		k.gelu(got)
		near(t, k.name+" gelu", got, want, 1e-6)
		var most, sum float64 = float64(x[len(x)-1]), 0
		for i, v := range x {
			e := math.Exp(float64(v) - most)
			want[i] = float32(e)
			sum += e
		}
		got = append([]float32(nil), x...)
		near(t, k.name+" softmax sum", []float32{k.softmax(got)}, []float32{float32(sum)}, 1e-5)
		near(t, k.name+" softmax", got, want, 1e-6)
		for i, v := range got {
			if math.Abs(float64(v)-float64(want[i])) > 1e-6*float64(want[i])+1e-37 {
				t.Fatalf("%s: exp(%v) is %v, not %v", k.name, float64(x[i])-most, v, want[i])
			}
		}
	}
}

func TestSoftmaxMasked(t *testing.T) {
	for _, k := range []kernels{portable, native()} {
		x := []float32{1, 1, masked, masked, masked, masked, masked, masked}
		near(t, k.name+" softmax", []float32{k.softmax(x), x[0], x[2]}, []float32{2, 1, 0}, 1e-7)
	}
}

func BenchmarkKernels(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	a, w, c := numbers(r, tile*384, 1), numbers(r, 384*panel, 1), numbers(r, tile*panel, 1)
	q, scale, x := make([]int8, 384*panel), numbers(r, panel, 1), numbers(r, 1536, 1)
	one := numbers(r, 384, 1)
	for _, k := range []kernels{native(), portable} {
		b.Run(k.name+"/gemm", func(b *testing.B) {
			for b.Loop() {
				k.multiply(c, panel, a, 384, w, 384)
			}
			b.ReportMetric(float64(b.N)*2*tile*panel*384/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
		b.Run(k.name+"/widen", func(b *testing.B) {
			for b.Loop() {
				k.widen(w, q, scale, 384)
			}
		})
		b.Run(k.name+"/gelu", func(b *testing.B) {
			for b.Loop() {
				k.gelu(x)
			}
		})
		b.Run(k.name+"/softmax", func(b *testing.B) {
			for b.Loop() {
				k.softmax(x[:256])
			}
		})
		b.Run(k.name+"/addNorm", func(b *testing.B) {
			for b.Loop() {
				k.addNorm(one, x[:384], x[:384], x[:384])
			}
		})
	}
}
