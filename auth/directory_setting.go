package auth

import (
	"crypto/x509"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"coffre/auth/ldap"
	"coffre/store"
)

// Directory is the source and provider of accounts and groups that the firm's
// directory answers for.
const Directory = "directory"

// The settings of the directory. SettingDirectoryOn lets people sign in through it;
// all others can be tested and previewed before.
const (
	SettingDirectoryOn     = "directory.on"
	SettingDirectoryURL    = "directory.url"
	SettingDirectoryTLS    = "directory.start_tls"
	SettingDirectoryClear  = "directory.clear"
	SettingDirectoryCAFile = "directory.ca_file"
	SettingDirectoryCA     = "directory.ca"
	SettingDirectoryBind   = "directory.bind_dn"
	SettingDirectorySecret = "directory.bind_secret"
	SettingDirectoryBase   = "directory.base_dn"
	SettingDirectoryKind   = "directory.kind"

	SettingDirectoryUsers  = "directory.user_filter"
	SettingDirectoryGroups = "directory.group_filter"
	SettingDirectoryLogin  = "directory.login_attribute"
	SettingDirectoryName   = "directory.name_attribute"
	SettingDirectoryMail   = "directory.mail_attribute"

	SettingDirectoryAllowed = "directory.allowed_groups"
	SettingDirectoryRoles   = "directory.roles"
	SettingDirectoryImport  = "directory.groups"

	SettingDirectoryEvery  = "directory.sync_seconds"
	SettingDirectoryShrink = "directory.shrink_percent"
	SettingDirectoryCached = "directory.cached_hours"
)

// Bounds of the numbers among them. A change in the directory holds here within
// the seconds of SettingDirectoryEvery, plus the time that one look takes.
const (
	DirectoryEvery, DirectoryEveryLeast, DirectoryEveryMost    = 30, 10, 55
	DirectoryShrink, DirectoryShrinkLeast, DirectoryShrinkMost = 20, 1, 100
	DirectoryCachedMost                                        = 168
)

// DirectorySetting is one of the settings with its default and what is valid.
type DirectorySetting struct {
	Name, Default string
	Valid         func(string) bool
}

var secretIDForm = regexp.MustCompile(`^(sec-[a-z2-7]{26})?$`)

// DirectorySettings are all of them, in order of name.
func DirectorySettings() []DirectorySetting {
	yes := func(s string) bool { return s == "yes" || s == "no" }
	lines := func(s string) bool { _, ok := groupLines(s); return ok }
	between := func(least, most int) func(string) bool {
		return func(s string) bool { n, err := strconv.Atoi(s); return err == nil && n >= least && n <= most }
	}
	return []DirectorySetting{
		{SettingDirectoryAllowed, "", lines},
		{SettingDirectoryBase, "", ldap.ValidDN},
		{SettingDirectoryBind, "", validBind},
		{SettingDirectorySecret, "", secretIDForm.MatchString},
		{SettingDirectoryCA, "", ValidAuthorities},
		{SettingDirectoryCAFile, "", validCAFile},
		{SettingDirectoryCached, "0", between(0, DirectoryCachedMost)},
		{SettingDirectoryClear, "no", yes},
		{SettingDirectoryGroups, "", ldap.ValidFilter},
		{SettingDirectoryImport, "", lines},
		{SettingDirectoryKind, "auto", func(s string) bool { return s == "auto" || s == string(ldap.AD) || s == string(ldap.Other) }},
		{SettingDirectoryLogin, "", ldap.ValidAttribute},
		{SettingDirectoryMail, "", ldap.ValidAttribute},
		{SettingDirectoryName, "", ldap.ValidAttribute},
		{SettingDirectoryOn, "no", yes},
		{SettingDirectoryRoles, "", func(s string) bool { _, ok := roleLines(s); return ok }},
		{SettingDirectoryShrink, strconv.Itoa(DirectoryShrink), between(DirectoryShrinkLeast, DirectoryShrinkMost)},
		{SettingDirectoryTLS, "yes", yes},
		{SettingDirectoryEvery, strconv.Itoa(DirectoryEvery), between(DirectoryEveryLeast, DirectoryEveryMost)},
		{SettingDirectoryURL, "", func(s string) bool { _, err := ldap.ParseServers(s); return err == nil }},
		{SettingDirectoryUsers, "", ldap.ValidFilter},
	}
}

// validBind accepts a DN, a UPN or DOMAIN\name, or nothing.
func validBind(s string) bool {
	return len(s) <= 1000 && !strings.ContainsFunc(s, unicode.IsControl) && (ldap.ValidDN(s) || strings.ContainsAny(s, `@\`))
}

func validCAFile(s string) bool {
	return s == "" || filepath.IsAbs(s) && filepath.Clean(s) == s && len(s) <= 1000 && !strings.ContainsFunc(s, unicode.IsControl)
}

// ValidAuthorities accepts certificates in PEM, or nothing.
func ValidAuthorities(s string) bool {
	return s == "" || len(s) <= 64<<10 && x509.NewCertPool().AppendCertsFromPEM([]byte(s))
}

const maxGroupLines = 200

// groupLines reads names, DNs or ids of groups, one a line.
func groupLines(text string) (out []string, ok bool) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || slices.Contains(out, line) {
			continue
		}
		if len(line) > 500 || strings.ContainsFunc(line, unicode.IsControl) {
			return nil, false
		}
		out = append(out, line)
	}
	return out, len(out) <= maxGroupLines
}

// roleLines reads "role: group", one a line.
func roleLines(text string) (out map[string]store.Role, ok bool) {
	out = map[string]store.Role{}
	lines, ok := groupLines(text)
	for _, line := range lines {
		role, group, found := strings.Cut(line, ":")
		role, group = strings.TrimSpace(role), strings.TrimSpace(group)
		if !found || group == "" || !store.ValidRole(store.Role(role)) || out[group] != "" {
			return nil, false
		}
		out[group] = store.Role(role)
	}
	return out, ok
}

// directory is what the settings of a firm say.
type directory struct {
	cfg     ldap.Config
	on      bool
	allowed []string // groups whose people may sign in, as they are written
	roles   map[string]store.Role
	follow  []string // every group that is kept here
	every   int      // seconds
	shrink  int      // percent
	cached  int      // hours, 0 for never
	caFault error
}

// readDirectory reads the settings; what needs the network or a file is done
// outside of the transaction (connect).
func readDirectory(v *store.View) (d directory, caFile, secret string) {
	defaults := map[string]string{}
	for _, s := range DirectorySettings() {
		defaults[s.Name] = s.Default
	}
	get := func(name string) string { return v.Setting(name, defaults[name]) }
	number := func(name string) int { n, _ := strconv.Atoi(get(name)); return n }
	d.cfg.Servers, _ = ldap.ParseServers(get(SettingDirectoryURL))
	d.cfg.StartTLS = get(SettingDirectoryTLS) == "yes"
	d.cfg.Clear = !d.cfg.StartTLS && get(SettingDirectoryClear) == "yes"
	d.cfg.BindDN, d.cfg.BaseDN = get(SettingDirectoryBind), get(SettingDirectoryBase)
	if k := get(SettingDirectoryKind); k != "auto" {
		d.cfg.Kind = ldap.Kind(k)
	}
	d.cfg.UserFilter, d.cfg.GroupFilter = get(SettingDirectoryUsers), get(SettingDirectoryGroups)
	d.cfg.LoginAttr, d.cfg.NameAttr, d.cfg.MailAttr = get(SettingDirectoryLogin), get(SettingDirectoryName), get(SettingDirectoryMail)
	d.on = get(SettingDirectoryOn) == "yes" && len(d.cfg.Servers) > 0
	d.allowed, _ = groupLines(get(SettingDirectoryAllowed))
	d.roles, _ = roleLines(get(SettingDirectoryRoles))
	d.follow = slices.Clone(d.allowed)
	more, _ := groupLines(get(SettingDirectoryImport))
	for group := range d.roles {
		more = append(more, group)
	}
	slices.Sort(more)
	for _, g := range more {
		if !slices.Contains(d.follow, g) {
			d.follow = append(d.follow, g)
		}
	}
	d.every, d.shrink, d.cached = number(SettingDirectoryEvery), number(SettingDirectoryShrink), number(SettingDirectoryCached)
	if pem := get(SettingDirectoryCA); pem != "" {
		d.cfg.Roots = x509.NewCertPool()
		if !d.cfg.Roots.AppendCertsFromPEM([]byte(pem)) {
			d.caFault = fmt.Errorf("read %s: no certificate", SettingDirectoryCA)
		}
	}
	return d, get(SettingDirectoryCAFile), get(SettingDirectorySecret)
}

// DirectoryClear tells whether passwords would cross the network as they are typed.
func DirectoryClear(v *store.View) bool {
	d, _, _ := readDirectory(v)
	for _, s := range d.cfg.Servers {
		if !s.TLS && d.cfg.Clear {
			return true
		}
	}
	return false
}
