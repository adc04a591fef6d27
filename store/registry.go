package store

// Suspended tells whether the operator has shut a firm: its people are not served,
// its data stays.
func (t *Tenant) Suspended() bool {
	rec := t.registered.Load()
	return rec != nil && !rec.Suspended.IsZero()
}
