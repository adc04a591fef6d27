package store

import (
	"time"
)

// LinkFor is how long a one-time link opens something.
const LinkFor = 24 * time.Hour

// Link lets whoever holds its token choose the password of an account, once.
// Only the token's digest is stored; it is the record's key.
type Link struct {
	ID      string    `json:"id"`
	UserID  string    `json:"user"`
	By      string    `json:"by,omitempty"` // user id of who made it; "" for the operator
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
}

var links = table[Link]("links")

// Link returns the link of a token's digest; NotFound once it is used or over.
func (v *View) Link(digest string) (Link, error) {
	l, err := links.get(v, []byte(digest))
	if err == nil && !v.t.now().Before(l.Expires) {
		return Link{}, errNotFound
	}
	return l, err
}

// LinkOf returns the open link of a person.
func (v *View) LinkOf(user string) (found Link, err error) {
	err = links.each(v, nil, func(_ []byte, l Link) bool {
		if l.UserID == user && v.t.now().Before(l.Expires) {
			found = l
		}
		return found.ID == ""
	})
	if err == nil && found.ID == "" {
		err = errNotFound
	}
	return found, err
}

// PutLink makes a link for a person, good for LinkFor, in place of those that
// they had; what is over is removed.
func (tx *Tx) PutLink(digest, user, by string) (Link, error) {
	if _, err := tx.User(user); err != nil {
		return Link{}, err
	}
	now := tx.t.now().UTC()
	if err := tx.dropLinks(func(l Link) bool { return l.UserID == user || !now.Before(l.Expires) }); err != nil {
		return Link{}, err
	}
	l := Link{ID: NewID(), UserID: user, By: by, Created: now, Expires: now.Add(LinkFor)}
	return l, links.put(tx, []byte(digest), l)
}

// UseLink takes a link away and returns it: nobody uses it again. NotFound once
// it is used or over.
func (tx *Tx) UseLink(digest string) (Link, error) {
	l, err := tx.Link(digest)
	if err != nil {
		return l, err
	}
	return l, links.delete(tx, []byte(digest))
}

// DropLinks takes away the links of a person.
func (tx *Tx) DropLinks(user string) error {
	return tx.dropLinks(func(l Link) bool { return l.UserID == user })
}

func (tx *Tx) dropLinks(which func(Link) bool) error {
	var gone [][]byte
	err := links.each(&tx.View, nil, func(k []byte, l Link) bool {
		if which(l) {
			gone = append(gone, append([]byte{}, k...))
		}
		return true
	})
	for _, k := range gone {
		if err := links.delete(tx, k); err != nil {
			return err
		}
	}
	return err
}
