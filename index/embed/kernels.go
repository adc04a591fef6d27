package embed

import "math"

// tile is the number of rows that gemm computes at once; scratch buffers are
// rounded up to it, and what stands in the rows above a window's last one is
// never read as a result.
const tile = 6

// panel is the number of columns that gemm computes at once (weights.Panel).
const panel = 16

// kernels are the inner loops, either the machine's or the portable ones. All
// sizes are in elements; callers guarantee that slices are long enough (gemm,
// the only one called with computed strides, is checked in multiply).
type kernels struct {
	name string
	// gemm adds A·B to C: C is tile rows of panel columns at distance ldc, A
	// tile rows of k columns at distance lda, B k rows of panel columns. k is
	// a multiple of 4.
	gemm func(c []float32, ldc int, a []float32, lda int, b []float32, k int)
	// widen writes k rows of panel columns, dst = src * scale[column].
	widen func(dst []float32, src []int8, scale []float32, k int)
	// gelu replaces x by x*Phi(x), with the exact error function's shape; the
	// length is a multiple of 8.
	gelu func(x []float32)
	// softmax replaces x by exp(x - max x) and returns the sum of that; the
	// length is a multiple of 8.
	softmax func(x []float32) float32
	// addNorm replaces x by the layer normalization of x+y (Ba, Kiros, Hinton
	// 2016; epsilon 1e-12); the length is a multiple of 8.
	addNorm func(x, y, gain, bias []float32)
}

// multiply calls gemm after checking that it stays inside the slices.
func (k *kernels) multiply(c []float32, ldc int, a []float32, lda int, b []float32, n int) {
	_ = c[(tile-1)*ldc+panel-1]
	_ = a[(tile-1)*lda+n-1]
	_ = b[n*panel-1]
	k.gemm(c, ldc, a, lda, b, n)
}

// constants are shared by all kernels. exp(x) = 2^n * p(r) with n = round(x/ln 2)
// and p the Taylor polynomial of degree 6 on |r| <= ln 2 / 2 (relative error
// under 2e-7); erfc as in Abramowitz and Stegun 7.1.26 (absolute error under
// 1.5e-7, below f32's own rounding here).
var constants = [...]float32{
	-87,            // 0: below it exp is taken as exp(-87)
	math.Log2E,     // 4
	0.693359375,    // 8: ln 2, upper part
	-2.1219444e-4,  // 12: ln 2, lower part
	1.0 / 720,      // 16
	1.0 / 120,      // 20
	1.0 / 24,       // 24
	1.0 / 6,        // 28
	0.5,            // 32
	1,              // 36
	math.Sqrt2 / 2, // 40
	0.3275911,      // 44
	1.061405429,    // 48
	-1.453152027,   // 52
	1.421413741,    // 56
	-0.284496736,   // 60
	0.254829592,    // 64
	1e-12,          // 68
}

// portable is what every machine can run and what the others are tested against.
var portable = kernels{
	name:    "portable",
	gemm:    gemmGo,
	widen:   widenGo,
	gelu:    geluGo,
	softmax: softmaxGo,
	addNorm: addNormGo,
}

func gemmGo(c []float32, ldc int, a []float32, lda int, b []float32, k int) {
	for r := 0; r < tile; r += 2 {
		upper, lower := a[r*lda:][:k], a[(r+1)*lda:][:k]
		for j := 0; j < panel; j += 4 {
			var s0, s1, s2, s3, t0, t1, t2, t3 float32
			for i, u := range upper {
				l, w := lower[i], (*[4]float32)(b[i*panel+j:])
				s0 += u * w[0]
				s1 += u * w[1]
				s2 += u * w[2]
				s3 += u * w[3]
				t0 += l * w[0]
				t1 += l * w[1]
				t2 += l * w[2]
				t3 += l * w[3]
			}
			add4(c[r*ldc+j:], s0, s1, s2, s3)
			add4(c[(r+1)*ldc+j:], t0, t1, t2, t3)
		}
	}
}

func add4(c []float32, s0, s1, s2, s3 float32) {
	c = c[:4]
	c[0] += s0
	c[1] += s1
	c[2] += s2
	c[3] += s3
}

func widenGo(dst []float32, src []int8, scale []float32, k int) {
	scale = scale[:panel]
	for i := 0; i < k*panel; i += panel {
		d, s := dst[i:][:panel], src[i:][:panel]
		for j := range d {
			d[j] = float32(s[j]) * scale[j]
		}
	}
}

// expGo is exp(x) for x <= 0.
func expGo(x float32) float32 {
	x = max(x, constants[0])
	n := float32(math.RoundToEven(float64(x * constants[1])))
	r := x - n*constants[2] - n*constants[3]
	p := constants[4]
	p = p*r + constants[5]
	p = p*r + constants[6]
	p = p*r + constants[7]
	p = p*r + constants[8]
	p = p*r + 1
	p = p*r + 1
	return p * math.Float32frombits(uint32(int32(n)+127)<<23)
}

func geluGo(x []float32) {
	for i, v := range x {
		z := float32(math.Abs(float64(v))) * constants[10]
		t := 1 / (1 + constants[11]*z)
		p := constants[12]
		p = p*t + constants[13]
		p = p*t + constants[14]
		p = p*t + constants[15]
		p = p*t + constants[16]
		half := 0.5 * p * t * expGo(-z*z)
		if v >= 0 {
			half = 1 - half
		}
		x[i] = v * half
	}
}

func softmaxGo(x []float32) float32 {
	most := x[0]
	for _, v := range x {
		most = max(most, v)
	}
	var sum float32
	for i, v := range x {
		x[i] = expGo(v - most)
		sum += x[i]
	}
	return sum
}

func addNormGo(x, y, gain, bias []float32) {
	y, gain, bias = y[:len(x)], gain[:len(x)], bias[:len(x)]
	var sum float32
	for i := range x {
		x[i] += y[i]
		sum += x[i]
	}
	mean := sum / float32(len(x))
	var square float32
	for _, v := range x {
		square += (v - mean) * (v - mean)
	}
	f := 1 / float32(math.Sqrt(float64(square/float32(len(x))+constants[17])))
	for i, v := range x {
		x[i] = (v-mean)*f*gain[i] + bias[i]
	}
}
