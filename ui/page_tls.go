package ui

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/certs"
	"coffre/ui/look"
	"coffre/ui/page"
)

func (s *Server) tlsRoutes() []route {
	return []route{
		{method: "GET", path: "/settings/tls", may: auth.SettingsAdmin, do: func(q *request) error { return q.tlsPage(nil, http.StatusOK) }},
		{method: "POST", path: "/settings/tls", may: auth.SettingsAdmin, do: (*request).tlsInstallForm},
		{method: "POST", path: "/settings/tls/remove", may: auth.SettingsAdmin, do: (*request).tlsRemoveForm},
		{method: "GET", path: "/settings/tls/request", may: auth.SettingsAdmin, do: (*request).restTLSPending},
		{method: "POST", path: "/settings/tls/request", may: auth.SettingsAdmin, do: (*request).tlsRequestForm},
		{method: "POST", path: "/settings/tls/request/drop", may: auth.SettingsAdmin, do: (*request).tlsDropForm},
		{method: "POST", path: "/settings/tls/options", may: auth.SettingsAdmin, do: (*request).tlsOptionsForm},
	}
}

// tlsPage draws the page, with what was typed where it was refused.
func (q *request) tlsPage(faults look.Faults, status int) error {
	v := page.TLS{Frame: q.frame(look.Settings), Faults: faults, RequestKey: certs.KeyRSA, Rest: q.r.PostForm}
	m := q.s.certificates()
	if m == nil {
		return store.Fail(store.Unavailable, "tls-off")
	}
	s := m.Status()
	v.Kind, v.Missing, v.Strict = s.Kind, s.Missing, int(m.Strict()/(24*time.Hour))
	v.Facts = page.CertificateFacts(s.Facts)
	v.Standing, v.Days = s.Standing(time.Now())
	if s.Problem != nil {
		e := tlsProblem(s.Problem)
		v.Problem = &look.Fault{Code: e.Code, Params: e.Params}
	}
	v.Installed = m.HasInstalled() && s.Kind != certs.FromFile
	_, v.CAPrint = m.CA()
	csr, hosts := m.Pending()
	v.Pending, v.RequestFor = csr != nil, hosts
	v.CertFile, v.KeyFile = m.Files()
	err := q.view(func(view *store.View) error {
		v.Minimum, v.Names = view.Setting(SettingTLSMinimum, TLS12), strings.Join(strings.Fields(view.Setting(SettingTLSNames, "")), "\n")
		return nil
	})
	if err != nil {
		return err
	}
	if v.ACME, err = q.acmeView(); err != nil {
		return err
	}
	v.RequestNames = strings.Join(q.requestable(v), "\n")
	_, refused := q.mayChangeTLS()
	v.May = refused == nil
	v.Typed()
	return q.render(status, page.TLSPage(v))
}

// requestable are the names that a signing request begins with: those in use that
// an authority would sign.
func (q *request) requestable(v page.TLS) (out []string) {
	for _, h := range append(q.usedHosts(), strings.Fields(v.Names)...) {
		if certs.ValidNames([]string{h}) && h != "localhost" && !strings.HasPrefix(h, "127.") {
			out = append(out, h)
		}
	}
	return out
}

// tlsFault shows what was refused beside its field.
func (q *request) tlsFault(err error, field string) error {
	e := store.AsError(err)
	if e.Kind != store.Invalid && e.Kind != store.TooLarge && e.Kind != store.Denied {
		return err
	}
	return q.tlsPage(look.Faults{field: {Code: e.Code, Params: e.Params}}, http.StatusUnprocessableEntity)
}

// tlsInstallForm takes two files, of at most certs.MaxHanded bytes each.
func (q *request) tlsInstallForm() error {
	if _, err := q.mayChangeTLS(); err != nil {
		return err
	}
	q.r.Body = http.MaxBytesReader(q.w, q.r.Body, 2*certs.MaxHanded+formRoom)
	h := certs.Handed{Anyway: q.r.FormValue("anyway") != ""}
	for field, to := range map[string]*[]byte{"certificate": &h.Chain, "key": &h.Key} {
		b, err := q.handedFile(field)
		if err != nil {
			return q.tlsFault(err, "certificate")
		}
		*to = b
	}
	c, err := q.installCertificate(h)
	if err != nil {
		return q.tlsFault(err, faultyField(err))
	}
	if len(c.Missing) > 0 {
		return q.done(nil, "/settings/tls", "notice.tls-missing", "names", strings.Join(c.Missing, ", "))
	}
	if len(c.Notes) > 0 {
		return q.done(nil, "/settings/tls", noteNotice[c.Notes[0]])
	}
	return q.done(nil, "/settings/tls", "notice.tls")
}

// noteNotice says what an accepted certificate lacks.
var noteNotice = map[string]string{
	certs.NoteOrdered: "notice.tls-ordered", certs.NoteAlone: "notice.tls-alone",
	certs.NoteSelf: "notice.tls-self", certs.NoteStranger: "notice.tls-stranger",
}

// faultyField is where a refusal of the upload belongs.
func faultyField(err error) string {
	switch store.AsError(err).Code {
	case "tls-pair", "tls-key-locked", "tls-key-damaged", "tls-no-key":
		return "key"
	}
	return "certificate"
}

func (q *request) handedFile(field string) ([]byte, error) {
	f, _, err := q.r.FormFile(field)
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &big):
		return nil, store.Fail(store.TooLarge, "tls-large")
	case errors.Is(err, http.ErrMissingFile), errors.Is(err, http.ErrNotMultipart):
		return nil, nil
	case err != nil:
		return nil, store.Fail(store.Invalid, "bad-request").Because(err)
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, certs.MaxHanded+1))
}

func (q *request) tlsRemoveForm() error {
	if err := q.form(); err != nil {
		return err
	}
	return q.done(q.removeCertificate(), "/settings/tls", "notice.tls-removed")
}

func (q *request) tlsRequestForm() error {
	if err := q.form(); err != nil {
		return err
	}
	if err := q.requestCertificate(typedHosts(q.r.PostFormValue("names")), q.r.PostFormValue("kind")); err != nil {
		return q.tlsFault(err, "names")
	}
	return q.done(nil, "/settings/tls#request", "notice.tls-request")
}

func (q *request) tlsDropForm() error {
	if err := q.form(); err != nil {
		return err
	}
	return q.done(q.dropRequest(), "/settings/tls", "notice.tls-dropped")
}

// typedHosts are host names as people type them, one a line or between commas.
func typedHosts(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",; \t\r\n\u00a0\u202f", r) })
}

func (q *request) tlsOptionsForm() error {
	if err := q.form(); err != nil {
		return err
	}
	in := map[string]string{}
	if q.r.PostForm.Has(SettingTLSMinimum) {
		in[SettingTLSMinimum] = q.r.PostForm.Get(SettingTLSMinimum)
	}
	if q.r.PostForm.Has(SettingTLSNames) {
		in[SettingTLSNames] = strings.Join(typedHosts(q.r.PostForm.Get(SettingTLSNames)), " ")
	}
	err := q.putSettings(in)
	if e := store.AsError(err); err != nil && e.Kind == store.Invalid {
		return q.tlsPage(look.Faults{e.Params["name"]: {Code: e.Code, Params: e.Params}}, http.StatusUnprocessableEntity)
	}
	if m := q.s.certificates(); m != nil && err == nil {
		m.Look()
	}
	return q.done(err, "/settings/tls", "notice.settings")
}
