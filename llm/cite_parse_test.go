package llm

import (
	"fmt"
	"strings"
	"testing"
)

func TestFindMarkers(t *testing.T) {
	for _, c := range []struct{ in, want, left string }{
		{"Oui [1].", "[1]", "Oui."},
		{"Oui [1, 2].", "[1 2]", "Oui."},
		{"Oui [1][3].", "[1] [3]", "Oui."},
		{"Oui [1] [3].", "[1] [3]", "Oui."},
		{"Oui [^1].", "[1]", "Oui."},
		{"Oui【1】.", "[1]", "Oui."},
		{"Oui 【4†source】.", "[4]", "Oui."},
		{"Oui 【4:1†contrat.pdf】.", "[4 1]", "Oui."},
		{"Oui [source 2].", "[2]", "Oui."},
		{"Oui [Source: 2].", "[2]", "Oui."},
		{"Oui [Passage n° 3, p. 4].", "[3]", "Oui."},
		{"Oui [Source 1, Source 2].", "[1 2]", "Oui."},
		{"Oui [1 et 2].", "[1 2]", "Oui."},
		{"Yes [1 and 2].", "[1 2]", "Yes."},
		{"Oui [1-3].", "[1 2 3]", "Oui."},
		{"Oui [1–3].", "[1 2 3]", "Oui."},
		{"Oui (source 2).", "[2]", "Oui."},
		{"Oui (voir passage 2, page 3).", "[2]", "Oui."},
		{"Oui <sup>1</sup>.", "[1]", "Oui."},
		{"Oui [[1]].", "[1]", "Oui."},
		{"Oui [1](#note-1).", "[1]", "Oui."},
		{"Selon la source 2, oui.", "[2]", "Selon la source 2, oui."},
		{"Oui [2024].", "", "Oui [2024]."},
		{"Oui [sic].", "", "Oui [sic]."},
		{"Oui [12 mars].", "", "Oui [12 mars]."},
		{"Oui (1).", "", "Oui (1)."},
		{"Oui [].", "", "Oui []."},
		{"Oui [x1].", "", "Oui [x1]."},
		{"[1] Oui.", "[1]", " Oui."},
		{"Oui. [1]\n[2] Non.", "[1] [2]", "Oui.\n Non."},
	} {
		ms := findMarkers(c.in)
		var got []string
		for _, m := range ms {
			got = append(got, fmt.Sprint(m.ns))
		}
		left, _ := cut(c.in, ms)
		if strings.Join(got, " ") != c.want || left != c.left {
			t.Errorf("%q: got %v %q, want %v %q", c.in, got, left, c.want, c.left)
		}
	}
}

func FuzzFindMarkers(f *testing.F) {
	for _, s := range []string{"a [1][2] b (source 3) 【4†x】 <sup>5</sup>", "[[[1]]]", "[1-999]", "\xff[1]", "source 2 [source 2]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ms := findMarkers(s)
		at := 0
		for _, m := range ms {
			if m.start < at || m.end < m.start || m.end > len(s) || len(m.ns) == 0 {
				t.Fatalf("marker %v after %d in %q", m, at, s)
			}
			at = m.end
		}
		left, moved := cut(s, ms)
		at = 0
		for _, m := range moved {
			if m.start < at || m.end > len(left) {
				t.Fatalf("moved marker %v after %d in %q", m, at, left)
			}
			at = m.start
		}
	})
}
