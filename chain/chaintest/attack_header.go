package chaintest

import (
	"bytes"
	"slices"
	"strings"

	"coffre/chain"
)

// headerLine returns the first line of an export with that header.
func headerLine(h chain.Header) []byte {
	var out bytes.Buffer
	// The lines are put behind it by hand, so that Close finds them missing.
	_ = must(chain.NewWriter(&out, h)).Close()
	return lines(out.Bytes())[0]
}

// headed makes an attack of a change to the header, by somebody who can't sign.
func headed(name, why string, fn func(l *Log, h *chain.Header)) Attack {
	return Attack{name, Nothing, why, func(l *Log) ([]byte, string) {
		h := l.Header()
		fn(l, &h)
		s := lines(l.Export(false))
		s[0] = headerLine(h)
		return bytes.Join(s, nil), l.Checkpoint()
	}}
}

func flip(h *chain.Hash) { h[7] ^= 16 }

var onHeader = []Attack{
	headed("handover-missing", "a hand-over is left out", func(l *Log, h *chain.Header) {
		n := l.rng.IntN(len(h.Handovers))
		h.Handovers = slices.Delete(h.Handovers, n, n+1)
	}),
	headed("handovers-swapped", "two hand-overs change places", func(_ *Log, h *chain.Header) {
		h.Handovers[0], h.Handovers[1] = h.Handovers[1], h.Handovers[0]
	}),
	headed("handover-entry-edited", "the entry of a hand-over names a key of the attacker's", func(l *Log, h *chain.Header) {
		e := &h.Handovers[l.rng.IntN(len(h.Handovers))].Entry
		p := must(chain.ParsePayload(e.Payload))
		p.Detail["key"] = l.newSigner().Verifier()
		e.Payload = must(p.Canonical())
		if l.rng.IntN(2) == 0 {
			e.ChainHash = chain.Link(e.PreviousHash, e.Payload)
		}
	}),
	headed("handover-proof-edited", "a proof of a hand-over leads elsewhere", func(l *Log, h *chain.Header) {
		o := &h.Handovers[0]
		if l.rng.IntN(2) == 0 {
			flip(&o.Inclusion[l.rng.IntN(len(o.Inclusion))])
		} else {
			flip(&o.Consistency[l.rng.IntN(len(o.Consistency))])
		}
	}),
	headed("handover-old-key-alone", "a hand-over's note bears the old key's signature only", func(l *Log, h *chain.Header) {
		n := l.rng.IntN(len(h.Handovers))
		note := strings.SplitAfter(h.Handovers[n].Note, "\n")
		h.Handovers[n].Note = strings.Join(note[:len(note)-2], "")
	}),
	headed("other-customer", "the header claims another customer", func(_ *Log, h *chain.Header) { h.Customer.ID += "x" }),
	headed("other-customer-refitted", "and fits the genesis to it", func(_ *Log, h *chain.Header) {
		h.Customer.ID += "x"
		h.Genesis = must(h.Customer.Genesis())
	}),
	headed("first-later", "the header claims that the chain begins later", func(_ *Log, h *chain.Header) { h.First = 2 }),
	headed("last-earlier", "the header claims another size than the checkpoint", func(_ *Log, h *chain.Header) { h.Last-- }),
	headed("signature-edited", "the checkpoint's signature is broken", func(_ *Log, h *chain.Header) {
		b := []byte(h.Checkpoint)
		at := len(b) - 20
		if b[at] == 'A' {
			b[at] = 'B'
		} else {
			b[at] = 'A'
		}
		h.Checkpoint = string(b)
	}),
	headed("checkpoint-unsigned-root", "the checkpoint's root is edited", func(l *Log, h *chain.Header) {
		c := l.State()
		was := c.Root.Base64()
		flip(&c.Root)
		h.Checkpoint = strings.Replace(h.Checkpoint, was, c.Root.Base64(), 1)
	}),
	{"pruned-range-forged", Nothing, "the hashes said to be of the pruned entries are others", func(l *Log) ([]byte, string) {
		kept := l.Checkpoint()
		l.Prune(l.in(2, l.Size()-1)).Some(2)
		h := l.Header()
		flip(&h.Pruned.Range[l.rng.IntN(len(h.Pruned.Range))])
		s := lines(l.Export(false))
		s[0] = headerLine(h)
		return bytes.Join(s, nil), kept
	}},
	{"pruned-hash-forged", Nothing, "the last pruned chain hash is another", func(l *Log) ([]byte, string) {
		kept := l.Checkpoint()
		l.Prune(l.in(2, l.Size()-1)).Some(2)
		h := l.Header()
		flip(&h.Pruned.ChainHash)
		s := lines(l.Export(false))
		s[0] = headerLine(h)
		return bytes.Join(s, nil), kept
	}},
}
