package connectors

import "time"

// trail remembers what was written on a connection and isn't settled: it may
// still lie in a buffer of the network, where a broken connection leaves it. An
// entry is settled once the connection has lived on for a while, or the receiver
// has closed it in order, or more was written behind it than buffers hold. That is as much as can be known: syslog
// says nothing back.
type trail struct {
	marks []trailMark
	bytes int64
}

type trailMark struct {
	seq   uint64
	at    time.Time
	bytes int64 // written up to and including seq
}

const (
	trailStep  = time.Second // writes closer together share a mark
	trailBytes = 32 << 20
)

// add notes that everything up to seq was written, n bytes of it now.
func (t *trail) add(seq uint64, n int, now time.Time) {
	t.bytes += int64(n)
	m := trailMark{seq, now, t.bytes}
	if k := len(t.marks); k > 1 && now.Sub(t.marks[k-2].at) < trailStep {
		t.marks[k-1] = m
		return
	}
	t.marks = append(t.marks, m)
}

// settled drops what is settled and returns the last entry of it; ok is false
// where nothing new is.
func (t *trail) settled(now time.Time, after time.Duration) (seq uint64, ok bool) {
	for len(t.marks) > 0 && (now.Sub(t.marks[0].at) >= after || t.bytes-t.marks[0].bytes >= trailBytes) {
		seq, ok = t.marks[0].seq, true
		t.marks = t.marks[1:]
	}
	return seq, ok
}
