package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
)

// Check reads the whole tenant and returns every broken invariant, joined. It
// is what tests call when they close a store, and doctor on demand.
func (t *Tenant) Check() error {
	var errs []error
	bad := func(format string, a ...any) { errs = append(errs, fmt.Errorf(format, a...)) }
	err := t.View(func(v *View) error {
		for err := range v.tx.Check() {
			bad("bbolt: %w", err)
		}
		v.checkPeople(bad)
		v.checkDocuments(bad)
		v.checkJobs(bad)
		v.checkConversations(bad)
		v.checkEntries(bad)
		return nil
	})
	return errors.Join(append(errs, err)...)
}

type complain func(format string, a ...any)

func (v *View) checkPeople(bad complain) {
	all, err := v.Users()
	if err != nil {
		bad("users: %w", err)
	}
	admins := 0
	for _, u := range all {
		if !u.Disabled && (u.Role == Admin || u.May == Admin && v.ElevationMode() != ElevationOff) {
			admins++
		}
		if o, err := v.UserByLogin(u.Login); err != nil || o.ID != u.ID {
			bad("user %s: login look-up is wrong", u.ID)
		}
	}
	if len(all) > 0 && admins == 0 {
		bad("nobody is administrator")
	}
	gs, err := v.Groups()
	if err != nil {
		bad("groups: %w", err)
	}
	for _, g := range gs {
		for _, m := range g.Members {
			if _, err := v.User(m); err != nil {
				bad("group %s: member %s: %w", g.ID, m, err)
			}
		}
	}
}

func (v *View) checkDocuments(bad complain) {
	classes := map[uint32]string{}
	cs, err := collections.all(v)
	if err != nil {
		bad("collections: %w", err)
	}
	for _, c := range cs {
		if c.Class == 0 || classes[c.Class] != "" {
			bad("collection %s: class %d", c.ID, c.Class)
		}
		classes[c.Class] = c.ID
	}
	err = documents.each(v, nil, func(_ []byte, d Document) bool {
		if classes[d.Class] != d.Collection {
			bad("document %s: class %d is not its collection's", d.ID, d.Class)
		}
		if o, err := v.documentByOrdinal(d.Ordinal); err != nil || o.ID != d.ID {
			bad("document %s: ordinal look-up is wrong", d.ID)
		}
		name := v.getCopy("documents_by_name", nameKey(d.Collection, d.Name))
		if d.Deleted.IsZero() && string(name) != d.ID {
			bad("document %s: name look-up is wrong", d.ID)
		}
		for _, ver := range d.Versions {
			v.checkVersion(bad, d, ver)
		}
		return true
	})
	if err != nil {
		bad("documents: %w", err)
	}
}

func (v *View) checkVersion(bad complain, d Document, ver Version) {
	if st, err := os.Stat(v.t.FilePath(ver.SHA256)); err != nil || st.Size() != ver.Bytes {
		bad("version %s: original missing or of another size", ver.ID)
	}
	_, jobErr := v.Job(ver.ID)
	if (jobErr == nil) == (ver.Status == Ready) {
		bad("version %s: status %s and its job disagree", ver.ID, ver.Status)
	}
	if ver.Status != Ready {
		return
	}
	ps, err := v.VersionPassages(ver)
	if err != nil {
		bad("version %s: %w", ver.ID, err)
		return
	}
	h, end := sha256.New(), 0
	for _, p := range ps {
		if p.Version != ver.ID || p.Document != d.Ordinal || p.Start != end || p.End != end+len(p.Text) {
			bad("version %s: passage %d is out of place", ver.ID, p.Ordinal)
		}
		end = p.End
		h.Write([]byte(p.Text))
	}
	if end != ver.TextBytes || hex.EncodeToString(h.Sum(nil)) != ver.TextSHA256 {
		bad("version %s: text is not what was extracted", ver.ID)
	}
}

func (v *View) checkJobs(bad complain) {
	all, err := v.Jobs()
	if err != nil {
		bad("jobs: %w", err)
	}
	for _, j := range all {
		_, ver, err := v.JobFile(j)
		if err != nil || (ver.Status == Failed) != j.Failed || ver.Status == Ready {
			bad("job %s: no version that fits (%v)", j.Version, err)
		}
	}
}

func (v *View) checkConversations(bad complain) {
	open := 0
	pruned, err := v.Pruned()
	if err != nil {
		bad("pruned: %w", err)
	}
	err = messages.each(v, nil, func(_ []byte, m Message) bool {
		if _, err := v.entry(m.Question); err != nil && m.Question > pruned.To {
			bad("message %s/%d: question %d: %w", m.Conversation, m.N, m.Question, err)
		}
		if m.Answer == 0 {
			open++
		} else if _, err := v.entry(m.Answer); err != nil && m.Answer > pruned.To {
			bad("message %s/%d: answer %d: %w", m.Conversation, m.N, m.Answer, err)
		}
		return true
	})
	if err != nil {
		bad("messages: %w", err)
	}
	left, err := v.openQuestions()
	if err != nil || len(left) != open {
		bad("open questions: %d listed, %d messages open, %v", len(left), open, err)
	}
}

func (v *View) checkEntries(bad complain) {
	c := v.tx.Bucket([]byte("private")).Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		e, err := v.entry(binary.BigEndian.Uint64(k))
		if err != nil || e.Sealed == "" {
			bad("private part %x: no entry seals it", k)
			continue
		}
		if err := v.checkSealed(e); err != nil && !IsNotFound(err) { // its key may have been destroyed
			bad("private part of %d: %w", e.Seq, err)
		}
	}
}
