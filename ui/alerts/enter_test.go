package alerts

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"coffre/chain"
	"coffre/store"
)

// alerts are the details of the journal's alerts, the oldest first, and how each
// came out.
func (b *telling) alerts() (out []map[string][]string, outcomes []string) {
	b.t.Helper()
	err := b.View(func(v *store.View) error {
		all, _, err := v.Journal(store.JournalFilter{Class: chain.HealthAlert, Limit: 1000})
		for _, e := range slices.Backward(all) {
			var p struct {
				Outcome string              `json:"outcome"`
				Detail  map[string][]string `json:"detail"`
			}
			if err := json.Unmarshal(e.Raw, &p); err != nil {
				return err
			}
			out, outcomes = append(out, p.Detail), append(outcomes, p.Outcome)
		}
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return out, outcomes
}

// TestEnters: a firm that has no mail at all has its alerts in the journal, each
// once, over a restart too.
func TestEnters(t *testing.T) {
	b := newTelling(t)
	b.ill(true)
	b.pass(0)
	if got, _ := b.alerts(); len(got) != 0 {
		t.Fatalf("not sure yet, and entered: %v", got)
	}
	b.shut()
	b.open()
	b.pass(5 * time.Minute)
	b.pass(time.Minute)
	got, outcomes := b.alerts()
	if len(got) != 1 || !slices.Equal(got[0]["kinds"], []string{urgent}) || !slices.Contains(got[0]["bad"], "modes") ||
		len(got[0]["codes"]) != len(got[0]["bad"]) || outcomes[0] != chain.Failed {
		t.Fatalf("%v %v", got, outcomes)
	}
	b.shut()
	b.open()
	b.pass(10 * time.Minute)
	b.ill(false)
	b.pass(time.Minute)
	b.pass(31 * time.Minute)
	got, outcomes = b.alerts()
	if len(got) != 2 || !slices.Contains(got[1]["well"], "modes") || outcomes[1] != chain.OK {
		t.Fatalf("%v %v", got, outcomes)
	}
	b.pass(25 * time.Hour) // some things are amber in an empty box
	got, _ = b.alerts()
	if last := got[len(got)-1]; !slices.Contains(last["kinds"], digest) || len(last["watch"]) == 0 {
		t.Errorf("%v", got)
	}
	if st, waiting := b.state(); waiting != 0 || len(st.Told) != 0 || b.entries(chain.HealthAlert) != len(got) {
		t.Errorf("mail that nobody asked for: %+v, %d wait", st, waiting)
	}
}
