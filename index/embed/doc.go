// Package embed is the embedder that coffre carries: all-MiniLM-L6-v2 in pure
// Go with assembly kernels (AVX2 and FMA on amd64, NEON on arm64, Go elsewhere),
// so that search by meaning works on a box without any model runtime.
//
// The room's rule: a text goes in, a vector comes out, and nothing is kept or
// logged. The whole text counts: what doesn't fit a window goes into the next.
//
// The weights (assets/minilm.bin, package weights, made by convert) are int8
// with a scale a row and stay in the executable's read-only pages; a panel of 16
// outputs is widened to f32 in the first-level cache just before its use.
// Activations are f32 throughout: rounding them to int8 as well took the worst
// golden cosine from 0.9988 to 0.9929, and f32 is fast enough (0.22 to 0.3 ms of
// processor time a token with AVX2, a tenth or less of Ollama's on the same machine).
//
// Tests. `go test ./index/embed/...` checks kernels against portable Go, and
// vectors against golden ones from a real Ollama. More is checked where there is
// more to check with:
//
//	COFFRE_SHARED=/…/shared                 (default: beside the tree) the original fp16
//	                                        weights, computed in f32
//	COFFRE_TEST_OLLAMA=http://127.0.0.1:…   golden vectors and speed beside a real Ollama
//	                                        (.ci/ollama.sh starts one)
//
// NEON on another machine (apt-get install qemu-user-static):
//
//	GOARCH=arm64 CGO_ENABLED=0 go test -c -o embed.test ./index/embed
//	cd index/embed && qemu-aarch64-static ../../embed.test -test.short -test.run 'Kernels|Softmax|GoldenQ|Meaning'
package embed
