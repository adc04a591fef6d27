package store

import (
	"fmt"
	"os"
)

// What an export reads. The long list is of ids alone, and each document is read
// in a view of its own: whoever fetches slowly holds nobody's commit up.

// DocumentIDs lists the documents that p may read, those in the bin included where
// p may write there, in order of id.
func (v *View) DocumentIDs(p Principal) (out []string, err error) {
	all, err := v.ReadableCollections(p)
	if err != nil {
		return nil, err
	}
	readable, writable := map[string]bool{}, map[string]bool{}
	for _, c := range all {
		readable[c.ID], writable[c.ID] = true, p.MayWrite(c)
	}
	err = documents.each(v, nil, func(_ []byte, d Document) bool {
		if readable[d.Collection] && (d.Deleted.IsZero() || writable[d.Collection]) {
			out = append(out, d.ID)
		}
		return true
	})
	return out, err
}

// ConversationIDs lists p's own conversations, and everybody's for who holds all
// (Principal.All); deleted ones are nobody's.
func (v *View) ConversationIDs(p Principal) (out []string, err error) {
	err = conversations.each(v, nil, func(_ []byte, c Conversation) bool {
		if !c.Deleted && (p.All || c.Owner == p.owner()) {
			out = append(out, c.ID)
		}
		return true
	})
	return out, err
}

// ConversationOf is Conversation for who holds all: whoever it belongs to.
func (v *View) ConversationOf(p Principal, id string) (Conversation, error) {
	if !p.All {
		return v.Conversation(p, id)
	}
	c, err := conversations.get(v, []byte(id))
	if err == nil && c.Deleted {
		err = errNotFound
	}
	return c, err
}

// Quoted is the text that a citation points at, "" where p may not read it now.
func (v *View) Quoted(p Principal, c Citation) (string, error) {
	d, err := v.Document(p, c.Document)
	if IsNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	ps, err := v.passage(c.Passage)
	if err == nil && ps.Version == c.Version && c.Start >= ps.Start && c.End <= ps.End && c.Start <= c.End && c.End-ps.Start <= len(ps.Text) {
		return ps.Text[c.Start-ps.Start : c.End-ps.Start], nil
	}
	ver, ok := d.Version(c.Version)
	if !ok || ver.Status != Ready {
		return "", nil
	}
	text, err := v.VersionText(ver)
	if err != nil || c.Start < 0 || c.End > len(text) || c.Start > c.End {
		return "", err
	}
	return text[c.Start:c.End], nil
}

// TakeoutFile is a file for what an export has to hold back, without a name: it is
// gone with whoever has it open.
func (t *Tenant) TakeoutFile() (*os.File, error) {
	f, err := os.CreateTemp(t.dir, ".export-*")
	if err != nil {
		return nil, fmt.Errorf("create file: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, fmt.Errorf("hide file: %w", err)
	}
	return f, nil
}
