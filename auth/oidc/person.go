package oidc

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Claims names the claims that a person is read from; "" for the usual ones. A
// dot leads into an object: realm_access.roles. A claim whose whole name is
// written with dots or slashes is found as well.
type Claims struct {
	Login  string // default preferred_username, then email, then upn
	Name   string // default name, then given_name and family_name
	Groups string // default groups
}

// Person is who a verified token speaks of.
type Person struct {
	Subject string // the lasting id at the issuer, 1 to 255 bytes
	Session string // the provider's session (sid), "" where it tells none
	Login   string
	Name    string
	Mail    string
	// MailVerified: the provider has checked that the address is theirs.
	MailVerified bool
	Domain       string // Google's hd: the organisation's domain
	Groups       []string
	// Overage: the provider left the groups out since there are too many (Entra ID).
	Overage bool
	// Methods say how they proved who they are (amr, RFC 8176), Class what that is
	// worth to the provider (acr).
	Methods []string
	Class   string
	// At is when they did (auth_time); zero where it isn't told.
	At time.Time
}

const (
	maxGroups  = 2000
	maxMethods = 32
	maxText    = 300
)

// ParsePerson reads the claims of a verified token. Error: Refusal Malformed.
func ParsePerson(claims []byte, names Claims) (p Person, err error) {
	var all map[string]any
	d := json.NewDecoder(bytes.NewReader(claims))
	d.UseNumber()
	if err := d.Decode(&all); err != nil || all == nil {
		return p, refuse(Malformed, errors.New("the claims are no JSON object"))
	}
	p.Subject, _ = all["sub"].(string)
	if p.Subject == "" || len(p.Subject) > 255 || !plain(p.Subject) {
		return p, refuse(Malformed, errors.New("no usable subject"))
	}
	p.Session = text(all["sid"])
	p.Mail, p.Domain = text(all["email"]), strings.ToLower(text(all["hd"]))
	switch v := all["email_verified"].(type) {
	case bool:
		p.MailVerified = v
	case string:
		p.MailVerified = v == "true"
	}
	p.Login = first(all, names.Login, "preferred_username", "email", "upn")
	p.Name = first(all, names.Name, "name")
	if p.Name == "" && names.Name == "" {
		p.Name = strings.TrimSpace(text(all["given_name"]) + " " + text(all["family_name"]))
	}
	of := names.Groups
	if of == "" {
		of = "groups"
	}
	p.Groups = texts(find(all, of), maxGroups)
	p.Methods, p.Class, p.At = texts(all["amr"], maxMethods), text(all["acr"]), date(all["auth_time"])
	if elsewhere, ok := all["_claim_names"].(map[string]any); ok && elsewhere[of] != nil || all["hasgroups"] == true {
		p.Overage = true
	}
	return p, nil
}

// first is the text of the chosen claim, or of the first usual one that is there.
func first(all map[string]any, chosen string, usual ...string) string {
	if chosen != "" {
		return text(find(all, chosen))
	}
	for _, name := range usual {
		if s := text(all[name]); s != "" {
			return s
		}
	}
	return ""
}

func find(all map[string]any, path string) any {
	if v, ok := all[path]; ok {
		return v
	}
	head, rest, more := strings.Cut(path, ".")
	inner, ok := all[head].(map[string]any)
	if !more || !ok {
		return nil
	}
	return find(inner, rest)
}

func text(v any) string {
	s, _ := v.(string)
	if s = strings.TrimSpace(s); len(s) > maxText || !plain(s) {
		return ""
	}
	return s
}

// date is a NumericDate of RFC 7519, zero for what is none.
func date(v any) time.Time {
	n, ok := v.(json.Number)
	if !ok {
		return time.Time{}
	}
	f, err := n.Float64()
	if err != nil || f <= 0 || f > 1<<40 {
		return time.Time{}
	}
	return time.Unix(int64(f), 0).UTC()
}

// texts is a list of texts, or one, each once and in order; of a longer one than
// most, its beginning.
func texts(v any, most int) []string {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var out []string
	for _, x := range list {
		if s := text(x); s != "" && len(out) < most {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == utf8.RuneError })
}
