package store

import (
	"context"
	"fmt"

	"coffre/index"
)

// chooser gives the index the embedder that the settings choose, at the opening
// and after each change of a setting. It has a goroutine of its own: loading
// vectors must hold up neither the opening nor a commit.
type chooser struct {
	f      *follower
	signal chan struct{}
	chosen chan struct{} // closed after the first choice
	ended  chan struct{}
}

func newChooser(f *follower) *chooser {
	return &chooser{f: f, signal: make(chan struct{}, 1), chosen: make(chan struct{}), ended: make(chan struct{})}
}

func (c *chooser) wake() {
	select {
	case c.signal <- struct{}{}:
	default:
	}
}

func (c *chooser) run() {
	defer close(c.ended)
	for first := true; ; first = false {
		if err := guard(c.f.t.path, c.choose); err != nil && c.f.ctx.Err() == nil {
			c.f.t.log.Error("embedder can't be set", "tenant", c.f.t.ID, "err", err)
		}
		if first {
			close(c.chosen)
		}
		select {
		case <-c.f.ctx.Done():
			return
		case <-c.signal:
		}
	}
}

func (c *chooser) choose() error {
	t := c.f.t
	if t.embedders == nil {
		return nil
	}
	var all []index.Embedder
	err := t.View(func(v *View) (err error) {
		all, err = t.embedders(v)
		return err
	})
	if err != nil {
		return fmt.Errorf("choose embedder: %w", err)
	}
	if len(all) == 0 {
		return c.f.index().SetEmbedder(nil)
	}
	return c.f.index().SetEmbedder(all[0], all[1:]...)
}

// texts hands the index's backlog the passages that it asks for, as they are
// now; those that are gone or not current are left out.
func (f *follower) texts(ctx context.Context, ordinals []uint32) ([]index.Passage, error) {
	var out []index.Passage
	err := guard(f.t.path, func() error {
		return f.t.read(func(btx *boltTx) error {
			v := &View{f.t, btx}
			docs := map[uint32]*Document{}
			for _, o := range ordinals {
				if err := ctx.Err(); err != nil {
					return err
				}
				p, ok, err := v.indexed(o, docs)
				if err != nil {
					return err
				}
				if ok {
					out = append(out, p)
				}
			}
			return nil
		})
	})
	return out, err
}

// indexed is a passage as the index has it, false where the index should have
// none of that number. docs keeps documents between calls.
func (v *View) indexed(ordinal uint32, docs map[uint32]*Document) (index.Passage, bool, error) {
	p, err := v.passage(ordinal)
	if err != nil {
		return index.Passage{}, false, missingIsNone(err)
	}
	d := docs[p.Document]
	if d == nil {
		found, err := v.documentByOrdinal(p.Document)
		if err != nil {
			return index.Passage{}, false, missingIsNone(err)
		}
		d = &found
		docs[p.Document] = d
	}
	return asIndexed(*d, p), p.Version == d.Current, nil
}

func missingIsNone(err error) error {
	if IsNotFound(err) {
		return nil
	}
	return err
}

// asIndexed is the form in which the index knows a passage.
func asIndexed(d Document, p Passage) index.Passage {
	title := d.Title
	if p.Heading != "" {
		title += " › " + p.Heading
	}
	return index.Passage{Ordinal: p.Ordinal, Title: title, Text: p.Text, Lang: p.Lang}
}

// WaitEmbedded returns once every indexed passage that the embedder can embed
// has its vector, or ctx ends.
func (t *Tenant) WaitEmbedded(ctx context.Context) error {
	select {
	case <-t.follower.chooser.chosen:
	case <-ctx.Done():
		return ctx.Err()
	}
	return t.follower.index().WaitEmbedded(ctx)
}
