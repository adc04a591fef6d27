package store

import "slices"

// Served lists the firms that are not suspended, in order of id: those for which
// anything is done that reaches out or that people would see.
func (r *Root) Served() ([]TenantRecord, error) {
	all, err := r.Tenants()
	return slices.DeleteFunc(all, func(rec TenantRecord) bool { return !rec.Suspended.IsZero() }), err
}

// Suspended tells whether the operator has shut a firm: its people are not served,
// its data stays.
func (t *Tenant) Suspended() bool {
	rec := t.registered.Load()
	return rec != nil && !rec.Suspended.IsZero()
}
