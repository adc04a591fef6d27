package auth

import (
	"slices"
	"testing"

	"coffre/store"
)

// TestPolicy says the table a second time, in another form, so that a change of
// one is a change of both.
func TestPolicy(t *testing.T) {
	want := map[Action]string{ // m member, u auditor, a admin; the operator always
		DocumentsRead: "mua", DocumentsWrite: "mua", Search: "mua", Ask: "mua",
		ProfileOwn: "mua", KeysOwn: "mua", ModelsRead: "mua", AccessOwn: "mua",
		FactorsOwn: "mua", UsersReset: "a",
		ElevationOwn: "mua", ElevationTake: "mua", ElevationAdmin: "a", BackupsRead: "a", BackupsAdmin: "a", HardenedAdmin: "a",
		KeysAdmin: "a", CollectionsAdmin: "a", UsersAdmin: "a", GroupsAdmin: "a", AccessRead: "a",
		SettingsAdmin: "a", JobsAdmin: "a", TrialsAdmin: "a", RightsCheck: "ua",
		SettingsRead: "ua", AuditRead: "ua", AuditVerify: "ua", AuditExport: "ua", AuditKeys: "ua",
		KeysForOthers: "", AuditPrivate: "",
		NoticeRead: "mua", RetentionRead: "ua", HoldsPut: "ua", ApprovalsRefuse: "ua", RetentionAdmin: "a", AuditSearch: "u", HealthRead: "a",
		MetricsRead: "a", HealthExport: "a",
	}
	roles := map[byte]store.Role{'m': store.Member, 'u': store.Auditor, 'a': store.Admin}
	for _, r := range Table() {
		who, ok := want[r.Action]
		if !ok {
			t.Errorf("%s is not in this test", r.Action)
		}
		for letter, role := range roles {
			p := store.Principal{Actor: store.Person("u1"), UserID: "u1", Role: role}
			if got, ok := Allowed(p, r.Action), contains(who, letter); got != ok {
				t.Errorf("%s %s: %v", role, r.Action, got)
			}
		}
		if !Allowed(store.Operator("0"), r.Action) {
			t.Errorf("operator %s", r.Action)
		}
		for name, p := range map[string]store.Principal{
			"nobody":        {},
			"role, no user": {Role: store.Admin},
			"user, no role": {UserID: "u1"},
			"invented role": {UserID: "u1", Role: "root"},
		} {
			if Allowed(p, r.Action) {
				t.Errorf("%s may %s", name, r.Action)
			}
		}
		delete(want, r.Action)
	}
	for a := range want {
		t.Errorf("%s is missing from the table", a)
	}
	for _, p := range []store.Principal{store.Operator("0"), {UserID: "u1", Role: store.Admin}} {
		if Allowed(p, "documents.everything") {
			t.Error("an action outside the table is allowed")
		}
	}
	wantCode(t, Require(store.Principal{}, Ask), "not-allowed")
	for _, r := range Table() {
		if len(r.Roles) > 0 {
			r.Roles[0] = store.Member
		}
	}
	if Allowed(store.Principal{UserID: "u1", Role: store.Member}, UsersAdmin) {
		t.Error("Table leads into the policy")
	}
}

func contains(s string, c byte) bool {
	for i := range len(s) {
		if s[i] == c {
			return true
		}
	}
	return false
}

// TestScopesAndDanger says scopes, relations and danger a second time. d is
// danger, then the letters of the scopes: r read, k ask, w write, a admin, u audit, m metrics.
func TestScopesAndDanger(t *testing.T) {
	want := map[Action]string{
		DocumentsRead: "r reader", DocumentsWrite: "w writer", Search: "r reader", Ask: "k owner", ProfileOwn: "r owner", AccessOwn: "ra owner",
		ModelsRead: "rk ", NoticeRead: "r ", KeysOwn: "d owner", FactorsOwn: "d owner", ElevationOwn: " owner", ElevationTake: "d owner", ElevationAdmin: "d ", BackupsRead: "a ", BackupsAdmin: "da ", HardenedAdmin: "d second", UsersReset: "da second", KeysAdmin: "d ", CollectionsAdmin: "da ", UsersAdmin: "da ", GroupsAdmin: "da ",
		SettingsAdmin: "da ", RetentionAdmin: "da second", JobsAdmin: "a ", TrialsAdmin: "a author", AccessRead: "a ", RightsCheck: "au ",
		SettingsRead: "au ", RetentionRead: "au ", HoldsPut: "au ", ApprovalsRefuse: "au ", AuditRead: "u ", AuditVerify: "u ", AuditExport: "u ",
		AuditKeys: "du ", AuditSearch: "du reason", KeysForOthers: " ", AuditPrivate: " ", HealthRead: "a ", MetricsRead: "ma ", HealthExport: "da ",
	}
	letters := map[string]string{ScopeRead: "r", ScopeAsk: "k", ScopeWrite: "w", ScopeAdmin: "a", ScopeAudit: "u", ScopeMetrics: "m"}
	for _, r := range Table() {
		got := ""
		if r.Danger {
			got = "d"
		}
		for _, s := range r.Scopes {
			got += letters[s]
		}
		if got += " " + string(r.Relation); got != want[r.Action] {
			t.Errorf("%s is %q, want %q", r.Action, got, want[r.Action])
		}
		admin := store.Principal{UserID: "u", Role: store.Admin}
		for _, s := range Scopes {
			key := admin
			key.Scopes = []string{s}
			if got, ok := Allowed(key, r.Action), Allowed(admin, r.Action) && contains(want[r.Action], letters[s][0]) && slices.Contains(r.Scopes, s); got != ok {
				t.Errorf("%s with a key for %s: %v", r.Action, s, got)
			}
			if Unscoped(key, r.Action) == Allowed(key, r.Action) && Allowed(admin, r.Action) {
				t.Errorf("%s with a key for %s: the scope is not what stands against it", r.Action, s)
			}
		}
		if Dangerous(r.Action) != r.Danger || !Known(r.Action) {
			t.Errorf("%s: danger %v, known %v", r.Action, Dangerous(r.Action), Known(r.Action))
		}
	}
	if Known("documents.everything") || Dangerous("documents.everything") {
		t.Error("an action outside the table is known")
	}
	key := store.Principal{UserID: "u", Role: store.Member, Scopes: []string{ScopeRead}}
	wantCode(t, Require(key, Ask), "key-lacks-scope")
	wantCode(t, Require(key, UsersAdmin), "not-allowed")
}

// TestDecide is the table of relations in cases.
func TestDecide(t *testing.T) {
	member, admin := store.Principal{UserID: "u", Role: store.Member}, store.Principal{UserID: "a", Role: store.Admin}
	reading := member
	reading.Scopes = []string{ScopeRead}
	for _, c := range []struct {
		p    store.Principal
		a    Action
		want string // own, shared, foreign, abroad: g granted, r refused, h hidden
	}{
		{member, DocumentsRead, "gghh"}, {admin, DocumentsRead, "gghh"}, {store.Principal{}, DocumentsRead, "hhhh"},
		{member, DocumentsWrite, "grhh"}, {admin, DocumentsWrite, "grhh"}, {reading, DocumentsWrite, "rrrr"},
		{member, Ask, "ghhh"}, {admin, Ask, "ghhh"}, {member, KeysOwn, "ghhh"}, {admin, KeysOwn, "gggh"}, {reading, KeysOwn, "rrrr"},
		{member, UsersAdmin, "hhhh"}, {admin, UsersAdmin, "gggh"}, {store.Operator("0"), DocumentsRead, "gggh"},
		{admin, "documents.everything", "hhhh"}, {store.Operator("0"), "documents.everything", "hhhh"},
		{store.Principal{UserID: "u", Role: store.Admin, Needs: []string{StepFactor}}, UsersAdmin, "hhhh"},
	} {
		got := ""
		for _, s := range []Standing{Own, Shared, Foreign, Abroad} {
			got += string("hrg"[Decide(c.p, c.a, s)])
		}
		if got != c.want {
			t.Errorf("%s %v %s: %s, want %s", c.p.Role, c.p.Scopes, c.a, got, c.want)
		}
	}
}
