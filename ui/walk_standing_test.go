package ui

import (
	"strings"

	"coffre/auth"
	"coffre/store"
)

// walkPlace is what the walk has put there for one person: a collection that they
// write, one that they only read, a document in each, a conversation.
type walkPlace struct {
	who            person
	own, shared    store.Collection
	document, read store.Document
	conversation   string
}

// object is what a request is about, with whom it belongs to.
type object struct {
	t            *store.Tenant
	who          person
	collection   store.Collection
	document     store.Document
	conversation string
}

// placeOf furnishes somebody's place, once.
func (w *walk) placeOf(p person) walkPlace {
	w.t.Helper()
	if at, ok := w.places[p.id]; ok {
		return at
	}
	mine := store.Grants{"user:" + p.id}
	at := walkPlace{who: p, own: w.collection(p.t, w.name("Propre"), mine, mine), shared: w.collection(p.t, w.name("Partagé"), mine, nil)}
	at.document = w.add(p.t, at.own, "propre.txt", "Le préavis du projet voisin est de cinq mois, à compter de la signature.")
	at.read = w.add(p.t, at.shared, "partage.txt", "Le préavis du personnel voisin est de six mois, à compter de la lettre.")
	at.conversation = w.newConversation(p)
	w.places[p.id] = at
	return at
}

// objectOf is what stands so to somebody: their own, what they only read, what
// another person of the firm has, what somebody of another firm has.
func (w *walk) objectOf(p person, s auth.Standing) object {
	w.t.Helper()
	of := p
	switch {
	case s == auth.Abroad:
		of = w.abroad
	case s == auth.Foreign && p.id == w.insider.id:
		of = w.outsider
	case s == auth.Foreign:
		of = w.insider
	}
	at := w.placeOf(of)
	if s == auth.Shared {
		return object{of.t, of, at.shared, at.read, ""}
	}
	return object{of.t, of, at.own, at.document, at.conversation}
}

// standings are the ways in which an object of this kind can stand to somebody.
func standings(kind string) []auth.Standing {
	switch strings.TrimPrefix(strings.TrimPrefix(kind, "fresh "), "binned ") {
	case "document", "collection":
		return []auth.Standing{auth.Own, auth.Shared, auth.Foreign, auth.Abroad}
	case "conversation", "key":
		return []auth.Standing{auth.Own, auth.Foreign, auth.Abroad}
	case "group", "user":
		return []auth.Standing{auth.Own, auth.Abroad}
	}
	return []auth.Standing{auth.Own}
}
