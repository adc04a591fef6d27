package store

import (
	"path/filepath"
	"slices"
)

// needs is what somebody must hold to see an attack.
type needs int

const (
	needNothing needs = iota
	needKey           // the first key, or any checkpoint, however old
	needNote          // a checkpoint from after the changed entry: kept, in a receipt, or a witness's
)

// attack is one line of the auditor's table. do really does it, in a copy of
// the victim's files, and returns the database that the box would show then.
type attack struct {
	en, fr string
	needs  needs
	do     func(v *victim) string
}

// onRecords is an attack by somebody who can't sign, on the entries as they lie.
func onRecords(fn func(v *victim, all [][]byte) [][]byte) func(v *victim) string {
	return func(v *victim) string {
		v.entries(v.db, func(all [][]byte) [][]byte { return fn(v, all) })
		return v.db
	}
}

// rewrite edits an entry and has everything after it computed and signed anew.
func rewrite(v *victim, seq, lastMove uint64) string {
	v.entries(v.db, func(all [][]byte) [][]byte {
		all[seq-1] = v.retell(all[seq-1])
		return all
	})
	v.sign(v.db, seq, v.size, lastMove, v.today())
	return v.db
}

var attacks = []attack{
	{"edited an entry", "modifié une entrée", needNothing, onRecords(func(v *victim, all [][]byte) [][]byte {
		all[v.epoch+20] = v.retell(all[v.epoch+20])
		return all
	})},
	{"inserted an entry, those after it renumbered", "inséré une entrée, les suivantes renumérotées", needNothing, onRecords(func(v *victim, all [][]byte) [][]byte {
		all = slices.Insert(all, int(v.epoch)+20, v.retell(all[v.epoch+20]))
		for i := v.epoch + 20; i < uint64(len(all)); i++ {
			all[i] = v.renumbered(all[i], i+1)
		}
		return all
	})},
	{"deleted an entry", "supprimé une entrée", needNothing, onRecords(func(v *victim, all [][]byte) [][]byte {
		return slices.Delete(all, int(v.epoch)+20, int(v.epoch)+21)
	})},
	{"exchanged two entries", "interverti deux entrées", needNothing, onRecords(func(v *victim, all [][]byte) [][]byte {
		all[v.epoch+20], all[v.epoch+40] = all[v.epoch+40], all[v.epoch+20]
		return all
	})},
	{"doubled an entry", "doublé une entrée", needNothing, onRecords(func(v *victim, all [][]byte) [][]byte {
		return slices.Insert(all, int(v.epoch)+20, all[v.epoch+20])
	})},
	{"exchanged an entry with another firm's", "échangé une entrée avec celle d’un autre cabinet", needNothing, func(v *victim) string {
		var mine, theirs []byte
		v.entries(v.other, func(all [][]byte) [][]byte { theirs = all[v.epoch+20]; return all })
		v.entries(v.db, func(all [][]byte) [][]byte { mine, all[v.epoch+20] = all[v.epoch+20], theirs; return all })
		v.entries(v.other, func(all [][]byte) [][]byte { all[v.epoch+20] = mine; return all })
		if rep, err := VerifyDatabase(v.t.Context(), VerifyRequest{Path: v.other, Tenant: "other"}); err != nil || rep.OK {
			v.t.Errorf("the other firm's journal: %+v %v", rep, err)
		}
		return v.db
	}},
	{"cut off the last 50 entries", "coupé les 50 dernières entrées", needNothing, onRecords(func(_ *victim, all [][]byte) [][]byte {
		return all[:len(all)-50]
	})},
	{"cut off the last 50 and signed with today’s key", "coupé les 50 dernières et signé de la clé du jour", needNote, func(v *victim) string {
		v.sign(v.db, v.size-50, v.size-50, v.epoch, v.today())
		return v.db
	}},
	{"cut back to before the last hand-over and signed with today’s key", "coupé jusqu’avant la dernière passation et signé de la clé du jour", needNothing, func(v *victim) string {
		v.sign(v.db, v.epoch-10, v.epoch-10, v.epoch-10, v.today())
		return v.db
	}},
	{"cut off everything", "tout coupé", needNothing, onRecords(func(_ *victim, all [][]byte) [][]byte { return nil })},
	{"cut off all but entry 1 and signed with today’s key", "tout coupé sauf l’entrée 1 et signé de la clé du jour", needNothing, func(v *victim) string {
		v.sign(v.db, 1, 1, 0, v.today())
		return v.db
	}},
	{"edited an entry since the last hand-over, recomputed all after it, signed with today’s key", "modifié une entrée postérieure à la dernière passation, tout recalculé après elle, signé de la clé du jour", needNote, func(v *victim) string {
		return rewrite(v, v.epoch+20, v.epoch)
	}},
	{"edited an entry from before the last hand-over, recomputed everything, signed with today’s key", "modifié une entrée d’avant la dernière passation, tout recalculé, signé de la clé du jour", needNothing, func(v *victim) string {
		return rewrite(v, 30, v.epoch)
	}},
	{"the same, and took the hand-overs out", "de même, et retiré les passations", needNothing, func(v *victim) string { return rewrite(v, 30, 0) }},
	{"wrote everything again from entry 1, with keys of his own", "tout réécrit depuis l’entrée 1, avec ses propres clés", needKey, (*victim).thiefsBox},
	{"signed the newest checkpoint with the key of an earlier time", "signé le dernier point de contrôle d’une clé d’autrefois", needNothing, func(v *victim) string {
		v.sign(v.db, v.size, v.size, v.epoch, v.oldKey)
		return v.db
	}},
	{"went on from the past with a key stolen in its time, as if no hand-over had been", "continué depuis le passé avec une clé volée en son temps, comme s’il n’y avait pas eu de passation", needNote, func(v *victim) string {
		from := v.moves[0]
		v.entries(v.db, func(all [][]byte) [][]byte {
			template := all[from-2]
			for i := from - 1; i < uint64(len(all)); i++ {
				all[i] = v.renumbered(template, i+1)
			}
			return all
		})
		v.sign(v.db, from, v.size, 0, v.oldKey)
		return v.db
	}},
	{"put back the whole data directory of last week", "remis en place tout le répertoire de données de la semaine passée", needNote, func(v *victim) string {
		return TenantDB(v.lastWeek, "acme")
	}},
	{"put it back, and let it go on until it was longer", "remis en place ce répertoire, et continué jusqu’à dépasser", needNote, func(v *victim) string {
		f := v.run(v.lastWeek)
		v.work(f.Tenant, int(v.size))
		return v.copyOf(f.Tenant)
	}},
	{"showed two auditors two futures of one past", "montré à deux auditeurs deux avenirs d’un même passé", needNote, func(v *victim) string {
		f := v.run(v.lastWeek)
		v.work(f.Tenant, 20)
		f.rotate(v.t, 1)
		v.work(f.Tenant, 20)
		// The other auditor sees it just as well in what the first was shown.
		_, note := f.Head()
		if seen, rep := v.seen(v.db, "", note); !seen {
			v.t.Errorf("the live journal against the other future's checkpoint: %+v", rep)
		}
		return v.copyOf(f.Tenant)
	}},
}

// thiefsBox is a box of the thief's that claims to be the victim's: the same firm,
// founded at the same second, with as many entries.
func (v *victim) thiefsBox() string {
	dir := filepath.Join(v.t.TempDir(), "thief")
	f := newFirmAt(v.t, dir, ticking(bornAt))
	if f.Customer != v.f.Customer {
		v.t.Fatalf("the thief founded %+v", f.Customer)
	}
	v.work(f.Tenant, int(v.size))
	f.rotate(v.t, 1)
	return v.copyOf(f.Tenant)
}

// run opens a data directory that was copied.
func (v *victim) run(dir string) *firm {
	r := newRoot(v.t, dir, ticking(bornAt.Add(1e13)))
	tn, release, err := r.Acquire("acme")
	if err != nil {
		v.t.Fatal(err)
	}
	v.t.Cleanup(func() { release(); r.Close() })
	return &firm{Tenant: tn, root: r}
}
