package connectors

import (
	"testing"

	"coffre/connectors/syslog/syslogtest"
	"coffre/store"
)

// TestForwardRests: nothing of a suspended firm is forwarded, nor of the box's own
// journal along its way; what was entered meanwhile follows once it is resumed.
func TestForwardRests(t *testing.T) {
	r := syslogtest.Start(t, syslogtest.Options{})
	b := newForwarding(t, t.TempDir(), quickPace)
	b.to(t, r, nil)
	b.start()
	all := func() bool { return complete(t, r.Got(), b.Tenant) && complete(t, r.Got(), b.root.Box) }
	until(t, "all is there", all)
	by := store.CLI("test")
	if _, err := b.root.SuspendTenant(t.Context(), by, "acme", "the contract has ended", ""); err != nil {
		t.Fatal(err)
	}
	until(t, "both are at rest", func() bool { return !b.f.State("acme").On && !b.f.State(store.BoxID).On })
	had := r.Connections()
	b.write(t, 20)
	head, _ := b.Head()
	if entries, _, _ := arrived(t, r.Got(), "acme"); len(entries) >= int(head) || r.Connections() != had {
		t.Errorf("%d entries of %d left, over %d connections", len(entries), head, r.Connections()-had)
	}
	if _, err := b.root.ResumeTenant(t.Context(), by, "acme", ""); err != nil {
		t.Fatal(err)
	}
	until(t, "what was entered meanwhile is there", all)
}
