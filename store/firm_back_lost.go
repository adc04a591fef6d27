package store

import (
	"errors"
	"slices"
	"strings"

	"coffre/chain"
)

// firmInside is what is compared of a firm then and now.
type firmInside struct {
	first     string            // the chain's first key
	documents map[string]string // outside the bin: SHA-256 of the newest original, by id
	people    map[string]bool   // ids of accounts that weren't erased
	talks     map[string]bool   // ids of conversations
	entries   uint64
}

func (v *View) inside() (in firmInside, err error) {
	in = firmInside{documents: map[string]string{}, people: map[string]bool{}, talks: map[string]bool{}}
	facts, err := v.Facts()
	if err != nil {
		return in, err
	}
	at, err := v.checkpoint()
	if err != nil {
		return in, err
	}
	in.first, in.entries = facts.FirstKey, at.Size
	err = errors.Join(
		documents.each(v, nil, func(_ []byte, d Document) bool {
			if d.Deleted.IsZero() && len(d.Versions) > 0 {
				in.documents[d.ID] = d.Latest().SHA256
			}
			return true
		}),
		users.each(v, nil, func(_ []byte, u User) bool {
			if u.Erased.IsZero() {
				in.people[u.ID] = true
			}
			return true
		}),
		conversations.each(v, nil, func(_ []byte, c Conversation) bool {
			if !c.Deleted {
				in.talks[c.ID] = true
			}
			return true
		}),
	)
	return in, err
}

func (in firmInside) count() FirmCount {
	return FirmCount{Entries: in.entries, Documents: len(in.documents), People: len(in.people), Conversations: len(in.talks)}
}

// beyond counts what then lacks of in.
func (in firmInside) beyond(then firmInside) (lost FirmCount) {
	lost.Entries = in.entries - min(in.entries, then.entries)
	for id, sha := range in.documents {
		if then.documents[id] != sha {
			lost.Documents++
		}
	}
	for id := range in.people {
		if !then.people[id] {
			lost.People++
		}
	}
	for id := range in.talks {
		if !then.talks[id] {
			lost.Conversations++
		}
	}
	return lost
}

// firmNow is what can be read of a firm as it is, however damaged.
type firmNow struct {
	rec     TenantRecord
	why     error // nil: it opens
	inside  *firmInside
	sound   bool // its checkpoint is signed by a key of this box
	held    bool
	own     []string // its newest checkpoint, and that of its last return
	seen    []string // checkpoints that witnesses have seen
	ledger  []Erasure
	ledgers bool  // a ledger was found
	bad     error // the ledger can't be read
}

// firmNow reads it: a firm whose data doesn't open may still say what it would lose.
func (r *Root) firmNow(id string) (now firmNow) {
	now.rec, now.why = r.Registered(id)
	if now.why != nil {
		return now
	}
	last, err := r.lastReturn(id)
	if err != nil {
		now.why = err
		return now
	}
	if last.Note != "" {
		now.own = append(now.own, last.Note)
	}
	now.ledger, now.bad = ReadLedger(LedgerPath(r.Dir, id))
	now.ledgers = len(now.ledger) > 0
	t, release, err := r.Acquire(id)
	if err == nil {
		defer release()
		now.why = t.View(now.read)
		return now
	}
	if AsError(err).Code != "tenant-returning" {
		now.why = err
	}
	err = r.peek(r.tenantPath(id), func(tx *boltTx) error { return now.read(&View{tx: tx}) })
	if err != nil && now.why == nil {
		now.why = err
	}
	// A signature tells its own checkpoint from what damage has made of one.
	now.own = slices.DeleteFunc(now.own, func(note string) bool { return note != last.Note && r.anySigner(id, note) == nil })
	now.sound = now.sound && len(now.own) > 0 && now.own[len(now.own)-1] != last.Note
	return now
}

// anySigner is the key of this box that signed a checkpoint, nil where none did.
func (r *Root) anySigner(id, note string) *chain.Signer {
	for _, path := range []string{signerPath(r.keys(), id), nextSignerPath(r.keys(), id)} {
		if s, err := readSigner(path); err == nil && signs(s, note) {
			return s
		}
	}
	return nil
}

func (now *firmNow) read(v *View) error {
	now.readWitnesses(v)
	c, err := v.checkpoint()
	if err != nil {
		return err
	}
	now.own = append(now.own, c.Note)
	if all, err := v.Erasures(); err == nil {
		now.ledger = append(now.ledger, all...)
	}
	in, err := v.inside()
	if err != nil {
		return err
	}
	kept, err := v.activeHolds()
	now.inside, now.sound, now.held = &in, true, len(kept) > 0
	return err
}

func (now *firmNow) readWitnesses(v *View) {
	if v.tx.Bucket([]byte(witnesses)) == nil {
		return
	}
	all, err := v.Witnesses()
	if err != nil {
		return
	}
	for _, w := range all {
		if _, ok, err := chain.OpenCosignature(w.Note, w.Key); err == nil && ok {
			now.seen = append(now.seen, w.Note)
		}
	}
}

// notes are the checkpoints that a chain which goes on from size is held against.
// The firm's own word counts for what it has beyond that alone: somebody may have
// rewritten what was before, which is a reason to bring it back.
func (now firmNow) notes(size uint64) []string {
	out := slices.Clone(now.seen)
	for _, text := range now.own {
		if cp, _, err := chain.OpenCheckpoint(text); err == nil && (cp.Size > size || chain.Lives(cp.Origin) > 0) {
			out = append(out, text)
		}
	}
	return out
}

// plan holds the firm of the backup against the one of now. Errors: Conflict
// "part-other-firm"; Invalid "restore-checkpoint" where one of known is another
// chain's; Corrupt "damaged" where the ledger of erasures can't be read,
// since nobody may come back in silence.
func (b *firmAside) plan(now firmNow, known []string, ledger []Erasure) (p FirmPlan, err error) {
	if now.bad != nil {
		return p, now.bad
	}
	if now.sound && now.inside.first != b.had.first {
		return p, Fail(Conflict, "part-other-firm", "tenant", b.id)
	}
	p = FirmPlan{
		Tenant: b.id, Firm: b.name, Backup: b.rep.Backup, Made: b.rep.Made, Coffre: b.rep.Coffre, Size: b.firm.Size, Authentic: b.firm.Authentic, Had: b.had.count(),
		Opens: now.why == nil, Suspended: !now.rec.Suspended.IsZero(), Held: now.held, Ledger: now.ledgers || now.inside != nil,
		Keyed: b.who.recoveryFor(b.firm.recoveryKey) != nil,
	}
	if now.why != nil {
		p.Code = AsError(now.why).Code
	}
	if p.Counted = now.inside != nil; p.Counted {
		p.Lost = now.inside.beyond(b.had)
	}
	name, _, _ := strings.Cut(b.firm.recoveryKey, "+")
	for _, text := range known {
		if len(knownOf([]string{text}, name)) == 0 {
			return p, Fail(Invalid, "restore-checkpoint")
		}
	}
	for _, text := range knownOf(append(slices.Clone(now.seen), known...), name) {
		if cp, _, err := chain.OpenCheckpoint(text); err == nil && cp.Size > max(p.Known, p.Size) {
			p.Known = cp.Size
		}
	}
	gone := map[string]bool{}
	for _, e := range append(slices.Clone(now.ledger), ledger...) {
		if b.had.people[e.Person] {
			gone[e.Person] = true
		}
	}
	p.Erased = len(gone)
	return p, nil
}
