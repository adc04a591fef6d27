//go:build !amd64 && !arm64

package vectors

const accelerated = false

func dotRowsSIMD(_, _ *int8, _, _ int, _ *int32) {}

func dotGatherSIMD(_ *int8, _ **int8, _, _ int, _ *int32) {}
