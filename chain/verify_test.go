package chain

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// life is a log with everything in it: hand-overs, a restore, private parts.
func life(t testing.TB, seed uint64) *sample {
	s := newSample(t, seed).some(300)
	s.handover()
	s.some(900)
	s.handover()
	s.some(50)
	s.restore()
	s.some(1200)
	s.handover()
	return s.some(37)
}

func mustVerify(t testing.TB, export []byte, o VerifyOptions) Report {
	t.Helper()
	r, err := VerifyExport(bytes.NewReader(export), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestVerifySound(t *testing.T) {
	s := life(t, 1)
	key := VerifyOptions{FirstKey: s.first.Verifier()}
	last := s.tree.Size()
	live, err := VerifyLog(s, key)
	if err != nil {
		t.Fatal(err)
	}
	cut := life(t, 1)
	cut.pruned = 1100
	cut.act(AuditPrune, Detail{"to": 1100, "chain_hash": cut.hashes[1099].String()}, nil)
	cutLive, err := VerifyLog(cut, key)
	if err != nil {
		t.Fatal(err)
	}
	both := VerifyOptions{FirstKey: s.first.Verifier() + "\n" + s.recovery.Verifier() + "\n"}
	for name, c := range map[string]struct {
		r                       Report
		entries, pruned, cutter uint64
		authentic               bool
	}{
		"live":           {live, last, 0, 0, true},
		"live, pruned":   {cutLive, last + 1 - 1100, 1100, last + 1, false},
		"complete":       {mustVerify(t, s.export(false), key), last, 0, 0, true},
		"with private":   {mustVerify(t, s.export(true), key), last, 0, 0, true},
		"without a key":  {mustVerify(t, s.export(false), VerifyOptions{}), last, 0, 0, false},
		"pruned":         {mustVerify(t, cut.export(true), key), last + 1 - 1100, 1100, last + 1, false},
		"both keys":      {mustVerify(t, cut.export(true), both), last + 1 - 1100, 1100, last + 1, true},
		"slow reader":    {mustVerifyReader(t, iotest.OneByteReader(bytes.NewReader(newSample(t, 1).some(3).export(true))), key), 4, 0, 0, true},
		"no final break": {mustVerify(t, bytes.TrimSuffix(s.export(false), []byte("\n")), key), last, 0, 0, true},
	} {
		r := c.r
		if !r.OK || r.Fault != "" || r.Entries != c.entries || r.Pruned != c.pruned || r.PrunedBy != c.cutter || r.Authentic != c.authentic {
			t.Errorf("%s: %+v", name, r)
		}
		if name != "slow reader" && (len(r.Restored) != 1 || r.Restored[0] != Restore{1254, 1253, 1253} || r.Handovers != 4) {
			t.Errorf("%s: restored %+v, %d hand-overs", name, r.Restored, r.Handovers)
		}
		if r.OK && !r.Authentic && strings.Contains(name, "pruned") && r.Detail == "" {
			t.Errorf("%s: no word about the recovery key", name)
		}
	}
}

func mustVerifyReader(t testing.TB, r io.Reader, o VerifyOptions) Report {
	t.Helper()
	rep, err := VerifyExport(r, o)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

// TestVerifyTampered changes one line each, near and far from a segment's edges.
func TestVerifyTampered(t *testing.T) {
	s := life(t, 2)
	lines := bytes.SplitAfter(s.export(true), []byte("\n"))
	lines = lines[:len(lines)-1]
	last := uint64(len(lines)) - 1
	for _, seq := range []uint64{2, 3, 500, 1023, 1024, 1025, 1500, 2048, 2049, last} {
		for name, c := range map[string]struct {
			change func([][]byte) [][]byte
			seq    uint64
			faults string
		}{
			"edited": {replaceIn(seq, `"u-`, `"v-`), seq, FaultHash},
			"hash": {func(l [][]byte) [][]byte {
				at := bytes.Index(l[seq], []byte(`"chain_hash":"`)) + 14
				l[seq][at] ^= 1
				return l
			}, seq, FaultHash + FaultLine},
			"removed": {func(l [][]byte) [][]byte { return append(l[:seq], l[seq+1:]...) }, seq, FaultSequence + FaultTruncated},
			"doubled": {func(l [][]byte) [][]byte { return append(l[:seq+1], l[seq:]...) }, seq + 1, FaultSequence + FaultExtra},
			"cut":     {func(l [][]byte) [][]byte { return l[:seq] }, seq, FaultTruncated},
			"spaced":  {replaceIn(seq, `"payload":{`, `"payload":{ `), seq, FaultCanonical},
			"garbled": {replaceIn(seq, `{"chain`, `["chain`), seq, FaultLine},
			"bad byte": {func(l [][]byte) [][]byte {
				l[seq][bytes.Index(l[seq], []byte(`"u-`))+1] = 0xff
				return l
			}, seq, FaultHash + FaultCanonical},
			"extra member": {replaceIn(seq, `"payload"`, `"x":1,"payload"`), seq, FaultLine},
			"blank line": {func(l [][]byte) [][]byte {
				l[seq] = append([]byte("\n"), l[seq]...)
				return l
			}, seq, FaultLine},
		} {
			copied := make([][]byte, len(lines))
			for i := range lines {
				copied[i] = bytes.Clone(lines[i])
			}
			r := mustVerify(t, bytes.Join(c.change(copied), nil), VerifyOptions{FirstKey: s.first.Verifier()})
			if r.OK || r.FirstFault != c.seq || !strings.Contains(c.faults, r.Fault) || r.Entries != c.seq-1 {
				t.Errorf("%s at %d of %d: %+v", name, seq, last, r)
			}
		}
	}
}

func replaceIn(seq uint64, old, with string) func([][]byte) [][]byte {
	return func(l [][]byte) [][]byte {
		l[seq] = bytes.Replace(l[seq], []byte(old), []byte(with), 1)
		return l
	}
}

// TestVerifyEveryFlip flips bits all over a small export: whatever is accepted
// must say the same as the original.
func TestVerifyEveryFlip(t *testing.T) {
	s := newSample(t, 5).some(5)
	s.handover()
	s.some(3)
	for _, export := range [][]byte{
		s.export(true),
		s.filtered(map[string]any{"class": "answer"}, func(seq uint64) bool { return seq%2 == 0 }),
	} {
		accepted := 0
		for i := range export {
			export[i] ^= 1 << (i % 8)
			r, err := VerifyExport(bytes.NewReader(export), VerifyOptions{FirstKey: s.first.Verifier()})
			if err == nil && r.OK {
				accepted++
				if b := export[i]; b != ' ' && b != '\n' && b != '\t' && b != '\r' && !inFilter(export, i) && !unusedBits(export, i) {
					t.Errorf("byte %d changed to %q: %+v", i, b, r)
				}
			}
			export[i] ^= 1 << (i % 8)
		}
		t.Logf("%d of %d flips change nothing that matters", accepted, len(export))
	}
}

// inFilter says that byte i is in the header's filter, which nothing signs.
func inFilter(export []byte, i int) bool {
	from := bytes.Index(export, []byte(`"filter":`))
	to := bytes.Index(export, []byte(`,"first":`))
	return from >= 0 && i > from && i < to
}

// unusedBits says that byte i is the last base64 digit of a signature, whose low
// bits mean nothing.
func unusedBits(export []byte, i int) bool {
	return bytes.HasPrefix(export[i+1:], []byte(`=\n`))
}

func TestVerifyHandoverFaults(t *testing.T) {
	s := life(t, 4)
	stranger, err := NewSigner(s.first.Name())
	if err != nil {
		t.Fatal(err)
	}
	resign := func(h *Header, i int, keys ...*Signer) {
		c, _, err := OpenCheckpoint(h.Handovers[i].Note)
		if err != nil {
			t.Fatal(err)
		}
		h.Handovers[i].Note, _ = c.Sign(keys...)
	}
	for name, c := range map[string]struct {
		change func(*Header)
		fault  string
	}{
		"old key missing":    {func(h *Header) { resign(h, 0, stranger) }, FaultHandoverSigned},
		"restore, wrong key": {func(h *Header) { resign(h, 2, stranger) }, FaultHandoverSigned},
		"one left out":       {func(h *Header) { h.Handovers = append(h.Handovers[:1], h.Handovers[2:]...) }, FaultHandoverMissing},
		"last left out":      {func(h *Header) { h.Handovers = h.Handovers[:3] }, FaultHandoverMissing},
		"order":              {func(h *Header) { h.Handovers[0], h.Handovers[1] = h.Handovers[1], h.Handovers[0] }, FaultHandover},
		"twice":              {func(h *Header) { h.Handovers = append(h.Handovers[:1], h.Handovers...) }, FaultHandover},
		"inclusion":          {func(h *Header) { h.Handovers[1].Inclusion[0][0] ^= 1 }, FaultHandoverProof},
		"consistency":        {func(h *Header) { h.Handovers[1].Consistency[0][0] ^= 1 }, FaultHandoverProof},
		"no proofs":          {func(h *Header) { h.Handovers[1].Consistency = nil }, FaultHandoverProof},
		"other entry":        {func(h *Header) { h.Handovers[1].Entry.Payload = s.payloads[5] }, FaultHandover},
		"previous hash":      {func(h *Header) { h.Handovers[1].Entry.PreviousHash[0] ^= 1 }, FaultHandover},
		"checkpoint, no key": {func(h *Header) { h.Checkpoint = s.checkpoint(stranger) }, FaultSignature},
		"first key's":        {func(h *Header) { h.Checkpoint = s.checkpoint(s.first) }, FaultSignature},
		"origin": {func(h *Header) {
			cp, _, _ := OpenCheckpoint(h.Checkpoint)
			cp.Origin = s.first.Name()
			h.Checkpoint, _ = cp.Sign(s.signer)
		}, FaultCheckpoint},
		"other origin": {func(h *Header) {
			cp, _, _ := OpenCheckpoint(h.Checkpoint)
			cp.Origin = "coffre.audit/other/752f7d206962df9d"
			h.Checkpoint, _ = cp.Sign(s.signer)
		}, FaultCheckpoint},
		"size":    {func(h *Header) { h.Last-- }, FaultCheckpoint},
		"first":   {func(h *Header) { h.First = 2 }, FaultHeader},
		"genesis": {func(h *Header) { h.Genesis[0] ^= 1 }, FaultGenesis},
		"pruned":  {func(h *Header) { h.Pruned, h.First = &Pruned{To: 1 << 40}, 1<<40+1 }, FaultPruned},
	} {
		h := s.Header()
		c.change(&h)
		r, err := VerifyLog(altered{s, h}, VerifyOptions{FirstKey: s.first.Verifier()})
		if err != nil || r.OK || r.Authentic || r.Fault != c.fault {
			t.Errorf("%s: %+v, %v, want %s", name, r, err, c.fault)
		}
	}
}

// altered is a log whose header says something else.
type altered struct {
	*sample
	h Header
}

func (a altered) Header() Header { return a.h }

// TestForgedRecovery: whoever has today's key alone can't vouch for a recovery
// key of his own.
func TestForgedRecovery(t *testing.T) {
	s := newSample(t, 6).some(10)
	s.restore()
	s.some(3)
	first := s.first.Verifier()
	r := mustVerify(t, s.export(false), VerifyOptions{FirstKey: first})
	if !r.OK || r.Authentic || r.Detail == "" || len(r.Restored) != 1 {
		t.Errorf("a restore before any hand-over: %+v", r)
	}
	r = mustVerify(t, s.export(false), VerifyOptions{FirstKey: first + " " + s.recovery.Verifier()})
	if !r.OK || !r.Authentic {
		t.Errorf("with the recovery key from outside: %+v", r)
	}
	r = mustVerify(t, s.export(false), VerifyOptions{FirstKey: first + " " + first})
	if r.OK || r.Fault != FaultRecoveryKey {
		t.Errorf("with another recovery key: %+v", r)
	}
}

func TestVerifyOptionsAndFiles(t *testing.T) {
	s := newSample(t, 7).some(4)
	export := s.export(false)
	other := strings.Replace(s.first.Verifier(), "acme", "ocme", 1)
	for name, c := range map[string]struct {
		file []byte
		o    VerifyOptions
		want error
	}{
		"empty":           {nil, VerifyOptions{}, ErrNotExport},
		"text":            {[]byte("hello\n"), VerifyOptions{}, ErrNotExport},
		"other JSON":      {[]byte(`{"format":"x"}`), VerifyOptions{}, ErrNotExport},
		"binary":          {bytes.Repeat([]byte{0}, 100), VerifyOptions{}, ErrNotExport},
		"bad key":         {export, VerifyOptions{FirstKey: "x"}, ErrKey},
		"key hash":        {export, VerifyOptions{FirstKey: other}, ErrKey},
		"three keys":      {export, VerifyOptions{FirstKey: "x y z"}, ErrKey},
		"bad checkpoint":  {export, VerifyOptions{Checkpoints: []string{"x"}}, ErrCheckpoint},
		"header too long": {append([]byte(`{"format":"`), bytes.Repeat([]byte{'x'}, MaxHeaderLine+1)...), VerifyOptions{}, ErrLineTooLong},
	} {
		if r, err := VerifyExport(bytes.NewReader(c.file), c.o); !errors.Is(err, c.want) {
			t.Errorf("%s: %+v, %v, want %v", name, r, err, c.want)
		}
	}
	if _, err := VerifyExport(iotest.TimeoutReader(bytes.NewReader(export)), VerifyOptions{}); !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("a reader that fails: %v", err)
	}
	header := export[:bytes.IndexByte(export, '\n')+1]
	long := append(bytes.Clone(header), bytes.Repeat([]byte{' '}, MaxLine+2)...)
	if r := mustVerify(t, long, VerifyOptions{}); r.Fault != FaultLineLong {
		t.Errorf("an endless line: %+v", r)
	}
	stranger, _ := NewSigner("coffre.audit/other/752f7d206962df9d")
	if r := mustVerify(t, export, VerifyOptions{FirstKey: stranger.Verifier()}); r.OK || r.Fault != FaultFirstKey {
		t.Errorf("another chain's key: %+v", r)
	}
	if r := mustVerify(t, export, VerifyOptions{FirstKey: s.recovery.Verifier()}); r.OK || r.Fault != FaultFirstKey {
		t.Errorf("another key of this chain: %+v", r)
	}
}

func TestVerifyLogFaults(t *testing.T) {
	o := VerifyOptions{}
	for name, c := range map[string]struct {
		change func(*sample)
		seq    uint64
		fault  string
	}{
		"payload":      {func(s *sample) { s.payloads[1500] = bytes.Replace(s.payloads[1500], []byte(`"u-`), []byte(`"v-`), 1) }, 1501, FaultHash},
		"not UTF-8":    {func(s *sample) { s.payloads[9][20] = 0xff }, 10, FaultHash},
		"hash":         {func(s *sample) { s.hashes[1023][0] ^= 1 }, 1024, FaultHash},
		"lost payload": {func(s *sample) { s.payloads[77] = nil }, 78, FaultHash},
		"shorter":      {func(s *sample) { s.payloads, s.hashes = s.payloads[:1999], s.hashes[:1999] }, 2000, FaultTruncated},
		"longer":       {func(s *sample) { s.hashes, s.payloads = append(s.hashes, Hash{}), append(s.payloads, nil) }, 2493, FaultExtra},
	} {
		s := life(t, 8)
		h := s.Header()
		c.change(s)
		r, err := VerifyLog(altered{s, h}, o)
		if err != nil || r.OK || r.FirstFault != c.seq || r.Fault != c.fault || r.Entries != c.seq-1 {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	broken := errors.New("disk")
	if _, err := VerifyLog(failing{life(t, 8), broken}, o); !errors.Is(err, broken) {
		t.Errorf("a source that fails: %v", err)
	}
	s := newSample(t, 9)
	s.now = s.now.Add(time.Hour)
	s.some(2)
	s.now = s.now.Add(-30 * time.Minute)
	s.some(1)
	if r, err := VerifyLog(s, o); err != nil || r.Fault != FaultTime || r.FirstFault != 4 {
		t.Errorf("a clock that goes back: %+v, %v", r, err)
	}
}

// TestVerifyLogPanic: a source's panic is the caller's to catch, and comes after
// the workers have ended.
func TestVerifyLogPanic(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 50 {
		func() {
			defer func() { _ = recover() }()
			_, _ = VerifyLog(panicking{newSample(t, 10).some(5)}, VerifyOptions{})
			t.Error("no panic")
		}()
	}
	if after := runtime.NumGoroutine(); after > before+20 {
		t.Errorf("%d goroutines, then %d", before, after)
	}
}

type panicking struct{ *sample }

func (p panicking) Entries(fn func(Hash, []byte) error) error {
	return p.sample.Entries(func(h Hash, b []byte) error {
		if err := fn(h, b); err != nil {
			return err
		}
		panic("page 7: invalid type")
	})
}

type failing struct {
	*sample
	err error
}

func (f failing) Entries(fn func(Hash, []byte) error) error {
	n := 0
	err := f.sample.Entries(func(h Hash, p []byte) error {
		if n++; n > 100 {
			return f.err
		}
		return fn(h, p)
	})
	return fmt.Errorf("read: %w", err)
}

func TestReportJSON(t *testing.T) {
	b, err := json.Marshal(mustVerify(t, newSample(t, 3).export(false), VerifyOptions{}))
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ok", "authentic", "tenant", "entries", "pruned", "first_fault", "fault", "checkpoint_size", "handovers", "entries_per_s"} {
		if _, ok := m[name]; !ok {
			t.Errorf("%s is missing: %s", name, b)
		}
	}
}
