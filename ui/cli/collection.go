package cli

import (
	"context"
	"slices"
	"strings"
)

type collection struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	MayWrite bool   `json:"may_write"`
}

func (b *box) collections(ctx context.Context) ([]collection, error) {
	var all []collection
	err := b.pages(ctx, "/collections", nil, func(p page) (int, error) {
		all = append(all, p.Collections...)
		return len(p.Collections), nil
	})
	return all, err
}

// collections resolves every --collection, a name or an id, to an id.
func (c *Call) collections(ctx context.Context, b *box) ([]string, error) {
	wanted := c.FlagAll("collection")
	if len(wanted) == 0 {
		return nil, nil
	}
	all, err := b.collections(ctx)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, name := range wanted {
		found, err := findCollection(all, name)
		if err != nil {
			return nil, err
		}
		ids = append(ids, found.ID)
	}
	return ids, nil
}

// target is the collection that receives files: the one named, or the only one
// that may be written.
func (c *Call) target(ctx context.Context, b *box) (collection, error) {
	all, err := b.collections(ctx)
	if err != nil {
		return collection{}, err
	}
	writable := slices.DeleteFunc(slices.Clone(all), func(x collection) bool { return !x.MayWrite })
	if name := c.Flag("collection"); name != "" {
		found, err := findCollection(all, name)
		if err == nil && !found.MayWrite {
			err = Fail(ExitDenied, "cli.collection.read-only", "name", clean(found.Name))
		}
		return found, err
	}
	switch len(writable) {
	case 0:
		return collection{}, Fail(ExitFailed, "cli.collection.none")
	case 1:
		return writable[0], nil
	}
	return collection{}, usage("cli.collection.choose", "names", namesOf(writable))
}

func findCollection(all []collection, name string) (collection, error) {
	same := []func(collection) bool{
		func(x collection) bool { return x.ID == name || x.Name == name },
		func(x collection) bool { return strings.EqualFold(x.Name, name) },
	}
	for _, is := range same {
		if i := slices.IndexFunc(all, is); i >= 0 {
			return all[i], nil
		}
	}
	return collection{}, usage("cli.collection.unknown", "name", name, "names", namesOf(all))
}

func namesOf(all []collection) listed {
	var names listed
	for _, x := range all {
		names = append(names, clean(x.Name))
	}
	return names
}
