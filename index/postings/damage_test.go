package postings

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
)

// readAll reads everything that bytes hold, if they are a segment, and merges
// it. Damage may be noticed or not; nothing may panic or go on for ever.
func readAll(data []byte, word string) {
	s, err := parse(data, layout)
	if err != nil {
		return
	}
	for n := range s.Passages() {
		_ = s.Length(1, n)
	}
	for f := range 2 {
		read := func(_ string, l List) error {
			for ok := true; ok; {
				_, _, ok = l.Next()
			}
			return l.Err()
		}
		_ = s.Field(f).Match(nil, "", read)
		_ = s.Field(f).Match(within{word, 5}, "", read)
		_, _ = s.Field(f).List([]byte(word))
	}
	_, _ = s.DocNumbers([]string{ID(1), word})
	_, _, _ = merge(new(bytes.Buffer), layout, []*Segment{s, s}, []*roaring.Bitmap{nil, roaring.BitmapOf(0)}, nil)
}

// TestDamage changes every byte of a segment.
func TestDamage(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 5))
	sound := segmentOf(t, NewBuilder(layout), randomModel(rnd, 1, 4), rnd).data
	for i := range sound {
		for _, b := range []byte{1, 0x80, 0xFF} {
			data := bytes.Clone(sound)
			data[i] ^= b
			readAll(data, "a1")
		}
		readAll(sound[:i], "a1")
	}
}

// FuzzSegment reads and merges segments of any bytes.
func FuzzSegment(f *testing.F) {
	rnd, b := rand.New(rand.NewPCG(5, 5)), NewBuilder(layout)
	for _, passages := range []int{1, 3, 40} {
		f.Add(bytes.Clone(segmentOf(f, b, randomModel(rnd, 1, passages), rnd).data), "a1")
	}
	f.Fuzz(func(t *testing.T, data []byte, word string) {
		if len(data) < 1<<14 { // lists that many words share take long to read
			readAll(data, word)
		}
	})
}
