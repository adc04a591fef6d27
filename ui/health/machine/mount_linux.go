package machine

import (
	"strconv"
	"strings"
)

// mount is a line of /proc/self/mountinfo (proc_pid_mountinfo(5)).
type mount struct {
	device       string // major:minor
	point        string
	kind, source string
	options      string // of the file system
}

func (m mount) option(name string) string {
	for o := range strings.SplitSeq(m.options, ",") {
		if key, value, ok := strings.Cut(o, "="); ok && key == name {
			return value
		}
	}
	return ""
}

// parseMounts reads mountinfo; lines that are none are left out.
func parseMounts(text string) (out []mount) {
	for line := range strings.Lines(text) {
		before, after, ok := strings.Cut(strings.TrimSpace(line), " - ")
		f, g := strings.Fields(before), strings.Fields(after)
		if !ok || len(f) < 6 || len(g) < 2 {
			continue
		}
		m := mount{device: f[2], point: unescapeMount(f[4]), kind: g[0], source: unescapeMount(g[1])}
		if len(g) > 2 {
			m.options = unescapeMount(g[2])
		}
		out = append(out, m)
	}
	return out
}

// unescapeMount turns \040 and the like back: the kernel writes spaces so.
func unescapeMount(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// mountOf is the mount that a path without links lies in: the longest point that
// holds it, of several on one point the last.
func mountOf(all []mount, path string) (best mount, ok bool) {
	for _, m := range all {
		inside := m.point == "/" || path == m.point || strings.HasPrefix(path, m.point+"/")
		if inside && (!ok || len(m.point) >= len(best.point)) {
			best, ok = m, true
		}
	}
	return best, ok
}
