package preview

import (
	"time"

	"coffre/ui/look"
	"coffre/ui/page"
	"coffre/ui/words"
)

// asks is a page of a box that asks the firm's authority for its certificate.
func (s scene) asks(v page.TLS, change func(*page.TLS, *page.ACME)) page.TLS {
	a := page.ACME{
		On: true, Serving: true, Names: []string{"coffre.berthier.lan"}, Ways: []string{"tls-alpn-01", "http-01"}, Last: now.Add(-time.Hour), Next: now.Add(time.Hour),
		URL: "https://ca.berthier.lan/acme/acme/directory", Typed: "coffre.berthier.lan",
		Secrets: []look.Choice{{Label: s.l.T("acme.secret-none"), Selected: true}},
	}
	change(&v, &a)
	v.ACME = &a
	return v
}

// refuses is one whose authority refuses, with what it said.
func (s scene) refuses(v page.TLS, code, said string) page.TLS {
	return s.asks(v, func(v *page.TLS, a *page.ACME) {
		params := map[string]string{}
		if said != "" {
			params["said"] = said
		}
		a.Failing, a.Code, a.Sentence = now.AddDate(0, 0, -1), code, words.Error(s.l, code, params)
		if v.Kind == "installed" {
			v.Standing = "unissued"
		}
	})
}

func (s scene) acmePages() []Sample {
	own, firm := s.tls()
	valid := firm
	valid.Standing, valid.Days, valid.Strict, valid.Facts.Until = "ok", 60, 60, now.AddDate(0, 2, 0)
	return []Sample{
		{"settings-tls-acme", page.TLSPage(s.refuses(firm, "acme-check", "connection refused"))},
		{"settings-tls-acme-waiting", page.TLSPage(s.asks(own, func(_ *page.TLS, a *page.ACME) { a.Asking, a.Last, a.Next = true, time.Time{}, now }))},
		{"settings-tls-acme-valid", page.TLSPage(s.asks(valid, func(_ *page.TLS, a *page.ACME) { a.Next = now.AddDate(0, 1, 10) }))},
		{"settings-tls-acme-due", page.TLSPage(s.asks(firm, func(v *page.TLS, a *page.ACME) {
			v.Standing, a.Asking, a.Last, a.Next = "ok", true, now.AddDate(0, -2, 0), now
		}))},
		{"settings-tls-acme-idle", page.TLSPage(s.asks(valid, func(_ *page.TLS, a *page.ACME) { a.Serving, a.Last, a.Next = false, time.Time{}, time.Time{} }))},
		{"settings-tls-acme-account", page.TLSPage(s.refuses(own, "acme-account", "account is revoked"))},
	}
}

// acmeRefusals is every reason for which no certificate comes.
func (s scene) acmeRefusals() (out []Sample) {
	own, firm := s.tls()
	for i, c := range []struct{ code, said string }{
		{"acme-nameless", ""}, {"acme-nonce", "JWS has an invalid anti-replay nonce"}, {"acme-rate", "too many new orders recently"},
		{"acme-binding", "external account binding is required"}, {"acme-secret", ""}, {"acme-names", "policy forbids issuing for “coffre.berthier.lan”"},
		{"acme-terms", "the terms of service have changed: https://ca.berthier.lan/terms"}, {"acme-way", ""},
		{"acme-refused", "order is not acceptable: a certificate with 3 names of which none is in the list of the firm’s hosts may not be issued before somebody has looked at it"},
		{"acme-directory", "404 Not Found"}, {"acme-shut", ""}, {"acme-root", ""}, {"acme-server", "x509: certificate is valid for ca.local, not ca.berthier.lan"},
		{"acme-down", ""}, {"acme-failed", ""},
	} {
		v := own // it never came, or it came once
		if i%2 == 1 {
			v = firm
		}
		out = append(out, Sample{"refused-" + c.code, page.TLSPage(s.refuses(v, c.code, c.said))})
	}
	return out
}
