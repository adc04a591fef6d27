//go:build amd64 || arm64

package vectors

// dotRowsSIMD is dotRows over count rows of n components.
//
//go:noescape
func dotRowsSIMD(q, rows *int8, n, count int, out *int32)
