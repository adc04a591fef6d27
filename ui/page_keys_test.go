package ui

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"coffre/chain"
	"coffre/store"
)

// TestSigningKeys moves the key on the page and by REST, and takes the kept
// checkpoints away.
func TestSigningKeys(t *testing.T) {
	x := newBox(t, nil)
	adam, rita, bob := x.session(x.person(x.a, "adam", store.Admin)), x.apiKey(x.person(x.a, "rita", store.Auditor)), x.session(x.person(x.a, "bob", store.Member))
	var before signingJSON
	x.call(rita, "GET", "/api/v1/audit/keys", nil).json(t, &before)
	var moved rotatedJSON
	if r := x.call(rita, "POST", "/api/v1/audit/keys", nil); r.status != http.StatusCreated {
		t.Fatalf("a new key: %d %s", r.status, r.body)
	} else {
		r.json(t, &moved)
	}
	if r := x.call(adam, "POST", "/journal/keys", ""); r.status != http.StatusSeeOther {
		t.Errorf("the button: %d", r.status)
	}
	var after signingJSON
	x.call(rita, "GET", "/api/v1/audit/keys", nil).json(t, &after)
	n := len(after.Handovers)
	if n != len(before.Handovers)+2 || after.Handovers[n-2].Key != moved.Key || after.Handovers[n-2].Seq != moved.Seq || after.Handovers[n-1].Key != after.Key || after.Key == before.Key {
		t.Errorf("before %+v\nafter %+v\nmoved %+v", before, after, moved)
	}
	if _, signed, err := chain.OpenCheckpoint(after.Handovers[n-1].Note, moved.Key, after.Key); err != nil || len(signed) != 2 {
		t.Errorf("signed by %v, %v", signed, err)
	}
	x.a.View(func(v *store.View) error {
		for _, h := range after.Handovers[n-2:] {
			if e, err := v.Entry(h.Seq); err != nil || e.Request == "" {
				t.Errorf("entry %d of a hand-over that was asked for bears no request: %+v %v", h.Seq, e.Payload, err)
			}
		}
		return nil
	})
	page := x.call(adam, "GET", "/journal/keys", nil)
	if !strings.Contains(page.body, after.Key) || !strings.Contains(page.body, "/journal/checkpoints/"+strconv.FormatUint(moved.Seq, 10)+`"`) {
		t.Error("the page shows neither the key nor the checkpoint that it left")
	}
	if r := x.call(adam, "GET", "/journal/checkpoints/"+strconv.FormatUint(moved.Seq, 10), nil); r.body != after.Handovers[n-2].Note {
		t.Errorf("a kept checkpoint: %d %q", r.status, r.body)
	}
	var kept struct {
		Checkpoints []keptJSON `json:"checkpoints"`
		Cursor      string     `json:"cursor"`
	}
	x.call(rita, "GET", "/api/v1/audit/checkpoints?limit=1", nil).json(t, &kept)
	if len(kept.Checkpoints) != 1 || kept.Cursor == "" {
		t.Fatalf("one kept checkpoint: %+v", kept)
	}
	newest := kept.Checkpoints[0].Size
	x.call(rita, "GET", "/api/v1/audit/checkpoints?limit=1&before="+kept.Cursor, nil).json(t, &kept)
	if kept.Checkpoints[0].Size >= newest {
		t.Errorf("the page after %d begins at %d", newest, kept.Checkpoints[0].Size)
	}
	if r := x.call(bob, "POST", "/journal/keys", ""); r.status != http.StatusNotFound {
		t.Errorf("a member: %d", r.status)
	}
}
