package auth

import (
	"slices"
	"testing"
	"time"

	"coffre/store"
)

func TestCleanScopes(t *testing.T) {
	for _, c := range []struct{ in, want []string }{
		{nil, []string{"read", "ask"}},
		{[]string{"admin", "read", "admin"}, []string{"read", "admin"}},
		{[]string{"metrics", "audit", "admin", "write", "ask", "read"}, Scopes},
	} {
		if got, err := CleanScopes(c.in); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, %v", c.in, got, err)
		}
	}
	for _, in := range [][]string{{"root"}, {"read", ""}, {"Read"}} {
		if got, err := CleanScopes(in); store.AsError(err).Code != "key-scope" {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	if !slices.IsSorted([]int{slices.Index(Scopes, "read"), slices.Index(Scopes, "ask")}) {
		t.Error("the order of scopes changed")
	}
}

func TestKeyNetworks(t *testing.T) {
	in := []string{"192.168.1.7", " 10.0.3.4/8 ", "2001:db8::1/32", "::ffff:192.0.2.0/120", "10.0.0.0/8"}
	got, err := CleanNetworks(in)
	want := []string{"192.168.1.7/32", "10.0.0.0/8", "2001:db8::/32", "192.0.2.0/24"}
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("%q, %v", got, err)
	}
	for address, in := range map[string]bool{
		"192.168.1.7": true, "192.168.1.8": false, "10.255.0.1:443": true, "[2001:db8:1::9]:8443": true, "2001:db9::": false,
		"::ffff:192.0.2.9": true, "192.0.3.1": false, "": false, "@": false, "fe80::1%eth0": false,
	} {
		if got := within(want, address); got != in {
			t.Errorf("%q: %v", address, got)
		}
	}
	if !within(nil, "anything") {
		t.Error("a key without networks is refused")
	}
	for _, bad := range []string{"", "home", "10.0.0.0/33", "fe80::1%eth0", "::ffff:10.0.0.0/90", "10.0.0"} {
		if got, err := CleanNetworks([]string{bad}); store.AsError(err).Code != "key-network" {
			t.Errorf("%q: %q, %v", bad, got, err)
		}
	}
}

func TestKeyStateWords(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for want, end := range map[string]time.Time{
		"": now.Add(KeyWarns + time.Second), "expiring": now.Add(KeyWarns), "expired": now,
	} {
		if got := KeyState(false, end, now); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if got := KeyState(true, end, now); got != "revoked" {
			t.Errorf("a revoked key is %q", got)
		}
	}
	if got := KeyState(false, time.Time{}, now); got != "" {
		t.Errorf("without an end: %q", got)
	}
}
