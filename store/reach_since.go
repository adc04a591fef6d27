package store

import (
	"slices"
	"time"

	"coffre/chain"
)

// sinceLimit is how many entries Since reads at most, newest first.
const sinceLimit = 100_000

// Since fills in when each reason came to hold, from the entries of the chain:
// the grant's own and, for a group, the membership's, whichever is later. What
// changed before the newest 100,000 entries stays zero.
func (v *View) Since(userID string, all []Reach) error {
	open := map[string]*Reason{}
	for i := range all {
		for j := range all[i].Reasons {
			r := &all[i].Reasons[j]
			open[all[i].Collection.ID+" "+r.Grant] = r
		}
	}
	joined := map[string]time.Time{} // group id → when the person came in
	granted := map[string]time.Time{}
	f := JournalFilter{Limit: 1000}
	for read := 0; read < sinceLimit; read += f.Limit {
		entries, next, err := v.Journal(f)
		if err != nil {
			return err
		}
		for _, e := range entries {
			noteGrant(e, open, granted)
			noteJoin(e, userID, joined)
		}
		if f.Before = next; next == 0 {
			break
		}
	}
	for key, r := range open {
		r.Since = granted[key]
		if r.Group.ID != "" {
			if in := joined[r.Group.ID]; in.IsZero() || r.Since.IsZero() {
				r.Since = time.Time{}
			} else if in.After(r.Since) {
				r.Since = in
			}
		}
	}
	return nil
}

// noteGrant goes back in time: an entry that has the grant is an earlier date
// for it, and one that lacks it ends the search.
func noteGrant(e JournalEntry, open map[string]*Reason, granted map[string]time.Time) {
	if e.Object.Kind != "collection" || e.Action != chain.CollectionCreate && e.Action != chain.CollectionUpdate {
		return
	}
	for key, r := range open {
		if key != e.Object.ID+" "+r.Grant || ended(granted, key) {
			continue
		}
		in := "readers"
		if r.Writes {
			in = "writers"
		}
		list, said := stringsOf(e.Detail[in])
		switch {
		case slices.Contains(list, r.Grant):
			granted[key] = e.Time
		case said:
			granted["end "+key] = e.Time
		}
	}
}

// noteJoin does the same for a person's membership of groups. setGroups of a
// person's page enters which memberships changed, and the last change of one
// that holds brought it.
func noteJoin(e JournalEntry, userID string, joined map[string]time.Time) {
	if e.Action != chain.GroupCreate && e.Action != chain.GroupUpdate {
		return
	}
	if e.Object.Kind == "user" {
		if e.Object.ID != userID {
			return
		}
		list, _ := stringsOf(e.Detail["groups"])
		for _, g := range list {
			if !ended(joined, g) {
				joined[g], joined["end "+g] = e.Time, e.Time
			}
		}
		return
	}
	g := e.Object.ID
	list, said := stringsOf(e.Detail["members"])
	switch {
	case ended(joined, g):
	case slices.Contains(list, userID):
		joined[g] = e.Time
	case said:
		joined["end "+g] = e.Time
	}
}

func ended(m map[string]time.Time, key string) bool { return !m["end "+key].IsZero() }

// stringsOf reads a list of an entry's detail; said tells whether there is one.
func stringsOf(v any) (out []string, said bool) {
	list, said := v.([]any)
	for _, x := range list {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out, said
}
