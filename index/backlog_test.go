package index

import (
	"context"
	"errors"
	"testing"
)

// leaving is an embedder that goes away after some texts, for good or not.
type leaving struct {
	*bag
	takes   int
	refuses string
}

var errAway, errText = errors.New("away"), errors.New("text refused")

func (l *leaving) Embed(ctx context.Context, texts []string, query bool) ([][]float32, error) {
	if l.takes--; l.takes < 0 {
		return nil, errAway
	}
	if texts[0] == l.refuses {
		return nil, errText
	}
	return l.bag.Embed(ctx, texts, query)
}

// TestEmbedSingly: a text is given up only where the embedder is there and
// takes others.
func TestEmbedSingly(t *testing.T) {
	texts := []string{"un", "deux", "trois"}
	for _, c := range []struct {
		name    string
		e       *leaving
		want    int // vectors
		refused error
	}{
		{"all taken", &leaving{newBag("a"), 10, ""}, 3, nil},
		{"one refused", &leaving{newBag("a"), 10, "deux"}, 2, nil},
		{"away half-way", &leaving{newBag("a"), 2, ""}, 0, errAway},
		{"away from the beginning", &leaving{newBag("a"), 0, ""}, 0, errAway},
		{"one refused, then away", &leaving{newBag("a"), 3, "deux"}, 0, errAway},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := embedSingly(t.Context(), c.e, texts)
			n := 0
			for _, v := range got {
				if v != nil {
					n++
				}
			}
			if !errors.Is(err, c.refused) || n != c.want {
				t.Errorf("%d vectors, %v; want %d, %v", n, err, c.want, c.refused)
			}
		})
	}
}
