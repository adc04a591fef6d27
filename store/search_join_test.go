package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"coffre/index"
)

// passagesOf are hits of one version, each "ordinal:score", ten bytes a passage.
func passagesOf(version, spec string) (out []SearchHit) {
	for _, f := range strings.Fields(spec) {
		var ord uint32
		var score float64
		if _, err := fmt.Sscanf(f, "%d:%f", &ord, &score); err != nil {
			panic(err)
		}
		h := hitFor("doc-"+version, "t", fmt.Sprintf("passage%03d", ord), score, time.Time{})
		h.Version, h.Ordinal, h.Page, h.Lang, h.Start, h.End = version, ord, 1, "fr", int(10*ord), int(10*ord+10)
		h.Score, h.Hit = score, index.Hit{Ordinal: ord, Score: score, BM25Rank: len(out) + 1}
		out = append(out, h)
	}
	return out
}

func TestJoin(t *testing.T) {
	page := func(h SearchHit, n int) SearchHit { h.Page = n; return h }
	for _, c := range []struct {
		name string
		hits []SearchHit
		want string // ranges, best first
	}{
		{"two that touch, the better one behind", passagesOf("v", "5:1 9:0.9 4:0.8"), "40-60 90-100"},
		{"one between is missing", passagesOf("v", "5:1 7:0.9"), "50-60 70-80"},
		{"at most three", passagesOf("v", "5:1 6:0.9 4:0.8 3:0.7 7:0.6"), "40-70 30-40 70-80"},
		{"far worse is another find", passagesOf("v", "5:1 6:0.4"), "50-60 60-70"},
		{"two versions", append(passagesOf("v", "5:1"), passagesOf("w", "6:0.9")...), "50-60 60-70"},
		{"two pages", append(passagesOf("v", "5:1"), page(passagesOf("v", "6:0.9")[0], 2)), "50-60 60-70"},
		{"the first of all passages", passagesOf("v", "0:1 1:0.9"), "0-20"},
		{"none", nil, ""},
	} {
		var got []string
		n := 0
		for _, h := range join(c.hits) {
			got = append(got, fmt.Sprintf("%d-%d", h.Start, h.End))
			n += 1 + len(h.Joined)
			if len(h.Text) != h.End-h.Start || len(h.Parts) > 0 && len(h.Parts) != len(h.Joined)+1 {
				t.Errorf("%s: %d bytes of text for %d-%d, %d parts, %d joined", c.name, len(h.Text), h.Start, h.End, len(h.Parts), len(h.Joined))
			}
		}
		if strings.Join(got, " ") != c.want || n != len(c.hits) {
			t.Errorf("%s: %v of %d hits, want %s of %d", c.name, got, n, c.want, len(c.hits))
		}
	}
}

// TestJoinKeepsTheBest: score and reasons are the best one's, the others' are
// kept, and so is what stands in other documents.
func TestJoinKeepsTheBest(t *testing.T) {
	hits := passagesOf("v", "5:1 4:0.8")
	hits[0].Also = []Also{{DocumentID: "x", Version: "x1", Start: 70, End: 80}}
	hits[1].Also = []Also{{DocumentID: "x", Version: "x1", Start: 60, End: 70}, {DocumentID: "y"}}
	got := join(hits)
	if len(got) != 1 || got[0].Score != 1 || got[0].Ordinal != 5 || got[0].Hit.BM25Rank != 1 || len(got[0].Joined) != 1 || got[0].Joined[0].BM25Rank != 2 {
		t.Fatalf("joined %+v", got)
	}
	if a := got[0].Also; len(a) != 2 || a[0].Start != 60 || a[0].End != 80 || a[1].DocumentID != "y" {
		t.Errorf("also in %+v", a)
	}
	if got[0].Text != "passage004passage005" {
		t.Errorf("text %q", got[0].Text)
	}
}
