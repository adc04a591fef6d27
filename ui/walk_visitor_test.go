package ui

import (
	"strings"

	"coffre/auth"
	"coffre/chain"
	"coffre/store"
)

// visitor is a caller with what the policy must make of them.
type visitor struct {
	caller
	p   store.Principal // zero: nobody
	who person
}

// visitors is everybody that the walk sends.
func (w *walk) visitors() []visitor {
	var out []visitor
	w.abroad = w.person(w.b, "stefan", store.Admin)
	w.elevated = w.person(w.a, "elise", store.Member)
	w.do(w.a, chain.GroupCreate, func(tx *store.Tx) error {
		_, err := tx.PutGroup(store.Group{Name: w.name("Administration"), Members: []string{w.elevated.id}, Role: store.Admin})
		return err
	})
	for _, p := range []person{w.insider, w.outsider, w.auditor, w.admin, w.elevated} {
		pr := store.Principal{UserID: p.id, Role: p.role}
		if p == w.elevated {
			pr.Role = store.Admin
		}
		out = append(out, visitor{w.session(p), pr, p}, visitor{w.apiKey(p), pr, p})
	}
	for _, p := range []person{w.insider, w.admin} {
		for _, scope := range auth.Scopes {
			pr := store.Principal{UserID: p.id, Role: p.role, Scopes: []string{scope}}
			out = append(out, visitor{w.scopedKey(p, scope), pr, p})
		}
	}
	return append(out, w.nobodies()...)
}

// nobodies are those whose cookie or key is none here.
func (w *walk) nobodies() (out []visitor) {
	left := w.person(w.a, "denis", store.Member)
	leftSession, leftKey := w.session(left), w.apiKey(left)
	if err := w.auth.Disable(w.ctx, w.a, store.Operator("test"), left.id); err != nil {
		w.t.Fatal(err)
	}
	abroad, abroadKey := w.session(w.abroad), w.apiKey(w.abroad)
	abroad.host, abroadKey.host = hostA, hostA
	made := caller{name: "made-up session", host: hostA, cookie: "alpha." + store.NewToken()}
	for _, c := range []caller{{name: "nobody", host: hostA}, leftSession, leftKey, abroad, abroadKey, made} {
		out = append(out, visitor{caller: c})
	}
	return out
}

// scopedKey makes a key that opens one scope.
func (w *walk) scopedKey(p person, scope string) caller {
	w.t.Helper()
	secret := store.NewToken()
	w.do(p.t, chain.KeyCreate, func(tx *store.Tx) error {
		_, err := tx.CreateAPIKey(store.APIKeyRecord{Name: scope, UserID: p.id, Digest: store.TokenDigest(secret), Scopes: []string{scope}})
		return err
	})
	whole := w.apiKey(p)
	at := strings.LastIndex(whole.key, whole.key[len(whole.key)-len(secret):])
	return caller{name: p.login + "'s key to " + scope, host: p.host, key: whole.key[:at] + secret}
}
