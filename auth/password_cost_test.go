package auth

import (
	"strings"
	"testing"
	"time"

	"coffre/store"
)

// TestCostsRaised: a hash follows the firm's costs at its person's next sign-in,
// within the bounds.
func TestCostsRaised(t *testing.T) {
	b := newBox(t)
	b.s.opts.Params = Params{}
	stored := func() string {
		u, err := view(b.t, func(v *store.View) (store.User, error) { return v.User(b.member.ID) })
		if err != nil {
			t.Fatal(err)
		}
		return u.Password
	}
	for _, x := range []struct{ memory, passes, want string }{
		{"32", "2", "m=32768,t=2,p=2"}, {"40", "2", "m=40960,t=2,p=2"}, {"9", "99", "m=65536,t=3,p=2"},
	} {
		b.set(SettingHashMemory, x.memory)
		b.set(SettingHashPasses, x.passes)
		b.as("bob", memberPassword)
		if !strings.Contains(stored(), x.want) {
			t.Errorf("%s MiB, %s passes: %s", x.memory, x.passes, stored()[:40])
		}
		b.clock.advance(time.Second)
	}
}
