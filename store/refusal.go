package store

import "errors"

// Refusal is the cause of an error that rights are the reason of: something is there,
// and whoever asked may not have it. What they are told doesn't differ from what they
// are told of something that isn't there.
type Refusal struct {
	// Of is what was refused: RefusedRole, RefusedScope, or the kind of an object.
	Of string
	ID string // of the object, "" for none
}

// What is refused besides objects.
const (
	RefusedRole  = "role"  // the act is none of the person's
	RefusedScope = "scope" // the person's, and not the key's
)

// Error implements error.
func (r *Refusal) Error() string { return "no right: " + r.Of }

// RefusalOf finds the Refusal that an error comes of.
func RefusalOf(err error) (Refusal, bool) {
	var r *Refusal
	if errors.As(err, &r) {
		return *r, true
	}
	return Refusal{}, false
}

// hidden is NotFound for what is there, and not for whoever asks.
func hidden(of, id string) error { return errNotFound.Because(&Refusal{of, id}) }

// ReadOnly is what somebody is told who may read a collection and wants to write in it:
// Denied "collection-read-only".
func (c Collection) ReadOnly() error {
	return Fail(Denied, "collection-read-only", "name", c.Name).Because(&Refusal{"collection", c.ID})
}

// NoCollection is what somebody is told who may not read a collection, and of one that
// isn't there: NotFound "collection-not-found".
func (v *View) NoCollection(id string) error {
	e := Fail(NotFound, "collection-not-found")
	if c, err := v.Collection(id); err == nil && !c.Deleted {
		e = e.Because(&Refusal{"collection", id})
	}
	return e
}
