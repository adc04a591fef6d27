package ui

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"coffre/auth"
	"coffre/store"
	"coffre/ui/certs"
)

func (s *Server) restTLSRoutes() []route {
	return []route{
		{method: "GET", path: "/api/v1/tls", may: auth.SettingsAdmin, do: (*request).restTLS},
		{method: "PUT", path: "/api/v1/tls", may: auth.SettingsAdmin, do: (*request).restTLSInstall},
		{method: "DELETE", path: "/api/v1/tls", may: auth.SettingsAdmin, do: (*request).restTLSRemove},
		{method: "GET", path: "/api/v1/tls/request", may: auth.SettingsAdmin, do: (*request).restTLSPending},
		{method: "POST", path: "/api/v1/tls/request", may: auth.SettingsAdmin, do: (*request).restTLSRequest},
		{method: "DELETE", path: "/api/v1/tls/request", may: auth.SettingsAdmin, do: (*request).restTLSDrop},
	}
}

// tlsJSON is the certificate that is served.
type tlsJSON struct {
	Kind        string          `json:"kind"`     // own, installed or file
	Standing    string          `json:"standing"` // ok, soon, ended or stuck
	Names       []string        `json:"names"`
	Subject     string          `json:"subject"`
	Issuer      string          `json:"issuer"`
	From        time.Time       `json:"from"`
	Until       time.Time       `json:"until"`
	Days        int             `json:"days"` // left, negative once it has ended
	Fingerprint string          `json:"fingerprint"`
	Key         string          `json:"key"`
	Chain       int             `json:"chain"` // certificates that are sent
	Missing     []string        `json:"missing"`
	Code        string          `json:"code,omitempty"`    // why a newer certificate is not served
	Notes       []string        `json:"notes,omitempty"`   // of one that was just taken
	Request     *tlsRequestJSON `json:"request,omitempty"` // that waits for its certificate
}

type tlsRequestJSON struct {
	Names []string `json:"names"`
	PEM   string   `json:"pem"`
}

func (q *request) tlsState(notes []string) (out tlsJSON, err error) {
	m := q.s.certificates()
	if m == nil {
		return out, store.Fail(store.Unavailable, "tls-off")
	}
	s := m.Status()
	f := s.Facts
	out = tlsJSON{
		Kind: s.Kind, Names: f.Names, Subject: f.Subject, Issuer: f.Issuer, From: f.From, Until: f.Until,
		Fingerprint: f.Fingerprint, Key: f.Key, Chain: f.Chain, Missing: append([]string{}, s.Missing...), Notes: notes,
	}
	out.Standing, out.Days = s.Standing(time.Now())
	if s.Problem != nil {
		out.Code = tlsProblem(s.Problem).Code
	}
	if csr, hosts := m.Pending(); csr != nil {
		out.Request = &tlsRequestJSON{hosts, string(csr)}
	}
	return out, nil
}

// tlsProblem is why a certificate is not served, for people.
func tlsProblem(err error) *store.Error {
	if e := store.AsError(tlsError(err)); e.Code != "internal" {
		return e
	}
	return store.Fail(store.Corrupt, "tls-stuck").Because(err)
}

func (q *request) restTLS() error { return q.tellTLS(http.StatusOK, nil) }

func (q *request) tellTLS(status int, notes []string) error {
	out, err := q.tlsState(notes)
	if err != nil {
		return err
	}
	return q.json(status, out)
}

func (q *request) restTLSInstall() error {
	var in struct {
		Certificate string `json:"certificate"`
		Key         string `json:"key"`
		Anyway      bool   `json:"anyway"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	c, err := q.installCertificate(certs.Handed{Chain: handedBytes(in.Certificate), Key: handedBytes(in.Key), Anyway: in.Anyway})
	if err != nil {
		return err
	}
	return q.tellTLS(http.StatusOK, c.Notes)
}

// handedBytes is PEM as it is, or any file in base64: JSON holds no other bytes.
func handedBytes(s string) []byte {
	if strings.Contains(s, "-----") {
		return []byte(s)
	}
	if b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(s)); err == nil {
		return b
	}
	return []byte(s)
}

func (q *request) restTLSRemove() error {
	if err := q.removeCertificate(); err != nil {
		return err
	}
	return q.tellTLS(http.StatusOK, nil)
}

func (q *request) restTLSRequest() error {
	var in struct {
		Names []string `json:"names"`
		Key   string   `json:"key"`
	}
	if err := q.decode(&in); err != nil {
		return err
	}
	if err := q.requestCertificate(in.Names, in.Key); err != nil {
		return err
	}
	return q.tellTLS(http.StatusCreated, nil)
}

// restTLSPending sends the signing request as a file (RFC 5967).
func (q *request) restTLSPending() error {
	m := q.s.certificates()
	if m == nil {
		return store.Fail(store.Unavailable, "tls-off")
	}
	csr, _ := m.Pending()
	if csr == nil {
		return store.Fail(store.NotFound, "tls-no-request")
	}
	q.w.Header().Set("Content-Type", "application/pkcs10")
	q.w.Header().Set("Content-Disposition", `attachment; filename="coffre.csr"`)
	_, err := q.w.Write(csr)
	return err
}

func (q *request) restTLSDrop() error {
	if err := q.dropRequest(); err != nil {
		return err
	}
	q.w.WriteHeader(http.StatusNoContent)
	return nil
}
