package ui

import (
	"net/netip"
	"slices"
	"strings"

	"coffre/auth"
	"coffre/store"
	"coffre/store/metric"
)

// SettingMetricsFrom are the addresses and networks from which /metrics is read
// without a key, parted by commas. The default is the machine itself; empty is
// nobody.
const SettingMetricsFrom = "metrics.from"

const metricsFromDefault = "127.0.0.0/8, ::1/128"

func validMetricsFrom(s string) bool {
	for _, n := range networksIn(s) {
		if _, err := auth.CleanNetworks([]string{n}); err != nil {
			return false
		}
	}
	return len(networksIn(s)) <= 20 && len(s) <= 1000
}

func networksIn(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}

func (s *Server) metricsRoutes() []route {
	return []route{{method: "GET", path: "/metrics", may: auth.MetricsRead, whole: true, near: true, do: (*request).metrics}}
}

// proxied are headers by which a proxy tells that it asks for somebody else:
// whose address the connection has says nothing then.
var proxied = []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"}

// isNear tells whether a caller who shows no credential comes from where a firm's
// settings let a machine read.
func (q *request) isNear() bool {
	if !q.route.near || q.p.UserID != "" || auth.BearerOf(q.r) != "" || auth.TokenOf(q.r) != "" {
		return false
	}
	if slices.ContainsFunc(proxied, func(h string) bool { return q.r.Header.Get(h) != "" }) {
		return false
	}
	at, err := netip.ParseAddr(q.address())
	if err != nil {
		return false
	}
	at, from := at.Unmap().WithZone(""), ""
	q.view(func(v *store.View) error { from = v.Setting(SettingMetricsFrom, metricsFromDefault); return nil })
	networks, err := auth.CleanNetworks(networksIn(from))
	return err == nil && slices.ContainsFunc(networks, func(n string) bool {
		p, err := netip.ParsePrefix(n)
		return err == nil && p.Contains(at)
	})
}

// metrics writes the box's figures. Over the network a firm reads its own, and
// those of the machine only where it is alone on it: they would tell what other
// firms do. On the local socket there is everything, by firm.
func (q *request) metrics() error {
	format := metric.Negotiate(q.r.Header.Get("Accept"))
	w := metric.NewWriter(format)
	all, err := q.s.Root.Tenants()
	if err != nil {
		return err
	}
	q.s.writeBuild(w)
	if q.t == nil || len(all) == 1 {
		q.s.writeMachine(w)
	}
	figures := []firmFigures{}
	for _, rec := range all {
		switch {
		case q.t == nil:
			figures = append(figures, q.s.figuresOf(rec.ID, "tenant", rec.ID))
		case q.t.ID == rec.ID:
			figures = append(figures, q.s.figuresOf(rec.ID))
		}
	}
	writeFirms(w, figures)
	h := q.w.Header()
	h.Set("Content-Type", format.ContentType())
	h.Set("Vary", "Accept")
	_, err = q.w.Write(w.Bytes())
	return err
}
