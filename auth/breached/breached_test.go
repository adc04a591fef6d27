package breached

import (
	"fmt"
	"testing"
)

func TestKnown(t *testing.T) {
	if n := Words(); n < 400_000 || len(embedded) > 1_500_000 {
		t.Errorf("%d words in %d bytes", n, len(embedded))
	}
	for _, p := range []string{"password", "Password123!", "motdepasse2026", "Liverpool-2024", "qwertyuiop", "iloveyou1987", "Dragon 2026 2027", "1q2w3e4r5t6y"} {
		if !Known(p) {
			t.Errorf("%q is not known", p)
		}
	}
	for _, p := range []string{"rivière calme sous la lune", "seven lamps of brass", "quatre moulins au bord du canal", "xkcd-vantail-hublot-47", "", "   ", "!!!!!!!!!!!!"} {
		if Known(p) {
			t.Errorf("%q is known", p)
		}
	}
}

// TestFalseAlarms counts words that nobody has published: one in 65,536 is refused
// by mistake, so of 400,000 about six.
func TestFalseAlarms(t *testing.T) {
	n := 0
	for i := range 400_000 {
		if Contains(fmt.Sprintf("no such word %d", i)) {
			n++
		}
	}
	if n == 0 || n > 20 {
		t.Errorf("%d false alarms", n)
	}
	t.Logf("%d false alarms of 400,000", n)
}

// TestNoWordIsLost: whatever was put in is found, in lists of every size around a
// block's.
func TestNoWordIsLost(t *testing.T) {
	for _, size := range []int{1, 2, block - 1, block, block + 1, 3*block + 7, 20_000} {
		var words []string
		for i := range size {
			words = append(words, fmt.Sprintf("word%d", i))
		}
		s, ok := open(Encode(append(words, words[0])))
		if !ok || s.count != uint64(size) {
			t.Fatalf("%d words: %d, %v", size, s.count, ok)
		}
		for _, w := range words {
			if !s.contains(w) {
				t.Fatalf("%d words: %s is lost", size, w)
			}
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(Encode([]string{"a", "b", "c"}), "a")
	f.Add([]byte(magic), "")
	f.Fuzz(func(t *testing.T, file []byte, word string) {
		if s, ok := open(file); ok {
			s.contains(word)
		}
	})
}
