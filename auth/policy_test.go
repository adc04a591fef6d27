package auth

import (
	"testing"

	"coffre/store"
)

// TestPolicy says the table a second time, in another form, so that a change of
// one is a change of both.
func TestPolicy(t *testing.T) {
	want := map[Action]string{ // m member, u auditor, a admin; the operator always
		DocumentsRead: "mua", DocumentsWrite: "mua", Search: "mua", Ask: "mua",
		ProfileOwn: "mua", KeysOwn: "mua", ModelsRead: "mua",
		KeysAdmin: "a", CollectionsAdmin: "a", UsersAdmin: "a", GroupsAdmin: "a",
		SettingsAdmin: "a", JobsAdmin: "a", TrialsAdmin: "a",
		SettingsRead: "ua", AuditRead: "ua", AuditVerify: "ua", AuditExport: "ua", AuditKeys: "ua",
		KeysForOthers: "", AuditPrivate: "",
		NoticeRead: "mua", RetentionRead: "ua", HoldsPut: "ua", ApprovalsRefuse: "ua", RetentionAdmin: "a", AuditSearch: "u",
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
	Table()[7].Roles[0] = store.Member
	if Allowed(store.Principal{UserID: "u1", Role: store.Member}, rules[7].Action) {
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
