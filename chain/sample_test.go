package chain

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// sample is a log in memory: what the store keeps in its database.
type sample struct {
	t        testing.TB
	customer Customer
	genesis  Hash
	now      time.Time
	hashes   []Hash // chain_hash[1] first
	payloads [][]byte
	privates [][]byte
	salts    [][]byte
	tiles    map[rowKey][]Hash
	tree     Range
	first    *Signer
	signer   *Signer
	recovery *Signer
	restores int
	notes    []noted
	pruned   uint64
	rng      *rand.Rand
}

type noted struct {
	note string
	seq  uint64
}

func newSample(t testing.TB, seed uint64) *sample {
	t.Helper()
	s := &sample{
		t: t, now: time.Date(2026, 1, 15, 9, 0, 0, 0, time.UTC), tiles: map[rowKey][]Hash{},
		rng: rand.New(rand.NewPCG(seed, 1)),
	}
	var err error
	if s.customer, err = NewCustomer("acme-notaires", s.now); err != nil {
		t.Fatal(err)
	}
	s.genesis, _ = s.customer.Genesis()
	name := KeyName(s.customer, s.genesis)
	s.first = seededSigner(t, name, byte(seed))
	s.signer, s.recovery = s.first, seededSigner(t, name, byte(seed)+100)
	s.act(TenantCreate, Detail{"key": s.first.Verifier(), "recovery_key": s.recovery.Verifier()}, nil)
	return s
}

// act appends one entry, as a store's commit does.
func (s *sample) act(action string, d Detail, private Detail) uint64 {
	s.t.Helper()
	s.now = s.now.Add(time.Duration(s.rng.IntN(5000)) * time.Millisecond)
	p := Payload{
		Seq: uint64(len(s.hashes)) + 1, Time: s.now, Nonce: NewNonce(),
		Actor: Actor{"user", fmt.Sprintf("u-%04x", s.rng.IntN(1<<16))}, Action: action, Outcome: OK,
		Object: Object{"answer", fmt.Sprintf("%06x", s.rng.IntN(1<<24))}, Request: "r-1", Detail: d,
	}
	var priv, salt []byte
	if private != nil {
		var err error
		if priv, err = Canonical(private); err != nil {
			s.t.Fatal(err)
		}
		salt = NewSalt()
		p.Sealed = Commit(priv, salt).String()
	}
	b, err := p.Canonical()
	if err != nil {
		s.t.Fatal(err)
	}
	prev := s.genesis
	if n := len(s.hashes); n > 0 {
		prev = s.hashes[n-1]
	}
	h := Link(prev, b)
	s.hashes, s.payloads = append(s.hashes, h), append(s.payloads, b)
	s.privates, s.salts = append(s.privates, priv), append(s.salts, salt)
	s.tree.Append(h)
	writes, err := CompletedTiles(s, s.tree.Size()-1, s.tree.Size())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, w := range writes {
		s.tiles[rowKey{w.Level, w.Index}] = w.Hashes
	}
	return p.Seq
}

func (s *sample) some(n int) *sample {
	for i := range n {
		d := Detail{"cut": false, "model": "é€ \"<1>", "passages": s.rng.IntN(9)}
		if i%3 == 0 {
			s.act(AnswerGive, d, Detail{"text": fmt.Sprintf("réponse %d", i)})
		} else {
			s.act(DocumentRead, d, nil)
		}
	}
	return s
}

func (s *sample) ChainHashes(first, n uint64) ([]Hash, error) {
	return s.hashes[first-1 : first-1+n], nil
}

func (s *sample) Tile(level uint, index uint64) ([]Hash, error) {
	return s.tiles[rowKey{level, index}], nil
}

func (s *sample) checkpoint(signers ...*Signer) string {
	s.t.Helper()
	c := Checkpoint{Origin(s.customer, s.genesis, s.restores), s.tree.Size(), s.tree.Root()}
	text, err := c.Sign(signers...)
	if err != nil {
		s.t.Fatal(err)
	}
	return text
}

// handover replaces the key, as the box does every day.
func (s *sample) handover() {
	next, err := NewSigner(s.first.Name())
	if err != nil {
		s.t.Fatal(err)
	}
	seq := s.act(AuditKey, Detail{"key": next.Verifier()}, nil)
	s.notes = append(s.notes, noted{s.checkpoint(s.signer, next), seq})
	s.signer = next
}

// restore continues where an older copy ended.
func (s *sample) restore() {
	next, err := NewSigner(s.first.Name())
	if err != nil {
		s.t.Fatal(err)
	}
	size, root := s.tree.Size(), s.tree.Root().Base64()
	s.restores++
	seq := s.act(AuditRestore, Detail{"key": next.Verifier(), "size": size, "root": root}, nil)
	s.notes = append(s.notes, noted{s.checkpoint(s.recovery, next), seq})
	s.signer = next
}

func (s *sample) Header() Header {
	s.t.Helper()
	size := s.tree.Size()
	h := Header{
		Customer: s.customer, Genesis: s.genesis, Complete: true, First: 1, Last: size,
		Checkpoint: s.checkpoint(s.signer),
	}
	for _, n := range s.notes {
		incl, err1 := ProveInclusion(s, n.seq, n.seq-1)
		cons, err2 := ProveConsistency(s, n.seq, size)
		if err1 != nil || err2 != nil {
			s.t.Fatal(err1, err2)
		}
		e := HandoverEntry{ChainHash: s.hashes[n.seq-1], PreviousHash: s.hashes[n.seq-2], Payload: s.payloads[n.seq-1]}
		h.Handovers = append(h.Handovers, Handover{n.note, e, incl, cons})
	}
	if s.pruned > 0 {
		r, err := RangeOf(s, s.pruned)
		if err != nil {
			s.t.Fatal(err)
		}
		h.First, h.Pruned = s.pruned+1, &Pruned{s.pruned, s.hashes[s.pruned-1], r.Roots()}
	}
	return h
}

// Entries implements LogSource; it reuses one buffer, as the contract allows.
func (s *sample) Entries(fn func(Hash, []byte) error) error {
	var buf []byte
	for i, h := range s.hashes {
		payload := []byte(nil)
		if uint64(i) >= s.pruned {
			buf = append(buf[:0], s.payloads[i]...)
			payload = buf
		}
		if err := fn(h, payload); err != nil {
			return err
		}
	}
	return nil
}

// export writes a complete export, with private parts if asked.
func (s *sample) export(private bool) []byte {
	s.t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(&out, s.Header())
	if err != nil {
		s.t.Fatal(err)
	}
	for i := s.pruned; i < uint64(len(s.hashes)); i++ {
		var p, salt []byte
		if private {
			p, salt = s.privates[i], s.salts[i]
		}
		if err := w.Entry(s.hashes[i], s.payloads[i], p, salt); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		s.t.Fatal(err)
	}
	return out.Bytes()
}

// filtered writes an export of the chosen entries.
func (s *sample) filtered(filter map[string]any, choose func(seq uint64) bool) []byte {
	s.t.Helper()
	h := s.Header()
	h.Complete, h.Filter = false, filter
	var out bytes.Buffer
	w, err := NewWriter(&out, h)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := s.pruned; i < h.Last; i++ {
		if !choose(i + 1) {
			continue
		}
		proof, err := ProveInclusion(s, h.Last, i)
		if err != nil {
			s.t.Fatal(err)
		}
		prev := s.genesis
		if i > 0 {
			prev = s.hashes[i-1]
		}
		if err := w.ProvenEntry(prev, s.hashes[i], s.payloads[i], proof, s.privates[i], s.salts[i]); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		s.t.Fatal(err)
	}
	return out.Bytes()
}
