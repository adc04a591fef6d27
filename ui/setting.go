package ui

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"coffre/llm"
	"coffre/store"
	"coffre/ui/words"
)

// setting is a value that an administrator sets, by its dotted name.
type setting struct {
	name, def string
	valid     func(string) bool
}

// settings is every setting there is, in order of name.
var settings = []setting{
	{store.SettingWormDir, "", validWormDir},
	{llm.SettingEmbedder, llm.EmbedBuiltin, validEmbedder},
	{llm.SettingContext, strconv.Itoa(llm.DefaultContext), func(s string) bool {
		n, err := strconv.Atoi(s)
		return err == nil && n >= 1024 && n <= 262144
	}},
	{llm.SettingModel, "", func(s string) bool { return len(s) <= 200 && !strings.ContainsAny(s, " \t\r\n") }},
	{llm.SettingURL, "", validRuntimeURL},
	{"ui.language", "fr", func(s string) bool { _, ok := words.Parse(s); return ok }},
}

// validEmbedder accepts the built-in embedder, none, or a model of the runtime.
func validEmbedder(s string) bool {
	name, ok := strings.CutPrefix(s, llm.EmbedOllama)
	return s == llm.EmbedBuiltin || s == llm.EmbedNone || ok && name != "" && len(name) <= 200 && !strings.ContainsAny(name, " \t\r\n")
}

// validRuntimeURL accepts an http or https address of a host, without a user,
// a path or a query, or nothing.
func validRuntimeURL(s string) bool {
	if s == "" {
		return true
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil &&
		strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == ""
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
	return out
}

// checkSettings validates names and values; the error's param name says which.
func checkSettings(in map[string]string) error {
	for name, value := range in {
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
