package postings

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	segment "github.com/blevesearch/scorch_segment_api/v2"
)

var layout = Layout{Fields: []string{"body", "title"}, Vocabularies: []int{0, 0}}

// model is what a segment should hold: by ordinal, by field, how often each word.
type model map[uint32][2]map[string]uint32

func randomModel(rnd *rand.Rand, first uint32, passages int) model {
	m := model{}
	for n := range passages {
		var words [2]map[string]uint32
		for f := range words {
			words[f] = map[string]uint32{}
			for range rnd.IntN(30) {
				words[f][randomWord(rnd)]++
			}
		}
		m[first+uint32(n*(1+rnd.IntN(2)))+uint32(n)] = words
	}
	return m
}

// randomWord is one of some thousand, few of them often.
func randomWord(rnd *rand.Rand) string {
	n := rnd.IntN(1 + rnd.IntN(1+rnd.IntN(3000)))
	return fmt.Sprintf("%c%s%d", 'a'+n%7, strings.Repeat("é", n%3), n)
}

// segmentOf builds a model's segment, its passages in any order if shuffled.
func segmentOf(t testing.TB, b *Builder, m model, shuffled *rand.Rand) *Memory {
	t.Helper()
	b.Reset()
	ordinals := slices.Sorted(maps.Keys(m))
	if shuffled != nil {
		shuffled.Shuffle(len(ordinals), func(i, j int) { ordinals[i], ordinals[j] = ordinals[j], ordinals[i] })
	}
	for _, o := range ordinals {
		b.Passage(o)
		for f, words := range m[o] {
			for w, n := range words {
				for range n {
					b.Add(f, b.Word(0, w))
				}
			}
			b.Lengthen(f, len(words))
		}
	}
	s, err := b.Segment()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// check compares all that a segment holds with a model.
func check(t *testing.T, s *Segment, want model) {
	t.Helper()
	if s.Passages() != len(want) {
		t.Fatalf("%d passages, want %d", s.Passages(), len(want))
	}
	got := model{}
	for n, o := range s.Ordinals() {
		got[o] = [2]map[string]uint32{{}, {}}
		for f := range 2 {
			if l := s.Length(f, n); int(l) != len(want[o][f]) {
				t.Fatalf("passage %d, field %d: length %d, want %d", o, f, l, len(want[o][f]))
			}
		}
	}
	for f := range 2 {
		before := ""
		err := s.Field(f).Match(nil, "", func(word string, l List) error {
			if word <= before {
				t.Fatalf("%q after %q", word, before)
			}
			before = word
			for {
				n, freq, ok := l.Next()
				if !ok {
					return l.Err()
				}
				got[s.Ordinal(int(n))][f][word] = freq
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for o, fields := range want {
		for f := range fields {
			if !maps.Equal(got[o][f], fields[f]) {
				t.Fatalf("passage %d, field %d: %v, want %v", o, f, got[o][f], fields[f])
			}
		}
	}
}

func TestSegment(t *testing.T) {
	rnd, b := rand.New(rand.NewPCG(1, 1)), NewBuilder(layout)
	for _, passages := range []int{1, 2, 15, 16, 17, 400} {
		m := randomModel(rnd, 7, passages)
		for _, shuffled := range []*rand.Rand{nil, rnd} {
			s := segmentOf(t, b, m, shuffled)
			check(t, &s.Segment, m)
			for f := range 2 {
				checkLists(t, &s.Segment, f, m)
			}
			checkNumbers(t, &s.Segment, m)
		}
	}
}

// checkLists looks words up one by one, those that aren't there, too.
func checkLists(t *testing.T, s *Segment, f int, m model) {
	t.Helper()
	holding := map[string]int{"": 0, "a": 0, "zzz": 0, "\xff\xff": 0}
	for _, fields := range m {
		for w := range fields[f] {
			holding[w]++
			holding[w+"x"] += 0
		}
	}
	for w, want := range holding {
		l, err := s.Field(f).List([]byte(w))
		if err != nil || l.Len() != want {
			t.Fatalf("%q: in %d passages, want %d (%v)", w, l.Len(), want, err)
		}
	}
}

func checkNumbers(t *testing.T, s *Segment, m model) {
	t.Helper()
	var ids []string
	want := 0
	for o := range uint32(2000) {
		if o%3 == 0 {
			ids = append(ids, ID(o))
			if _, there := m[o]; there {
				want++
			}
		}
	}
	got, err := s.DocNumbers(append(ids, "not an ordinal"))
	if err != nil || int(got.GetCardinality()) != want {
		t.Fatalf("%d numbers, want %d (%v)", got.GetCardinality(), want, err)
	}
	for it := got.Iterator(); it.HasNext(); {
		if o := s.Ordinal(int(it.Next())); o%3 != 0 {
			t.Fatalf("passage %d was not asked for", o)
		}
	}
}

// TestMerge joins segments, some of whose passages are dropped, through files,
// and what comes of it again.
func TestMerge(t *testing.T) {
	rnd, b, p, dir := rand.New(rand.NewPCG(2, 2)), NewBuilder(layout), &Plugin{Layout: layout}, t.TempDir()
	for round := range 8 {
		var segments []segment.Segment
		var drops []*roaring.Bitmap
		want := model{}
		for i := range 1 + rnd.IntN(5) {
			m := randomModel(rnd, uint32(10000*((i*3)%5)+1), 1+rnd.IntN(100))
			s := segmentOf(t, b, m, map[bool]*rand.Rand{true: rnd}[round%2 == 0])
			var drop *roaring.Bitmap
			if rnd.IntN(3) > 0 {
				drop = roaring.New()
				for n, o := range s.Ordinals() {
					if rnd.IntN(3) == 0 {
						drop.Add(uint32(n))
						delete(m, o)
					}
				}
			}
			maps.Copy(want, m)
			segments, drops = append(segments, s), append(drops, drop)
		}
		path := filepath.Join(dir, fmt.Sprint(round))
		numbers, _, err := p.Merge(segments, drops, path, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		merged, err := p.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		check(t, Of(merged), want)
		for i, s := range segments {
			for n, o := range Of(s).Ordinals() {
				to, gone := numbers[i][n], drops[i] != nil && drops[i].Contains(uint32(n))
				if gone != (to == dropped) || !gone && Of(merged).Ordinal(int(to)) != o {
					t.Fatalf("segment %d: passage %d is number %d", i, o, to)
				}
			}
		}
		if err := merged.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMergeStops(t *testing.T) {
	stop, path := make(chan struct{}), filepath.Join(t.TempDir(), "x")
	close(stop)
	s := segmentOf(t, NewBuilder(layout), randomModel(rand.New(rand.NewPCG(3, 3)), 1, 10), nil)
	_, _, err := (&Plugin{Layout: layout}).Merge([]segment.Segment{s}, nil, path, stop, nil)
	if err != segment.ErrClosed {
		t.Errorf("%v, want what scorch compares with", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a file is left")
	}
}

// within accepts words that begin like one and have at most so many bytes.
type within struct {
	word string
	most int
}

func (w within) Start() int { return 0 }
func (w within) Accept(state int, b byte) int {
	if state < 0 || state < len(w.word) && w.word[state] != b {
		return -1
	}
	return state + 1
}
func (w within) CanMatch(state int) bool { return state >= 0 && state <= w.most }
func (w within) IsMatch(state int) bool  { return state >= len(w.word) && state <= w.most }

func TestMatch(t *testing.T) {
	m := randomModel(rand.New(rand.NewPCG(4, 4)), 1, 500)
	s := segmentOf(t, NewBuilder(layout), m, nil)
	for _, c := range []struct {
		prefix string
		a      Automaton
	}{
		{"", nil}, {"a", nil}, {"cé", nil}, {"zz", nil}, {"\xff", nil}, {"a", within{"a1", 3}},
		{"", within{"b", 2}}, {"", within{"dé", 4}}, {"e", within{"eéé", 7}}, {"", within{"g", 1}},
	} {
		var want, got []string
		for _, fields := range m {
			for w := range fields[0] {
				state := 0
				if c.a != nil {
					for i := range len(w) {
						state = c.a.Accept(state, w[i])
					}
				}
				if strings.HasPrefix(w, c.prefix) && (c.a == nil || c.a.IsMatch(state)) {
					want = append(want, w)
				}
			}
		}
		slices.Sort(want)
		want = slices.Compact(want)
		err := s.Field(0).Match(c.a, c.prefix, func(w string, _ List) error {
			got = append(got, w)
			return nil
		})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q %v: %d words, want %d (%v)", c.prefix, c.a, len(got), len(want), err)
		}
	}
}
