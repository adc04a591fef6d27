package store

import (
	"context"

	"coffre/index"
)

// Complete returns whole words for the last word of a text that p is typing, as
// passages that p may read at this moment have them. It traces nothing: no
// passage is shown, and the text that is typed is kept nowhere.
func (t *Tenant) Complete(ctx context.Context, p Principal, text string, collections []string, limit int) ([]string, error) {
	var classes index.Classes
	err := t.View(func(v *View) (err error) {
		classes, err = v.Classes(p, collections)
		return err
	})
	if err != nil || classes.Len() == 0 {
		return nil, err
	}
	if err := t.readyToSearch(ctx); err != nil {
		return nil, err
	}
	words, err := t.follower.index().Complete(ctx, classes, text, limit)
	if err != nil {
		return nil, Fail(Unavailable, "index-unavailable").Because(err)
	}
	return words, nil
}
