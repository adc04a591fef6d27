package store

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Grants are who may do something: "everyone", "group:ID" or "user:ID".
type Grants []string

// Everyone is the grant to every person of the tenant.
const Everyone = "everyone"

// Collection is a set of documents with one access class: whoever may read it
// is resolved when somebody asks.
type Collection struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Class   uint32    `json:"class"`
	Readers Grants    `json:"readers"`
	Writers Grants    `json:"writers"`
	Created time.Time `json:"created"`
	Deleted bool      `json:"deleted,omitempty"`
}

var collections = table[Collection]("collections")

// Collection returns a collection; the caller checks the right.
func (v *View) Collection(id string) (Collection, error) { return collections.get(v, []byte(id)) }

// Collections returns all collections that are not deleted, by name.
func (v *View) Collections() ([]Collection, error) {
	all, err := collections.all(v)
	all = slices.DeleteFunc(all, func(c Collection) bool { return c.Deleted })
	slices.SortFunc(all, func(a, b Collection) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return all, err
}

// CreateCollection gives c an id and a class. Names may repeat for nobody.
func (tx *Tx) CreateCollection(c Collection) (Collection, error) {
	c.Name = strings.TrimSpace(c.Name)
	if err := tx.checkCollection(c); err != nil {
		return c, err
	}
	n, err := tx.next("class")
	if err != nil {
		return c, err
	}
	if c.ID == "" {
		c.ID = NewID()
	}
	c.Class, c.Created = n, tx.t.now().UTC()
	tx.Event.Object.Kind, tx.Event.Object.ID = "collection", c.ID
	tx.Event.Detail["readers"], tx.Event.Detail["writers"] = append([]string{}, c.Readers...), append([]string{}, c.Writers...)
	return c, collections.put(tx, []byte(c.ID), c)
}

// UpdateCollection replaces name and grants; the new grants hold at the next
// query.
func (tx *Tx) UpdateCollection(c Collection) error {
	old, err := tx.Collection(c.ID)
	if err != nil || old.Deleted {
		return errNotFound
	}
	if err := tx.checkCollection(c); err != nil {
		return err
	}
	c.Class, c.Created = old.Class, old.Created
	tx.Event.Object.Kind, tx.Event.Object.ID = "collection", c.ID
	tx.Event.Detail["readers"], tx.Event.Detail["writers"] = append([]string{}, c.Readers...), append([]string{}, c.Writers...)
	return collections.put(tx, []byte(c.ID), c)
}

// DeleteCollection removes an empty collection.
func (tx *Tx) DeleteCollection(id string) error {
	c, err := tx.Collection(id)
	if err != nil || c.Deleted {
		return errNotFound
	}
	used := false
	err = documents.each(&tx.View, nil, func(_ []byte, d Document) bool {
		used = d.Collection == id
		return !used
	})
	if err != nil {
		return err
	}
	if used {
		return Fail(Conflict, "collection-not-empty", "name", c.Name)
	}
	c.Deleted = true
	tx.Event.Object.Kind, tx.Event.Object.ID = "collection", c.ID
	return collections.put(tx, []byte(id), c)
}

func (tx *Tx) checkCollection(c Collection) error {
	if c.Name == "" || len(c.Name) > 200 {
		return Fail(Invalid, "invalid-name", "field", "name")
	}
	for _, g := range slices.Concat(c.Readers, c.Writers) {
		if err := tx.checkGrant(g); err != nil {
			return err
		}
	}
	all, err := tx.Collections()
	if err != nil {
		return err
	}
	for _, o := range all {
		if o.ID != c.ID && strings.EqualFold(o.Name, c.Name) {
			return Fail(Conflict, "name-taken", "name", c.Name)
		}
	}
	return nil
}

func (v *View) checkGrant(g string) error {
	kind, id, _ := strings.Cut(g, ":")
	var err error
	switch {
	case g == Everyone:
	case kind == "group":
		_, err = v.Group(id)
	case kind == "user":
		_, err = v.User(id)
	default:
		err = errNotFound
	}
	if err != nil {
		return Fail(Invalid, "invalid-grant", "grant", g)
	}
	return nil
}

// next draws the next number of a counter, from 1, never reused.
func (tx *Tx) next(counter string) (uint32, error) {
	key := []byte("next_" + counter)
	var n uint32
	if b := tx.tx.Bucket([]byte("meta")).Get(key); b != nil {
		if err := json.Unmarshal(b, &n); err != nil {
			return 0, errDamaged
		}
	}
	return n + 1, tx.setNext(counter, n+1)
}

func (tx *Tx) setNext(counter string, n uint32) error {
	b, _ := json.Marshal(n)
	return tx.putRaw("meta", []byte("next_"+counter), b)
}
