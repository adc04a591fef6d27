package ui

import (
	"slices"
	"strings"
	"testing"

	"coffre/ui/words"
)

// TestEverySettingSaysWhatWillDo: whoever types a value that will not do is told in
// their language what would, for each setting there is, and for none that is gone.
func TestEverySettingSaysWhatWillDo(t *testing.T) {
	var names []string
	for _, s := range settings {
		names = append(names, s.name)
		for _, l := range words.Langs {
			form := "setting-form." + s.name
			if !l.Has(form) {
				t.Errorf("%s: nothing says what %s may be", l, s.name)
				continue
			}
			if said := words.Error(l, "invalid-setting", map[string]string{"name": s.name}); !strings.Contains(said, l.T(form)) {
				t.Errorf("%s: %s", l, said)
			}
		}
	}
	for _, key := range words.Keys() {
		if name, ok := strings.CutPrefix(key, "setting-form."); ok && !slices.Contains(names, name) {
			t.Errorf("%s is of no setting", key)
		}
	}
}

// TestSettingFormsHold: the values that the sentences name are ones that will do, and
// what lies just outside of the bounds that they name will not.
func TestSettingFormsHold(t *testing.T) {
	for name, c := range map[string]struct{ good, bad []string }{
		"answers.strictness":        {[]string{"strict", "balanced", "lenient", "0.05", "0.95"}, []string{"", "0.04", "0,5", "1"}},
		"ask.unkept":                {[]string{"on", "off"}, []string{"yes"}},
		"auth.elevation":            {[]string{"off", "reason", "approval"}, []string{"on"}},
		"auth.session_hours":        {[]string{"", "1", "720"}, []string{"0", "721"}},
		"auth.idle_minutes":         {[]string{"", "5", "1440"}, []string{"4", "1441"}},
		"auth.key_days":             {[]string{"", "1", "3650"}, []string{"0", "3651"}},
		"auth.fresh_minutes":        {[]string{"1", "60"}, []string{"", "0", "61"}},
		"auth.hash_memory":          {[]string{"32", "512"}, []string{"31", "513"}},
		"auth.hash_passes":          {[]string{"2", "10"}, []string{"1", "11"}},
		"auth.factor_admin":         {[]string{"any", "phishing-resistant"}, []string{"none"}},
		"auth.factor_required":      {[]string{"nobody", "admins", "everybody"}, []string{"all"}},
		"disk.reserve_mb":           {[]string{"", "1", "104857600"}, []string{"0", "104857601"}},
		"embed.model":               {[]string{"builtin", "none", "ollama:bge-m3", "openai:name"}, []string{"bge-m3", "ollama:a b"}},
		"embed.url":                 {[]string{"", "http://127.0.0.1:11434"}, []string{"127.0.0.1:11434", "http://a@b", "http://a?b"}},
		"llm.kind":                  {[]string{"auto", "ollama", "openai"}, []string{"vllm"}},
		"llm.num_ctx":               {[]string{"", "1024", "262144"}, []string{"1023", "262145"}},
		"llm.ca_file":               {[]string{"", "/etc/ssl/firm.pem"}, []string{"firm.pem"}},
		"log.level":                 {[]string{"warn", "info", "debug"}, []string{"error"}},
		"metrics.from":              {[]string{"", "10.0.0.5", "10.0.0.0/24", "10.0.0.5, 10.0.1.0/24"}, []string{"host"}},
		"secrets.rotate_days":       {[]string{"", "1", "3650"}, []string{"0", "3651"}},
		"acme.challenge":            {[]string{"", "http-01", "tls-alpn-01"}, []string{"dns-01"}},
		"tls.minimum":               {[]string{"1.2", "1.3"}, []string{"1.1"}},
		"tls.names":                 {[]string{"", "coffre.firm.lan 10.0.0.5"}, []string{"https://coffre"}},
		"ui.language":               {[]string{"fr", "en"}, []string{"de"}},
		"directory.base_dn":         {[]string{"dc=firm,dc=lan"}, []string{"firm.lan"}},
		"directory.bind_dn":         {[]string{"", "cn=coffre,dc=firm,dc=lan", "coffre@firm.lan", `FIRM\coffre`}, []string{"coffre"}},
		"directory.cached_hours":    {[]string{"0", "168"}, []string{"", "169"}},
		"directory.kind":            {[]string{"auto", "ad", "openldap"}, []string{"389"}},
		"directory.login_attribute": {[]string{"", "sAMAccountName"}, []string{"a b"}},
		"directory.user_filter":     {[]string{"", "(objectClass=person)"}, []string{"objectClass=person)"}},
		"directory.roles":           {[]string{"", "admin: IT\nauditor: Audit\nmember: Staff"}, []string{"chief: IT", "admin"}},
		"directory.shrink_percent":  {[]string{"1", "100"}, []string{"0", "101"}},
		"directory.sync_seconds":    {[]string{"10", "55"}, []string{"9", "56"}},
		"directory.url":             {[]string{"", "ldaps://ad.firm.lan", "ldaps://a ldap://b"}, []string{"ad.firm.lan", "ldaps://a/b"}},
		"alerts.hour":               {[]string{"0", "23"}, []string{"24"}},
		"alerts.port":               {[]string{"1", "65535"}, []string{"0", "65536"}},
		"alerts.security":           {[]string{"starttls", "tls", "none"}, []string{"ssl"}},
	} {
		s, ok := findSetting(name)
		if !ok {
			t.Errorf("no setting %s", name)
			continue
		}
		for _, v := range c.good {
			if !s.valid(v) {
				t.Errorf("%s: %q will not do, its sentence says that it does", name, v)
			}
		}
		for _, v := range c.bad {
			if s.valid(v) {
				t.Errorf("%s: %q will do, its sentence says that it doesn't", name, v)
			}
		}
	}
}
