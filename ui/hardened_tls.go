package ui

import (
	"crypto/tls"
	"sync"
	"time"

	"coffre/store"
)

// hardenedStrict is how long browsers remember to use HTTPS in hardened mode.
const hardenedStrict = 365 * 24 * time.Hour

// strictly remembers for a moment whether a firm of the box is in hardened mode:
// the header goes out with every answer, those that belong to no firm included,
// and a shorter one would take the longer back.
type strictly struct {
	mu sync.Mutex
	at time.Time
	on bool
}

func (x *strictly) now(root *store.Root) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if root == nil || time.Since(x.at) < time.Second {
		return x.on
	}
	x.at, x.on = time.Now(), false
	eachFirm(root, func(_ store.TenantRecord, v *store.View) { x.on = x.on || v.Hardened().On })
	return x.on
}

// forget makes the next answer look again.
func (x *strictly) forget() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.at = time.Time{}
}

// oldTLS refuses a request over a connection that was made before the firm asked
// for TLS 1.3: new ones don't come about, and this one ends here.
func (q *request) oldTLS() error {
	if q.r.TLS == nil || q.r.TLS.Version == 0 || q.r.TLS.Version >= tls.VersionTLS13 {
		return nil
	}
	old := false
	err := q.view(func(v *store.View) error {
		old = v.Setting(SettingTLSMinimum, TLS12) == TLS13
		return nil
	})
	if err != nil || !old {
		return err
	}
	q.w.Header().Set("Connection", "close")
	return store.Fail(store.Denied, "tls-old")
}
