package store

import (
	"bytes"
	"encoding/binary"
	"time"

	"coffre/chain"
)

// A term or a waiting period must not end because somebody set the clock
// forward, or because the machine lay switched off where nobody could see the
// notice. So time is counted along the entries: what lies between two of them,
// less a step of the clock, and at most a day and a bit, since a running box
// writes at least one entry a day.

const (
	countedGap = 26 * time.Hour     // of the time between two entries
	doubtGap   = 3 * 24 * time.Hour // a longer one could be a step while the box was off
	doubtLasts = 7 * 24 * time.Hour // audit-chain.md, member time
)

var keyClockTrusted = []byte("clock_trusted")

// moment is an entry's place in time.
type moment struct {
	seq  uint64
	made time.Time     // wall clock
	step time.Duration // of a clock.step entry
}

// eachMoment calls fn for the entries from the newest to the oldest, pruned ones
// left out, until it returns false.
func (v *View) eachMoment(fn func(moment) bool) error {
	c := v.tx.Bucket([]byte("entries")).Cursor()
	for k, b := c.Last(); k != nil && len(b) > 32; k, b = c.Prev() {
		m, err := readMoment(b[32:])
		if err != nil {
			return err
		}
		m.seq = binary.BigEndian.Uint64(k)
		if !fn(m) {
			return nil
		}
	}
	return nil
}

var (
	stepStart   = []byte(`{"action":"clock.step",`)
	payloadEnd  = []byte(`","v":1}`)
	payloadTime = []byte(`,"time":"`)
	payloadSkew = []byte(`,"skew_ms":`)
)

const payloadTimeLen = len("2026-01-15T09:00:00.000Z")

// readMoment reads a canonical payload, whose members are in order: the time is
// at its end. Whatever looks different is read in full.
func readMoment(raw []byte) (moment, error) {
	at := len(raw) - len(payloadEnd) - payloadTimeLen
	if at > len(payloadTime) && bytes.HasSuffix(raw, payloadEnd) && bytes.HasSuffix(raw[:at], payloadTime) && !bytes.HasPrefix(raw, stepStart) {
		head := raw[max(0, at-40):at]
		made, err := time.Parse(time.RFC3339Nano, string(raw[at:at+payloadTimeLen]))
		if err == nil && !bytes.Contains(head, payloadSkew) {
			return moment{made: made}, nil
		}
	}
	p, err := chain.ParsePayload(bytes.Clone(raw))
	if err != nil {
		return moment{}, Fail(Corrupt, "damaged").Because(err)
	}
	m := moment{made: madeAt(p)}
	if p.Action == chain.ClockStep {
		ms, _ := p.Detail["step_ms"].(int64)
		m.step = time.Duration(ms) * time.Millisecond
	}
	return m, nil
}

// between returns how long it was from one entry to a later one, without a step.
func (m moment) between(later moment) time.Duration {
	return max(0, later.made.Sub(m.made)-later.step)
}

// countedSince is how much time has passed since an entry for somebody who waits.
func (v *View) countedSince(seq uint64, now time.Time) (time.Duration, error) {
	later, total, found := moment{made: now}, time.Duration(0), false
	err := v.eachMoment(func(m moment) bool {
		total += min(countedGap, m.between(later))
		later, found = m, m.seq <= seq
		return !found
	})
	if !found {
		return 0, err
	}
	return total, err
}

// clockDoubt returns for how long nothing may be deleted yet because the clock
// was set forward, or may have been while the box was off; 0 where all is well.
// A step that was taken back since counts for nothing.
func (v *View) clockDoubt(now time.Time) (wait time.Duration, err error) {
	trusted := uint64(0)
	if b := v.getCopy("meta", keyClockTrusted); len(b) == 8 {
		trusted = binary.BigEndian.Uint64(b)
	}
	later, counted, net := moment{made: now}, time.Duration(0), time.Duration(0)
	err = v.eachMoment(func(m moment) bool {
		gap := m.between(later)
		if gap > doubtGap {
			wait = doubtLasts - counted
			return false
		}
		counted += gap
		if counted >= doubtLasts || m.seq <= trusted {
			return false
		}
		if net += m.step; m.step > 0 && net > clockStep {
			wait = doubtLasts - counted
			return false
		}
		later = m
		return true
	})
	return max(0, wait), err
}

// trustClock ends a doubt about everything up to now.
func (tx *Tx) trustClock() error { return tx.putRaw("meta", keyClockTrusted, u64(tx.Seq)) }
