package store

import (
	"maps"
	"slices"
	"strconv"
)

// What hardened mode asks for at the least. Values are those of the settings, whose
// names and meaning are defined where they are used (auth, ui).
const (
	hardenedHours = 10 // a session, from sign-in
	hardenedIdle  = 15 // minutes without a request
	hardenedFresh = 5  // minutes for which a proof of presence counts
	// HardenedKeyDays is the longest that an API key is good for, days.
	HardenedKeyDays = 90
	// HardenedKeyNotice is how long a key of before goes on that has no end, or no
	// scopes, days.
	HardenedKeyNotice = 14
	// HardenedEvidence is how long the private parts of Evidence stay at the least,
	// and HardenedEntries the entries, days.
	HardenedEvidence = 365
	HardenedEntries  = 3 * 365
)

// Evidence are the classes of action whose private parts an auditor needs to say
// who came in, from where, who let them, why, and what left: addresses, reasons,
// logins, names of keys. Nobody's questions, answers, searches or documents are
// among them: the mode keeps no text for longer.
var Evidence = []string{"access", "approval", "audit", "auth", "credential", "egress", "elevation", "export", "hardened", "identity", "key", "tenant", "user"}

// floors is the one table of what no setting may undercut in hardened mode: each
// function returns its argument, or the weakest value that will do.
var floors = withEvidence(map[string]func(string) string{
	"auth.factor_required": always("everybody"),
	"auth.factor_admin":    always("phishing-resistant"),
	"auth.session_hours":   atMost(hardenedHours),
	"auth.idle_minutes":    atMost(hardenedIdle),
	"auth.fresh_minutes":   atMost(hardenedFresh),
	"auth.key_days":        atMost(HardenedKeyDays),
	"tls.minimum":          always("1.3"),
	SettingUnkept:          always("on"), // nobody may be kept from asking for it

	RetentionSetting(RetentionEntries): atLeast(HardenedEntries),
})

func withEvidence(floors map[string]func(string) string) map[string]func(string) string {
	for _, class := range Evidence {
		floors[RetentionSetting(class)] = atLeast(HardenedEvidence)
	}
	return floors
}

func always(value string) func(string) string { return func(string) string { return value } }

// atMost bounds a whole number; what is none, as "" for no bound, becomes it.
func atMost(most int) func(string) string {
	return func(s string) string {
		if n, err := strconv.Atoi(s); err == nil && n > 0 && n <= most {
			return s
		}
		return strconv.Itoa(most)
	}
}

// atLeast bounds a number of days, 0 for ever; "" is a default that lasts as long.
func atLeast(least int) func(string) string {
	return func(s string) string {
		if n, err := strconv.Atoi(s); s == "" || err == nil && (n == 0 || n >= least) {
			return s
		}
		return strconv.Itoa(least)
	}
}

// Floor returns the value that a setting has in hardened mode where value is
// stored: value itself, unless that is too weak.
func Floor(name, value string) string {
	if f := floors[name]; f != nil {
		return f(value)
	}
	return value
}

// Floors names the settings that hardened mode bounds, in order.
func Floors() []string { return slices.Sorted(maps.Keys(floors)) }
