package auth

import (
	"slices"
	"testing"

	"coffre/chain"
	"coffre/store"
)

// TestFactorWhateverTheMethod: whoever has a second factor shows it, however they
// signed in; a provider's bare word is none, and the paper code of the firm is for
// when nothing else works.
func TestFactorWhateverTheMethod(t *testing.T) {
	b := newBox(t)
	_, err := b.t.Update(b.ctx, store.Person(b.member.ID), chain.Event{Action: chain.FactorAdd}, func(tx *store.Tx) error {
		f := store.Factor{UserID: b.member.ID, Kind: store.FactorTOTP, State: []byte(`{"step":1}`)}
		f, err := tx.PutFactor(f)
		tx.Event.Detail["factor"], tx.Event.Detail["kind"] = f.ID, f.Kind
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for method, want := range map[string][]string{
		"password": {StepFactor}, methodDirectory: {StepFactor}, methodCached: {StepFactor}, "passkey": {StepFactor}, "one of tomorrow": {StepFactor},
		"oidc": {StepFactor}, "saml": {StepFactor}, methodGuest: nil, methodBreakGlass: nil,
	} {
		got, err := view(b.t, func(v *store.View) ([]string, error) { return b.s.factorSteps(v, b.member, proof{method: method}) })
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v, want %q", method, got, err, want)
		}
	}
}
