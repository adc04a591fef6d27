package preview

import (
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s scene) tlsPages() []Sample {
	own, firm := s.tls()
	firm.Missing, firm.Pending, firm.RequestFor = []string{"192.168.1.20"}, true, []string{"coffre.berthier.lan", "coffre.local"}
	refused := own
	refused.Faults = look.Faults{"certificate": {Code: "tls-names", Params: map[string]string{"names": "coffre.local"}}, "key": {Code: "tls-key-locked"}}
	file := firm
	file.Kind, file.Standing, file.CertFile, file.KeyFile = "file", "stuck", "/etc/ssl/coffre.pem", "/etc/ssl/coffre.key"
	file.Problem = &look.Fault{Code: "tls-pair"}
	return []Sample{
		{"settings-tls", page.TLSPage(own)},
		{"settings-tls-firm", page.TLSPage(firm)},
		{"settings-tls-refused", page.TLSPage(refused)},
		{"settings-tls-file", page.TLSPage(file)},
	}
}

// tls is the page with the box's own certificate, and with the firm's.
func (s scene) tls() (own, firm page.TLS) {
	own = page.TLS{
		Frame: s.frame(look.Settings, "/settings/tls"), Kind: "own", Standing: "ok", Days: 300, May: true, RequestKey: "rsa", Minimum: "1.2",
		ACME:    &page.ACME{Secrets: []look.Choice{{Label: s.l.T("acme.secret-none"), Selected: true}}},
		CAPrint: "6D:4C:2C:E9:8C:33:4E:BA:42:D2:31:D3:D5:12:FC:AC:49:8E:84:D9:68:04:E0:A8:85:DF:1D:73:BD:A0:3E:2B",
		Facts: page.CertificateFacts{
			Names: []string{"coffre.local", "localhost", "192.168.1.20"}, Issuer: "coffre CA mini 7cf240", From: now, Until: now.AddDate(0, 10, 0),
			Fingerprint: "F6:9F:4A:AA:07:E2:C4:CE:ED:46:39:B2:D0:1D:FB:E3:AA:C0:4B:69:5A:6D:07:9D:6D:81:D5:84:D4:41:F9:E6", Key: "ECDSA P-256", Chain: 2,
		},
	}
	firm = own
	firm.Kind, firm.Standing, firm.Days, firm.Installed, firm.CAPrint, firm.Strict = "installed", "soon", 12, true, "", 12
	firm.Facts.Issuer, firm.Facts.Names, firm.Facts.Key, firm.Facts.Until = "Berthier CA 2", []string{"coffre.berthier.lan"}, "RSA 3072", now.AddDate(0, 0, 12)
	return own, firm
}
