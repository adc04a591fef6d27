//go:build !amd64 && !arm64

package embed

// native returns the fastest kernels of this machine.
func native() kernels { return portable }
