package ui

import (
	"context"
	"crypto/tls"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"coffre/store"
	"coffre/ui/certs"
	"coffre/ui/look"
)

// The settings of HTTPS, of each firm by itself.
const (
	SettingTLSMinimum = "tls.minimum" // TLS12 or TLS13
	SettingTLSNames   = "tls.names"   // host names besides the machine's, between spaces
)

// The values of SettingTLSMinimum.
const (
	TLS12 = "1.2"
	TLS13 = "1.3"
)

func validTLSNames(s string) bool {
	all := strings.Fields(s)
	return len(s) <= 2000 && (len(all) == 0 || certs.ValidNames(all))
}

// FollowTLS completes o with what the settings of the box's firms say, and enters
// certificates that change by themselves in the box's chain.
func FollowTLS(root *store.Root, o certs.Options) certs.Options {
	o.More = func() []string {
		var out []string
		eachFirm(root, func(rec store.TenantRecord, v *store.View) {
			out = append(append(out, rec.Hosts...), strings.Fields(v.Setting(SettingTLSNames, ""))...)
		})
		return out
	}
	o.Minimum = func(name string) uint16 { return minimumTLS(root, name) }
	// In the background: a handshake holds the manager while it tells.
	o.Changed = func(kind string, f certs.Facts) {
		if kind == certs.Installed {
			return // entered by who did it
		}
		go enterRenewal(root, kind, f, o.Log)
	}
	return o
}

// eachFirm shows the settings of every firm that opens.
func eachFirm(root *store.Root, fn func(store.TenantRecord, *store.View)) {
	all, err := root.Tenants()
	if err != nil {
		return
	}
	for _, rec := range all {
		t, release, err := root.Acquire(rec.ID)
		if err != nil {
			continue
		}
		t.View(func(v *store.View) error { fn(rec, v); return nil })
		release()
	}
}

// minimumTLS is the setting of the firm whose host name a browser wants; under a
// name that is none's, the strictest.
func minimumTLS(root *store.Root, name string) uint16 {
	least, found := uint16(tls.VersionTLS12), false
	eachFirm(root, func(rec store.TenantRecord, v *store.View) {
		mine := slices.ContainsFunc(rec.Hosts, func(h string) bool { return strings.EqualFold(h, name) })
		strict := v.Setting(SettingTLSMinimum, TLS12) == TLS13
		switch {
		case mine && !found:
			least, found = tls.VersionTLS12, true
			fallthrough
		case !found || mine:
			if strict {
				least = tls.VersionTLS13
			}
		}
	})
	return least
}

func enterRenewal(root *store.Root, kind string, f certs.Facts, log *slog.Logger) {
	if _, err := root.Box.Record(context.Background(), store.System("box"), renewed(kind, f)); err != nil && log != nil {
		log.Error("a renewed certificate can't be entered", "err", err)
	}
}

// certificates is the manager, nil where there is none.
func (s *Server) certificates() *certs.Manager {
	if s.Certs == nil {
		return nil
	}
	m, err := s.Certs()
	if err != nil {
		s.Log.Error("certificates can't be read", "err", err)
		return nil
	}
	return m
}

// authorityFile is the box's own authority, "" where browsers needn't trust it.
func (s *Server) authorityFile() string {
	if m := s.certificates(); m != nil && m.Kind() != certs.Own {
		return ""
	}
	return s.CAFile
}

// transportSecurity is the header of RFC 6797. Zero takes back what an earlier
// certificate, or an earlier coffre, had browsers remember. In hardened mode it is
// never less than a year; a browser that doesn't trust the certificate ignores it
// (8.1).
func (s *Server) transportSecurity() string {
	var d time.Duration
	if m := s.certificates(); m != nil {
		d = m.Strict()
	}
	if s.strict.now(s.Root) {
		d = max(d, hardenedStrict)
	}
	return "max-age=" + strconv.Itoa(int(d/time.Second))
}

// TLSStatus is what is served, for health checks; false where nothing is.
func (s *Server) TLSStatus() (certs.Status, bool) {
	m := s.certificates()
	if m == nil {
		return certs.Status{}, false
	}
	return m.Status(), true
}

// tlsAlarm warns administrators of a certificate that ends, has ended, or can't
// be replaced.
func (q *request) tlsAlarm() []look.Notice {
	s, ok := q.s.TLSStatus()
	if !ok {
		return nil
	}
	verdict, days := s.Standing(time.Now())
	date := q.lang.Date(s.Expires.Local())
	switch verdict {
	case certs.Soon:
		return []look.Notice{{Tone: look.Warn, Text: q.lang.T("tls.alarm-soon", "n", days, "date", date)}}
	case certs.Ended:
		return []look.Notice{{Tone: look.Bad, Text: q.lang.T("tls.alarm-ended", "date", date)}}
	case certs.Unissued:
		return []look.Notice{{Tone: look.Warn, Text: q.lang.T("tls.alarm-unissued", "date", date)}}
	case certs.Stuck:
		return []look.Notice{{Tone: look.Bad, Text: q.lang.T("tls.alarm-stuck")}}
	}
	return nil
}
