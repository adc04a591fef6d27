package chain

import "testing"

func TestOutsideCheckpoints(t *testing.T) {
	s := newSample(t, 21).some(500)
	early := s.checkpoint(s.signer)
	s.handover()
	s.some(99)
	kept := s.tree.Size() // the backup's
	atBackup := s.checkpoint(s.signer)

	// The life that is lost: the same log goes on and then breaks.
	lost := *s
	lost.hashes, lost.payloads = append([]Hash(nil), s.hashes...), append([][]byte(nil), s.payloads...)
	lost.tree = s.tree.Clone()
	lost.some(70)
	gone := lost.checkpoint(lost.signer)

	s.tiles = map[rowKey][]Hash{}
	rebuilt, err := CompletedTiles(s, 0, kept)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range rebuilt {
		s.tiles[rowKey{w.Level, w.Index}] = w.Hashes
	}
	s.hashes, s.payloads, s.privates, s.salts = s.hashes[:kept], s.payloads[:kept], s.privates[:kept], s.salts[:kept]
	s.restore()
	s.some(200)
	after := s.checkpoint(s.signer)
	s.some(10)

	other := newSample(t, 22).some(400)
	stranger := newSample(t, 23)
	stranger.customer.ID = "other"
	stranger.genesis, _ = stranger.customer.Genesis()
	foreign := stranger.checkpoint(seededSigner(t, KeyName(stranger.customer, stranger.genesis), 1))
	forged := Checkpoint{s.first.Name(), 300, numbered(1)}
	unsigned, _ := forged.Sign(stranger.recovery)

	cut := *s
	cut.pruned = 400
	for name, c := range map[string]struct {
		log   *sample
		note  string
		fault string
		lost  uint64
	}{
		"early":             {s, early, "", kept},
		"at the backup":     {s, atBackup, "", kept},
		"of the lost life":  {s, gone, "", kept + 70},
		"after the restore": {s, after, "", kept},
		"its own":           {s, s.checkpoint(s.signer), "", kept},
		"before the cut":    {&cut, early, "", kept},
		"of another log":    {s, other.checkpoint(other.first), FaultOutside, kept},
		"of another chain":  {s, foreign, FaultOutsideOther, kept},
		"forged":            {s, unsigned, FaultOutside, kept},
		"bad signature":     {s, tamperRoot(t, early), FaultOutsideSigned, kept},
		"longer":            {s, longer(t, s), FaultShorter, kept},
	} {
		o := VerifyOptions{FirstKey: s.first.Verifier(), Checkpoints: []string{c.note}}
		r, err := VerifyLog(c.log, o)
		if err != nil || r.Fault != c.fault || r.OK != (c.fault == "") {
			t.Errorf("%s: %+v, %v, want %q", name, r, err, c.fault)
			continue
		}
		if len(r.Restored) == 1 && (r.Restored[0].Size != kept || r.Restored[0].LostTo != c.lost) {
			t.Errorf("%s: restored %+v, want up to %d lost", name, r.Restored, c.lost)
		}
	}

	inCut := newSample(t, 24).some(100)
	point := inCut.checkpoint(inCut.signer)
	inCut.some(300)
	inCut.pruned = 350
	r := mustVerify(t, inCut.export(false), VerifyOptions{Checkpoints: []string{point}})
	if r.OK || r.Fault != FaultUndecided {
		t.Errorf("a checkpoint that a pruned export can't decide: %+v", r)
	}
	if r, err := VerifyLog(inCut, VerifyOptions{Checkpoints: []string{point}}); err != nil || !r.OK {
		t.Errorf("the same against the live log, which keeps its hashes: %+v, %v", r, err)
	}
}

func tamperRoot(t *testing.T, note string) string {
	t.Helper()
	i := len(note) - 30
	swap := byte('A')
	if note[i] == 'A' {
		swap = 'B'
	}
	return note[:i] + string(swap) + note[i+1:]
}

// longer is a checkpoint of a life that this log has not lived yet.
func longer(t *testing.T, s *sample) string {
	t.Helper()
	ahead := *s
	ahead.hashes, ahead.payloads = append([]Hash(nil), s.hashes...), append([][]byte(nil), s.payloads...)
	ahead.tree = s.tree.Clone()
	ahead.tiles = map[rowKey][]Hash{}
	for k, v := range s.tiles {
		ahead.tiles[k] = v
	}
	ahead.some(5)
	return ahead.checkpoint(ahead.signer)
}
