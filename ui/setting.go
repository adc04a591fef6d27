package ui

import (
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"coffre/auth"
	"coffre/connectors"
	"coffre/llm"
	"coffre/store"
	"coffre/ui/certs/order"
	"coffre/ui/logs"
	"coffre/ui/words"
)

// setting is a value that an administrator sets, by its dotted name.
type setting struct {
	name, def string
	valid     func(string) bool
}

// settings is every setting there is.
var settings = append([]setting{
	{llm.SettingStrictness, llm.Balanced, func(s string) bool { _, ok := llm.ParseStrictness(s); return ok }},
	{store.SettingWormDir, "", validWormDir},
	{store.SettingReserve, "", store.ValidReserve},
	{store.SettingUnkept, "off", store.ValidUnkept},
	{store.SettingBackupRecipients, "", store.ValidRecipients},
	{store.SettingBackupRecovery, "", store.ValidRecipients},
	{store.SettingElevation, store.ElevationOff, store.ValidElevationMode},
	{auth.SettingSessionHours, "", auth.ValidSessionHours},
	{auth.SettingIdleMinutes, "", auth.ValidIdleMinutes},
	{auth.SettingKeyDays, "", auth.ValidKeyDays},
	{auth.SettingFactorAdmin, auth.AnyFactor, func(s string) bool { return s == auth.AnyFactor || s == auth.PhishingResistant }},
	{auth.SettingFactorRequired, auth.RequiredNobody, func(s string) bool {
		return slices.Contains([]string{auth.RequiredNobody, auth.RequiredAdmins, auth.RequiredEverybody}, s)
	}},
	{auth.SettingHashMemory, strconv.Itoa(int(auth.DefaultParams.MemoryKiB >> 10)), between(auth.HashMemoryLeast, auth.HashMemoryMost)},
	{auth.SettingHashPasses, strconv.Itoa(int(auth.DefaultParams.Time)), between(auth.HashPassesLeast, auth.HashPassesMost)},
	{auth.SettingFresh, strconv.Itoa(auth.FreshDefault), validFresh},
	{llm.SettingEmbedSecret, "", validSecretID},
	{llm.SettingEmbedder, llm.EmbedBuiltin, validEmbedder},
	{llm.SettingEmbedURL, "", validRuntimeURL},
	{llm.SettingCAFile, "", validFile},
	{llm.SettingKeySecret, "", validSecretID},
	{llm.SettingKind, llm.KindAuto, func(s string) bool { return s == llm.KindAuto || s == llm.KindOllama || s == llm.KindOpenAI }},
	{llm.SettingModel, "", func(s string) bool { return len(s) <= 200 && !strings.ContainsAny(s, " \t\r\n") }},
	// Nothing leaves the window to the server, or to the default where it doesn't tell.
	{llm.SettingContext, "", func(s string) bool {
		n, err := strconv.Atoi(s)
		return s == "" || err == nil && n >= 1024 && n <= 262144
	}},
	{llm.SettingURL, "", validRuntimeURL},
	{logs.SettingLevel, logs.Info, func(s string) bool { return slices.Contains(logs.Levels, s) }},
	{SettingMetricsFrom, metricsFromDefault, validMetricsFrom},
	{store.SettingRotateDays, "", validRotateDays},
	{llm.SettingRerank, "", func(s string) bool { return len(s) <= 200 && !strings.ContainsAny(s, " \t\r\n") }},
	{llm.SettingRerankSecret, "", validSecretID},
	{llm.SettingRerankURL, "", validRuntimeURL},
	{store.SettingACME, "", validACME},
	{store.SettingACMECA, "", auth.ValidAuthorities},
	{store.SettingACMENames, "", validACMENames},
	{store.SettingACMEWay, "", func(s string) bool { return s == "" || s == order.HTTP || s == order.ALPN }},
	{store.SettingACMEAccount, "", validACMEAccount},
	{store.SettingACMESecret, "", validSecretID},
	{SettingTLSMinimum, TLS12, func(s string) bool { return s == TLS12 || s == TLS13 }},
	{SettingTLSNames, "", validTLSNames},
	{"ui.language", "fr", func(s string) bool { _, ok := words.Parse(s); return ok }},
}, append(directorySettings(), mailSettings()...)...)

func mailSettings() (out []setting) {
	for _, s := range connectors.MailSettings() {
		out = append(out, setting{s.Name, s.Default, s.Valid})
	}
	return out
}

func directorySettings() (out []setting) {
	for _, s := range auth.DirectorySettings() {
		out = append(out, setting{s.Name, s.Default, s.Valid})
	}
	return out
}

// validEmbedder accepts the built-in embedder, none, or a model of a runtime.
func validEmbedder(s string) bool {
	_, name, ok := llm.EmbedName(s)
	return s == llm.EmbedBuiltin || s == llm.EmbedNone || ok && name != "" && len(name) <= 200 && !strings.ContainsAny(name, " \t\r\n")
}

func validFresh(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= auth.FreshLeast && n <= auth.FreshMost
}

// validRuntimeURL accepts an http or https address of a host, with or without
// a plain path, without a user or a query; or nothing.
func validRuntimeURL(s string) bool {
	if s == "" {
		return true
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil &&
		u.RawQuery == "" && u.Fragment == "" && len(s) <= 300 && plainPath.MatchString(u.EscapedPath())
}

var plainPath = regexp.MustCompile(`^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/*$`)

// validFile accepts the whole path of a file, or nothing. Whether it is there is
// seen when it is used.
func validFile(s string) bool {
	return s == "" || filepath.IsAbs(s) && filepath.Clean(s) == s && len(s) <= 1000 && !strings.ContainsFunc(s, unicode.IsControl)
}

// isGone tells the settings of before that can only be emptied.
func isGone(name string) bool { return llm.KeyFiles[name] != "" }

// goneSettings are those of them that still hold something, and that nothing has
// taken the place of, in order of name.
func goneSettings(v *store.View) (out []string) {
	for file, secret := range llm.KeyFiles {
		if v.Setting(file, "") != "" && v.Setting(secret, "") == "" {
			out = append(out, file)
		}
	}
	slices.Sort(out)
	return out
}

func findSetting(name string) (setting, bool) {
	i := slices.IndexFunc(settings, func(s setting) bool { return s.name == name })
	if i < 0 {
		return setting{}, false
	}
	return settings[i], true
}

// values reads all settings.
func settingValues(v *store.View) map[string]string {
	out := map[string]string{}
	for _, s := range settings {
		out[s.name] = v.Setting(s.name, s.def)
	}
	for _, name := range goneSettings(v) {
		out[name] = v.Setting(name, "")
	}
	return out
}

// checkSettings validates names and values; the error's param name says which.
func checkSettings(in map[string]string) error {
	for name, value := range in {
		if isGone(name) {
			if value != "" {
				return store.Fail(store.Invalid, "key-file-gone", "name", name)
			}
			continue
		}
		s, ok := findSetting(name)
		if !ok {
			return store.Fail(store.Invalid, "unknown-setting", "name", name)
		}
		if !s.valid(value) {
			return store.Fail(store.Invalid, "invalid-setting", "name", name)
		}
	}
	return nil
}
