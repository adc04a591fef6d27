package extract

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"testing"
)

func TestRects(t *testing.T) {
	l := Layout{Page: 1, Width: 100, Height: 200, Lines: []LayoutLine{
		{First: 0, Text: "ab cd", From: 10_000, To: 20_000, Edges: []int{0, 5_000, 5_000, 10_000, 10_000, 10_000, 15_000, 20_000, 20_000, 25_000}},
		{First: 7, Text: "xy", Upright: true, From: 90_000, To: 95_000, Edges: []int{50_000, 55_000, 55_000, 60_000}},
	}}
	if err := l.Validate(); err != nil {
		t.Fatal(err)
	}
	whole := Rect{0, 0.1, 0.25, 0.1}
	for _, c := range []struct {
		name  string
		spans []CharSpan
		want  []Rect
	}{
		{"none", nil, nil},
		{"nowhere", []CharSpan{{5, 2}, {2, 1}, {99, 1}}, nil},
		{"a line", []CharSpan{{0, 5}}, []Rect{whole}},
		{"in pieces, out of order, twice", []CharSpan{{3, 2}, {0, 2}, {0, 1}, {1, 1}}, []Rect{whole}},
		{"another between", []CharSpan{{0, 1}, {3, 1}}, []Rect{{0, 0.1, 0.05, 0.1}, {0.15, 0.1, 0.05, 0.1}}},
		{"upright", []CharSpan{{8, 5}}, []Rect{{0.9, 0.55, 0.05, 0.05}}},
	} {
		got := l.Rects(c.spans)
		if len(got) != len(c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
			continue
		}
		for i := range got {
			for _, d := range []float64{got[i].X - c.want[i].X, got[i].Y - c.want[i].Y, got[i].Width - c.want[i].Width, got[i].Height - c.want[i].Height} {
				if d > 1e-9 || d < -1e-9 {
					t.Errorf("%s: got %v, want %v", c.name, got, c.want)
				}
			}
		}
	}
}

// FuzzLayout: a layout that Validate lets through gives rectangles on the page.
func FuzzLayout(f *testing.F) {
	good, _ := json.Marshal(Layout{Page: 1, Width: 9, Height: 9, Lines: []LayoutLine{{Text: "ab", To: 5, Edges: []int{0, 1, 1, 2}}}})
	f.Add(good, 0, 2)
	f.Add([]byte(`{"width":1,"height":1,"lines":[{"c":-1,"t":"a","e":[0,1]}]}`), -5, 9)
	f.Fuzz(func(t *testing.T, raw []byte, first, n int) {
		var l Layout
		if json.Unmarshal(raw, &l) != nil || l.Validate() != nil {
			return
		}
		for _, r := range l.Rects([]CharSpan{{first, n}, {n, 1}}) {
			if r.X < 0 || r.Y < 0 || r.Width < 0 || r.Height < 0 || r.X+r.Width > 1.000001 || r.Y+r.Height > 1.000001 {
				t.Fatalf("%+v", r)
			}
		}
	})
}

func TestRenderRefusesWhatAChildMayNotSay(t *testing.T) {
	var small bytes.Buffer
	if err := png.Encode(&small, image.NewGray(image.Rect(0, 0, 2, 3))); err != nil {
		t.Fatal(err)
	}
	n := small.Len()
	for name, m := range map[string]pageMeta{
		"another page": {Page: 2, Width: 2, Height: 3, Bytes: n}, "another size": {Page: 1, Width: 2, Height: 4, Bytes: n},
		"too long": {Page: 1, Width: 2, Height: 3, Bytes: n + 1}, "negative": {Page: 1, Width: 2, Height: 3, Bytes: -1},
		"no picture": {Page: 1, Width: 2, Height: 3, Bytes: 9}, "no layout": {Page: 1, Width: 2, Height: 3, Bytes: n},
		"bad layout": {Page: 1, Width: 2, Height: 3, Bytes: n, Layout: &Layout{Page: 1}},
	} {
		if _, err := takeViews([]pageMeta{m}, small.Bytes(), RenderRequest{Pages: []int{1}, Width: 2, Layout: true}); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestRender(t *testing.T) {
	path := write(t, "a.pdf", string(makePDF("Le loyer est de 900 euros.\n\nLe loyer est de 950 euros.", "Seconde page")))
	o := Options{CacheDir: testCache(t)}
	views, err := Render(context.Background(), RenderRequest{Path: path, Pages: []int{2, 1}, Width: 595, Layout: true, Options: o})
	if err != nil {
		t.Fatal(err)
	}
	if len(views) != 2 || views[0].Page != 2 || views[1].Width != 595 || views[1].Height != 842 {
		t.Fatalf("got %d views", len(views))
	}
	img, err := png.Decode(bytes.NewReader(views[1].PNG))
	if err != nil {
		t.Fatal(err)
	}
	lines := views[1].Layout.Lines
	if len(lines) != 2 || lines[0].Text != "Le loyer est de 900 euros." {
		t.Fatalf("lines %+v", lines)
	}
	for _, l := range lines {
		r, ok := l.Rect()
		if !ok || darkPixels(img, r) < 100 {
			t.Errorf("%q: nothing is drawn in %+v", l.Text, r)
		}
	}
	if darkPixels(img, Rect{0, 0.5, 1, 0.5}) > 0 {
		t.Error("something is drawn where no text is")
	}
	for _, pages := range [][]int{{3}, {0}} {
		if _, err := Render(context.Background(), RenderRequest{Path: path, Pages: pages, Width: 100, Options: o}); CodeOf(err) != CodeCorrupt {
			t.Errorf("pages %v: %v", pages, err)
		}
	}
	if _, err := Render(context.Background(), RenderRequest{Path: write(t, "b.pdf", "text"), Pages: []int{1}, Width: 100, Options: o}); CodeOf(err) != CodeCorrupt {
		t.Errorf("no PDF: %v", err)
	}
	if _, err := Render(context.Background(), RenderRequest{Path: path, Pages: []int{1}, Width: MaxWidth + 1}); err == nil || CodeOf(err) != "" {
		t.Errorf("too wide: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Render(ctx, RenderRequest{Path: path, Pages: []int{1}, Width: 100, Options: o}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func darkPixels(img image.Image, r Rect) (n int) {
	b := img.Bounds()
	w, h := float64(b.Dx()), float64(b.Dy())
	for y := int(r.Y * h); y < int((r.Y+r.Height)*h); y++ {
		for x := int(r.X * w); x < int((r.X+r.Width)*w); x++ {
			if c, _, _, _ := img.At(x, y).RGBA(); c < 0x8000 {
				n++
			}
		}
	}
	return n
}

func TestPixels(t *testing.T) {
	for _, c := range []struct {
		w, h       float32
		width      int
		wide, high int
	}{
		{595, 842, 1200, 1200, 1698}, {842, 595, 2000, 2000, 1413}, {100, 10000, 2000, 28, 2800}, {10000, 1, 200, 200, 1}, {0, 0, 50, 50, 50},
	} {
		if w, h := pixels(c.w, c.h, c.width); w != c.wide || h != c.high {
			t.Errorf("%v × %v at %d: %d × %d", c.w, c.h, c.width, w, h)
		}
	}
}
