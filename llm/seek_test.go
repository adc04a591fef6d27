package llm

import (
	"reflect"
	"testing"

	"coffre/index"
	"coffre/store"
)

func TestSpread(t *testing.T) {
	hits := func(docs string, scores ...float64) (out []store.SearchHit) {
		for i, d := range docs {
			h := store.SearchHit{Hit: index.Hit{Ordinal: uint32(i + 1)}, Score: 1 - float64(i)/100}
			if i < len(scores) {
				h.Score = scores[i]
			}
			h.DocumentID = string(d)
			out = append(out, h)
		}
		return out
	}
	for _, c := range []struct{ docs, want string }{
		{"aaaaaabc", "aaaaabca"},
		{"abababab", "abababba"},
		{"aaaa", "aaaa"},
		{"aaabcadefaghij", "aaabcdefaaghij"},
		{"", ""},
	} {
		got := ""
		for _, h := range spread(hits(c.docs)) {
			got += h.DocumentID
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.docs, got, c.want)
		}
	}
	sure := hits("aaaaab", 1, 1, 1, 0.9, 0.9, 0.2)
	if got := spread(sure); !reflect.DeepEqual(got, sure) {
		t.Error("a document that is the best by far makes way")
	}
}

// TestSearchKeepsRights: a document that one may not read changes neither
// places, scores nor what is said to hold the same text.
func TestSearchKeepsRights(t *testing.T) {
	d := newDesk(t)
	question := "Quel est le loyer annuel du bail de Vorane ?"
	search := func(p store.Principal) store.SearchResult {
		r, err := d.Search(t.Context(), p, store.SearchQuery{Text: question})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	also := func(r store.SearchResult) (n int) {
		for _, h := range r.Hits {
			n += len(h.Also)
		}
		return n
	}
	before := search(d.bob)
	judged, err := Seek(t.Context(), d.Tenant, d.bob, question, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	d.document(t, store.Grants{"user:" + d.alice.UserID}, "copie du bail.txt", bail)
	after := search(d.bob)
	if !reflect.DeepEqual(before.Hits, after.Hits) || before.Mass != after.Mass || also(after) != 0 {
		t.Errorf("bob, before %+v, after %+v", before.Hits, after.Hits)
	}
	again, err := Seek(t.Context(), d.Tenant, d.bob, question, "", nil)
	if err != nil || !reflect.DeepEqual(judged, again) || again.Judgement.Probability == 0 {
		t.Errorf("bob is judged %+v, then %+v (%v)", judged.Judgement, again.Judgement, err)
	}
	if r := search(d.alice); also(r) == 0 {
		t.Errorf("alice isn't told of the copy: %+v", r.Hits)
	}
	all, err := d.Search(t.Context(), d.alice, store.SearchQuery{Text: question, All: true})
	if err != nil || also(all) != 0 || len(all.Hits) <= len(search(d.alice).Hits) {
		t.Errorf("collapsed although all were asked for: %v", err)
	}
}
