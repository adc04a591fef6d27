package connectors

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"coffre/connectors/gate"
	"coffre/connectors/relay"
	"coffre/store"
)

// The settings of alerts by mail. Nothing is sent while there is no host.
const (
	SettingMailHost     = "alerts.host"
	SettingMailPort     = "alerts.port"
	SettingMailSecurity = "alerts.security" // starttls, tls or none
	SettingMailAccount  = "alerts.account"
	SettingMailSecret   = "alerts.account_secret" // id of a credential of store.PurposeMail
	SettingMailCA       = "alerts.ca"             // PEM; "" for the system's authorities
	SettingMailFrom     = "alerts.from"
	SettingMailUrgent   = "alerts.urgent" // addresses, one a line
	SettingMailDigest   = "alerts.digest" // addresses, one a line
	SettingMailHour     = "alerts.hour"   // of the digest, 0 to 23, by the machine's clock
	SettingMailLink     = "alerts.link"   // https address of the box in mails; "" for the one it knows
)

// MailRecipients is the most addresses of a list.
const MailRecipients = 20

const mailPort, mailHour = 587, 8

// MailSetting is one of them with its default and what is valid.
type MailSetting struct {
	Name, Default string
	Valid         func(string) bool
}

// MailSettings are all of them, in order of name.
func MailSettings() []MailSetting {
	number := func(least, most int) func(string) bool {
		return func(s string) bool { n, err := strconv.Atoi(s); return err == nil && n >= least && n <= most }
	}
	return []MailSetting{
		{SettingMailAccount, "", func(s string) bool { return len(s) <= 300 && !strings.ContainsAny(s, "\x00\r\n") }},
		{SettingMailSecret, "", func(s string) bool { return s == "" || strings.HasPrefix(s, "sec-") && len(s) <= 64 }},
		{SettingMailCA, "", func(s string) bool { _, err := onlyAuthorities(strings.TrimSpace(s)); return err == nil }},
		{SettingMailDigest, "", validAddresses},
		{SettingMailFrom, "", func(s string) bool { _, ok := relay.Address(s); return s == "" || ok }},
		{SettingMailHost, "", func(s string) bool { return s == "" || validMailHost(s) }},
		{SettingMailHour, strconv.Itoa(mailHour), number(0, 23)},
		{SettingMailLink, "", validLink},
		{SettingMailPort, strconv.Itoa(mailPort), number(1, 65535)},
		{SettingMailSecurity, relay.StartTLS, func(s string) bool { return slices.Contains([]string{relay.StartTLS, relay.TLS, relay.Clear}, s) }},
		{SettingMailUrgent, "", validAddresses},
	}
}

func validMailHost(s string) bool {
	_, err := gate.Way{Host: s, Port: mailPort}.Clean()
	return err == nil
}

func validAddresses(s string) bool {
	all := strings.Fields(s)
	return len(all) <= MailRecipients && !slices.ContainsFunc(all, func(a string) bool { _, ok := relay.Address(a); return !ok })
}

// validLink accepts https, a host, and a port if any.
func validLink(s string) bool {
	u, err := url.Parse(s)
	return s == "" || err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil && strings.Trim(u.Path, "/") == "" &&
		u.RawQuery == "" && u.Fragment == "" && len(s) <= 300 && validMailHost(u.Hostname())
}

// MailPlan is what a firm's settings say of alerts by mail.
type MailPlan struct {
	Host, Security  string
	Port            int
	Account, Secret string
	CA, Trust       string
	From            string
	Urgent, Digest  []string // addresses as they are written on the wire
	Hour            int
	Link            string // "" for the address that the box knows
}

// MailPlanOf reads a firm's settings.
func MailPlanOf(v *store.View) MailPlan {
	return mailPlan(v.Setting, v.CredentialTrust(store.PurposeMail))
}

// MailPlanWith reads them as they would be with some changed.
func MailPlanWith(v *store.View, changed map[string]string) MailPlan {
	return mailPlan(func(name, def string) string {
		if s, ok := changed[name]; ok {
			return s
		}
		return v.Setting(name, def)
	}, v.CredentialTrust(store.PurposeMail))
}

func mailPlan(get func(name, def string) string, trust string) MailPlan {
	p := MailPlan{
		Host: get(SettingMailHost, ""), Security: get(SettingMailSecurity, relay.StartTLS), Account: get(SettingMailAccount, ""),
		Secret: get(SettingMailSecret, ""), CA: get(SettingMailCA, ""), Trust: trust, From: get(SettingMailFrom, ""),
		Link: strings.TrimRight(get(SettingMailLink, ""), "/"), Port: mailPort, Hour: mailHour,
	}
	if n, err := strconv.Atoi(get(SettingMailPort, "")); err == nil {
		p.Port = n
	}
	if n, err := strconv.Atoi(get(SettingMailHour, "")); err == nil {
		p.Hour = n
	}
	p.Urgent, p.Digest = addresses(get(SettingMailUrgent, "")), addresses(get(SettingMailDigest, ""))
	if from, ok := relay.Address(p.From); ok {
		p.From = from
	}
	return p
}

func addresses(s string) (out []string) {
	for _, one := range strings.Fields(s) {
		if a, ok := relay.Address(one); ok && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

// On tells whether there is somewhere to send to.
func (p MailPlan) On() bool { return p.Host != "" && p.From != "" && len(p.Recipients()) > 0 }

// Recipients are all addresses, each once.
func (p MailPlan) Recipients() []string {
	out := slices.Clone(p.Urgent)
	for _, a := range p.Digest {
		if !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}

// URL is the relay as a way out and as a credential's address.
func (p MailPlan) URL() string {
	scheme := "smtp"
	if p.Security == relay.TLS {
		scheme = "smtps"
	}
	return scheme + "://" + net.JoinHostPort(p.Host, strconv.Itoa(p.Port))
}

// CheckMailPlan refuses settings that don't fit together; the error's param name
// says which. Errors: Invalid "mail-auth-clear", "mail-no-secret",
// "mail-no-account", "mail-no-from", "mail-no-recipient", "mail-secret-none",
// "secret-address".
func CheckMailPlan(v *store.View, p MailPlan) error {
	bad := func(name, code string, pairs ...string) error {
		return store.Fail(store.Invalid, code, append(pairs, "name", name)...)
	}
	if p.Host == "" {
		return nil
	}
	switch {
	case p.Account != "" && p.Security == relay.Clear:
		return bad(SettingMailSecurity, "mail-auth-clear")
	case p.Account != "" && p.Secret == "":
		return bad(SettingMailSecret, "mail-no-secret")
	case p.Account == "" && p.Secret != "":
		return bad(SettingMailAccount, "mail-no-account")
	case p.From == "":
		return bad(SettingMailFrom, "mail-no-from")
	case len(p.Recipients()) == 0:
		return bad(SettingMailUrgent, "mail-no-recipient")
	}
	if p.Secret == "" {
		return nil
	}
	c, err := v.Credential(p.Secret)
	at, aerr := store.CredentialAddress(p.URL())
	switch {
	case err != nil || c.Purpose != store.PurposeMail:
		return bad(SettingMailSecret, "mail-secret-none")
	case aerr != nil || at != c.Address:
		return bad(SettingMailSecret, "secret-address", "secret", c.Name, "address", c.Address)
	}
	return nil
}
