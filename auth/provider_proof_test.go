package auth

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"coffre/chain"
	"coffre/store"
)

func TestProven(t *testing.T) {
	listed := store.ProviderProof{Values: []string{"hwk", "2"}}
	for name, c := range map[string]struct {
		proof       store.ProviderProof
		said        []string
		second, key bool
	}{
		"nothing told":                  {store.ProviderProof{}, nil, false, false},
		"a password":                    {store.ProviderProof{}, []string{"pwd"}, false, false},
		"mfa by default":                {store.ProviderProof{}, []string{"mfa", "pwd"}, true, false},
		"refeds by default":             {store.ProviderProof{}, []string{"https://refeds.org/profile/mfa"}, true, false},
		"another case":                  {store.ProviderProof{}, []string{"MFA"}, false, false},
		"a part of a word":              {store.ProviderProof{}, []string{"mfa-none", "no mfa"}, false, false},
		"several words in one":          {store.ProviderProof{}, []string{"pwd mfa"}, false, false},
		"hwk isn't listed":              {store.ProviderProof{}, []string{"hwk"}, false, false},
		"hwk is listed":                 {listed, []string{"hwk"}, true, true},
		"a level is listed":             {listed, []string{"2"}, true, false},
		"mfa is no longer listed":       {listed, []string{"mfa"}, false, false},
		"a key besides":                 {listed, []string{"2", "hwk"}, true, true},
		"never":                         {store.ProviderProof{Trust: store.ProofNever, Values: []string{"mfa"}}, []string{"mfa"}, false, false},
		"always":                        {store.ProviderProof{Trust: store.ProofAlways}, nil, true, false},
		"always is no key":              {store.ProviderProof{Trust: store.ProofAlways}, []string{"hwk"}, true, false},
		"always, and a key is listed":   {store.ProviderProof{Trust: store.ProofAlways, Values: []string{"hwk"}}, []string{"hwk"}, true, true},
		"a word that nobody has chosen": {store.ProviderProof{Trust: "perhaps"}, []string{"mfa"}, false, false},
	} {
		got := proven(store.Provider{Proof: c.proof}, c.said)
		if got.second != c.second || got.key != c.key || (got.by != "") != c.second {
			t.Errorf("%s: %+v", name, got)
		}
	}
	var many []string
	for n := range 500 {
		many = append(many, fmt.Sprint(n, strings.Repeat("x", 500)))
	}
	if got := proven(store.Provider{}, many); len(got.said) != saidMost || len(got.said[0]) > saidBytes {
		t.Errorf("%d words are kept", len(got.said))
	}
}

// required asks everybody, or administrators by a key, for a second factor.
func (b *box) required(admins bool) {
	b.Helper()
	_, err := b.t.Update(b.ctx, store.Operator("1000").Actor, chain.Event{Action: chain.SettingsUpdate}, func(tx *store.Tx) error {
		if admins {
			if err := tx.PutSetting(SettingFactorAdmin, PhishingResistant); err != nil {
				return err
			}
		}
		return tx.PutSetting(SettingFactorRequired, RequiredEverybody)
	})
	if err != nil {
		b.Fatal(err)
	}
}

// TestProviderFactor: what a provider tells of a second factor, from its token to
// the steps of the session and the entry.
func TestProviderFactor(t *testing.T) {
	for name, c := range map[string]struct {
		proof   store.ProviderProof
		amr     any
		acr     any
		needs   []string
		proofBy string
	}{
		"told":              {amr: []string{"pwd", "mfa"}, proofBy: "listed"},
		"told by one word":  {amr: "mfa", proofBy: "listed"},
		"told by acr":       {proof: store.ProviderProof{Values: []string{"urn:acme:strong"}}, acr: "urn:acme:strong", proofBy: "listed"},
		"not told":          {needs: []string{StepEnroll}},
		"a password":        {amr: []string{"pwd"}, needs: []string{StepEnroll}},
		"never believed":    {proof: store.ProviderProof{Trust: store.ProofNever}, amr: []string{"mfa"}, needs: []string{StepEnroll}},
		"always believed":   {proof: store.ProviderProof{Trust: store.ProofAlways}, proofBy: "always"},
		"a number":          {proof: store.ProviderProof{Values: []string{"2"}}, acr: 2, needs: []string{StepEnroll}},
		"an object":         {amr: map[string]any{"mfa": true}, needs: []string{StepEnroll}},
		"true":              {amr: true, needs: []string{StepEnroll}},
		"a list in a list":  {amr: []any{[]string{"mfa"}}, needs: []string{StepEnroll}},
		"numbers and words": {amr: []any{1, nil, "mfa"}, proofBy: "listed"},
		"a control byte":    {amr: []string{"mfa\x00"}, needs: []string{StepEnroll}},
		"a huge word":       {amr: []string{strings.Repeat("mfa", 20000)}, needs: []string{StepEnroll}},
		"a huge list":       {amr: append(slices.Repeat([]string{"pwd"}, 3000), "mfa"), needs: []string{StepEnroll}},
	} {
		t.Run(name, func(t *testing.T) {
			x := newBox(t).through(func(d *ProviderDraft) { d.Proof = c.proof })
			x.required(false)
			x.idp.Claims = map[string]any{"preferred_username": "zoe"}
			if c.amr != nil {
				x.idp.Claims["amr"] = c.amr
			}
			if c.acr != nil {
				x.idp.Claims["acr"] = c.acr
			}
			o, err := x.enter()
			if err != nil || !slices.Equal(o.Principal.Needs, c.needs) {
				t.Fatalf("%q, %v", o.Principal.Needs, err)
			}
			in := x.entries(chain.AuthSignIn)
			d := in[len(in)-1].Detail
			if by, _ := d["proof"].(string); by != c.proofBy {
				t.Errorf("the entry says %+v", d)
			}
			all, err := x.s.Sessions(x.t, x.operator(), o.Principal.UserID)
			if err != nil || len(all) != 1 || (len(all[0].Factors) > 0) != (c.proofBy != "") {
				t.Errorf("%+v %v", all, err)
			}
		})
	}
}

// TestProviderFactorOfAdministrators: where the firm wants keys of administrators,
// a provider's word is enough only if it names one and the record lists it.
func TestProviderFactorOfAdministrators(t *testing.T) {
	for said, want := range map[string][]string{"mfa": {StepEnroll}, "hwk": nil} {
		x := newBox(t).through(func(d *ProviderDraft) {
			d.Proof.Values = []string{"mfa", "hwk"}
			d.Groups = []store.ProviderGroup{{Claim: "chiefs", Role: store.Admin}}
		})
		x.required(true)
		x.idp.Claims = map[string]any{"preferred_username": "zoe", "groups": "chiefs", "amr": said}
		if o, err := x.enter(); err != nil || !slices.Equal(o.Principal.Needs, want) {
			t.Errorf("%s: %q, %v", said, o.Principal.Needs, err)
		}
	}
}

func TestSAMLFactor(t *testing.T) {
	const refeds = "https://refeds.org/profile/mfa"
	for context, needs := range map[string][]string{refeds: nil, "": {StepEnroll}, " " + refeds + "\n": nil, refeds + "x": {StepEnroll}} {
		x := newBox(t).asserted()
		x.required(false)
		cookie, a := x.begin()
		a.Context = context
		o, err := x.finish(cookie, x.idp.Good(a))
		if err != nil || !slices.Equal(o.Principal.Needs, needs) {
			t.Errorf("%q: %q, %v", context, o.Principal.Needs, err)
		}
	}
	// Microsoft's providers tell it in an attribute.
	x := newBox(t).asserted()
	x.required(false)
	cookie, a := x.begin()
	a.Methods = []string{"http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password", "http://schemas.microsoft.com/claims/multipleauthn"}
	if o, err := x.finish(cookie, x.idp.Good(a)); err != nil || len(o.Principal.Needs) != 0 {
		t.Errorf("%+v, %v", o.Principal.Needs, err)
	}
}

func TestProviderProofIsChecked(t *testing.T) {
	x := newBox(t).through(nil)
	for code, p := range map[string]store.ProviderProof{
		"provider-proof":       {Trust: "sometimes"},
		"provider-proof-value": {Values: []string{"two words"}},
		"provider-proof-many":  {Ask: strings.Fields(strings.Repeat("a b c d e f g h i j k l m n o p q r s t u v w x y z ", 1))},
	} {
		d := ProviderDraft{Provider: x.p}
		d.Proof = p
		_, err := x.s.SaveProvider(x.ctx, x.t, x.operator(), d, "", func() error { return nil })
		wantCode(t, err, code)
	}
}

// TestProviderPresence: that somebody has been signed in at the provider since the
// morning proves no presence now.
func TestProviderPresence(t *testing.T) {
	x := newBox(t).through(nil)
	for name, c := range map[string]struct {
		age     time.Duration // since presence was proven there; 0: not told
		again   bool
		present bool
	}{
		"just now":           {age: time.Second, present: true},
		"this morning":       {age: 3 * time.Hour},
		"not told":           {},
		"asked, not told":    {again: true, present: true},
		"asked, and not so":  {age: 3 * time.Hour, again: true},
		"asked, and so":      {age: time.Second, again: true, present: true},
		"in a year, it says": {age: -365 * 24 * time.Hour, present: true},
	} {
		x.idp.Claims = map[string]any{"preferred_username": "zoe"}
		if c.age != 0 {
			x.idp.Claims["auth_time"] = x.clock.now().Add(-c.age).Unix()
		}
		to, cookie, err := x.s.StartOIDC(x.ctx, x.t, x.p.ID, "/ask", SignIn{Address: here, Again: c.again})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(to, "prompt=login") != c.again {
			t.Errorf("%s: %s", name, to)
		}
		o, err := x.finish(x.p, cookie, x.at(to))
		if err != nil {
			t.Fatal(err)
		}
		p, err := x.s.Session(x.ctx, x.t, o.Token)
		if err != nil || x.s.Present(x.t, p) != c.present {
			t.Errorf("%s: present since %v, %v", name, p.Fresh, err)
		}
	}
}
