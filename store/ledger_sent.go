package store

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"

	"coffre/vault/backupfile"
)

// Ledgers are what was kept elsewhere of erasures and destructions: without them a
// backup brings back what was destroyed after it.
type Ledgers struct {
	Erased    []Erasure
	Destroyed []Destroyed
}

// ParseLedgers reads the lines of ledgers of erasures and of destroyed firms, which
// may follow each other in any order. Errors: Invalid "ledger-line" (param n, the
// line), "ledger-empty".
func ParseLedgers(text []byte) (l Ledgers, err error) {
	n := 0
	for line := range bytes.Lines(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if err := l.add(line); err != nil {
			return Ledgers{}, Fail(Invalid, "ledger-line", "n", strconv.Itoa(n)).Because(err)
		}
	}
	if len(l.Erased)+len(l.Destroyed) == 0 {
		return l, Fail(Invalid, "ledger-empty")
	}
	return l, nil
}

// add takes a line by what it names: a person, or a firm.
func (l *Ledgers) add(line []byte) error {
	var names struct{ Person, Tenant string }
	if err := json.Unmarshal(line, &names); err != nil {
		return err
	}
	if names.Tenant != "" {
		d, err := parseDestroyed(line)
		l.Destroyed = append(l.Destroyed, d)
		return err
	}
	e, err := parseErasure(line)
	l.Erased = append(l.Erased, e)
	return err
}

func parseErasure(line []byte) (e Erasure, err error) {
	if err := json.Unmarshal(line, &e); err != nil || e.Person == "" {
		return e, Fail(Corrupt, "damaged", "path", ledgerName).Because(err)
	}
	return e, nil
}

// parseDestroyed takes only what can be a firm's id: its directory is removed.
func parseDestroyed(line []byte) (d Destroyed, err error) {
	if err := json.Unmarshal(line, &d); err != nil || d.Tenant == BoxID || !backupfile.KnownName("tenants/"+d.Tenant+"/store.db") {
		return d, Fail(Corrupt, "damaged", "path", destroyedName).Because(err)
	}
	return d, nil
}

// putKnown gives a restored directory the ledgers that are known elsewhere, and
// tells what its first opening will do by them.
func (rep *RestoreReport) putKnown(dir string, erased map[string][]Erasure, gone []Destroyed) (err error) {
	if rep.Erased, err = putLedgers(dir, *rep, erased); err != nil {
		return err
	}
	if err := putDestroyedLedger(dir, gone); err != nil {
		return err
	}
	for _, d := range gone {
		again := func(o Destroyed) bool { return o.Tenant == d.Tenant }
		if rep.has(d.Tenant) && !slices.ContainsFunc(rep.Destroyed, again) {
			rep.Destroyed = append(rep.Destroyed, d)
		}
	}
	for _, c := range rep.Chains {
		if c.Tenant == BoxID {
			continue
		}
		n, err := replaysIn(dir, c.Tenant)
		if err != nil {
			return err
		}
		rep.Replays += n
	}
	return nil
}

// replaysIn counts the people of a restored firm whom its ledger erases again.
func replaysIn(dir, tenant string) (n int, err error) {
	all, err := ReadLedger(LedgerPath(dir, tenant))
	if err != nil || len(all) == 0 {
		return 0, err
	}
	err = lookInto(dir, tenant, func(v *View) error {
		for _, e := range all {
			u, err := v.User(e.Person)
			if err == nil && u.Erased.IsZero() {
				n++
			}
			if err != nil && !IsNotFound(err) {
				return err
			}
		}
		return nil
	})
	return n, err
}
