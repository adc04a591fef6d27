package release

import (
	"cmp"
	"strconv"
	"strings"
)

// number is a version after semver.org 2.0.0, without build metadata.
type number struct {
	part [3]uint64
	pre  []string
}

func parseVersion(s string) (n number, ok bool) {
	if len(s) > 64 {
		return n, false
	}
	core, pre, has := strings.Cut(s, "-")
	if has {
		n.pre = strings.Split(pre, ".")
	}
	parts := strings.Split(core, ".")
	if len(parts) != 3 {
		return n, false
	}
	for i, p := range parts {
		if n.part[i], ok = decimal(p); !ok {
			return n, false
		}
	}
	for _, id := range n.pre {
		if id == "" || strings.Trim(id, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-") != "" {
			return n, false
		}
	}
	return n, true
}

// decimal is a number without leading noughts.
func decimal(s string) (uint64, bool) {
	if s == "" || len(s) > 1 && s[0] == '0' || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	v, err := strconv.ParseUint(s, 10, 64)
	return v, err == nil
}

// Newer tells whether version a comes after b (semver.org, 11). What is no
// version comes before any.
func Newer(a, b string) bool {
	x, okA := parseVersion(a)
	y, okB := parseVersion(b)
	if !okA || !okB {
		return okA && !okB
	}
	return x.compare(y) > 0
}

func (n number) compare(m number) int {
	for i := range n.part {
		if c := cmp.Compare(n.part[i], m.part[i]); c != 0 {
			return c
		}
	}
	switch {
	case len(n.pre) == 0 || len(m.pre) == 0:
		return cmp.Compare(len(m.pre), len(n.pre)) // a release comes after its trials
	}
	for i := range min(len(n.pre), len(m.pre)) {
		if c := comparePart(n.pre[i], m.pre[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(n.pre), len(m.pre))
}

func comparePart(a, b string) int {
	x, numA := decimal(a)
	y, numB := decimal(b)
	switch {
	case numA && numB:
		return cmp.Compare(x, y)
	case numA:
		return -1
	case numB:
		return 1
	}
	return strings.Compare(a, b)
}
