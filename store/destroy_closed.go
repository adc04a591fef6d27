package store

// The destruction of a firm whose data doesn't open. What the firm itself would say
// against it can't be read: its holds, the requests that wait in it, whether it was
// exported. So whoever asks says that they know (Unexported), the time in which the
// request can be taken back is the same, only the paper key of the box's own kit ends
// it, and the certificate and the entry tenant.delete tell why the firm's chain was not
// closed. A firm that opens again before its time is over is destroyed as any other:
// what it says then counts.

// beforeClosed is beforeDestruction of a firm that doesn't open: why. Errors: Conflict
// "tenant-unseen"; Denied "tenant-paper".
func (r *Root) beforeClosed(why *Error, q DestroyRequest, unexported bool) (paper string, err error) {
	switch {
	case !q.Unexported && !unexported:
		return "", Fail(Conflict, "tenant-unseen", "tenant", q.Tenant).Because(why)
	case !q.Now:
		return "", nil
	case r.Box.View(func(v *View) error { return v.checkPaperKey(q.PaperKey) }) != nil:
		return "", Fail(Denied, "tenant-paper")
	}
	return PaperBox, nil
}

// lastOfClosed is lastWords of a firm that doesn't open. Error: Conflict "tenant-unseen"
// where the request was made while it did.
func (r *Root) lastOfClosed(rec TenantRecord, why *Error, a Approval) (Destroyed, error) {
	d := newDestroyed(rec, a)
	if !a.Unexported {
		return d, Fail(Conflict, "tenant-unseen", "tenant", rec.ID).Because(why)
	}
	d.Closed = why.Code
	err := r.Box.View(func(v *View) (err error) { d.Backups, err = v.backupDays(-1); return err })
	if err != nil {
		return d, err
	}
	last := d
	if r.peek(r.tenantPath(rec.ID), func(tx *boltTx) error { return (&View{tx: tx}).lastCheckpoint(&last) }) == nil {
		d = last
	}
	return d, nil
}
