package store

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"coffre/chain"
)

// canaryFirm is a firm with a group, three collections and a few documents in
// each; the vectors are there where the machine has an embedder built in.
func canaryFirm(t *testing.T) (f *firm, hr Collection) {
	f = newFirm(t)
	var g Group
	f.do(t, chain.GroupCreate, func(tx *Tx) (err error) {
		g, err = tx.PutGroup(Group{Name: "Personnel", Members: []string{f.carol.UserID}})
		return err
	})
	hr = f.collection(t, "Salaires", Grants{"group:" + g.ID})
	carol := f.principal(t, f.carol.UserID)
	for i := range 3 {
		f.add(t, f.alice, f.open, fmt.Sprintf("commun%d.txt", i), fmt.Sprintf("Le règlement du personnel numéro %d fixe les congés de mars.", i))
		f.add(t, f.alice, f.closed, fmt.Sprintf("direction%d.txt", i), fmt.Sprintf("La fusion numéro %d avec Norvège Ouest est prévue en avril.", i))
		f.add(t, carol, hr, fmt.Sprintf("salaire%d.txt", i), fmt.Sprintf("La grille des salaires numéro %d est revue chaque année.", i))
	}
	if err := f.WaitEmbedded(context.Background()); err != nil {
		t.Log("without vectors:", err)
	}
	return f, hr
}

func TestCheckRightsGreen(t *testing.T) {
	f, _ := canaryFirm(t)
	run, err := f.CheckRights(context.Background(), System("rights"))
	if err != nil {
		t.Fatal(err)
	}
	if !run.OK() || run.Groups != 2 || run.People != 3 || run.Denied < 10 || run.Allowed < 10 {
		t.Errorf("run %+v", run)
	}
	f.View(func(v *View) error {
		last, err := v.LastCanary()
		if err != nil || last.Seq != run.Seq || last.Denied != run.Denied || last.At.IsZero() {
			t.Errorf("kept %+v %v", last, err)
		}
		e, err := v.Entry(run.Seq)
		if err != nil || e.Action != chain.RightsCheck || e.Detail["result"] != true {
			t.Errorf("entry %+v %v", e.Payload, err)
		}
		return nil
	})
}

// TestCheckRightsRed: the check sees a filter that is broken, at each place
// where there is one.
func TestCheckRightsRed(t *testing.T) {
	ctx := context.Background()
	has := func(r CanaryRun, kind, collection string) bool {
		return slices.ContainsFunc(r.Faults, func(f CanaryFault) bool { return f.Kind == kind && f.Collection == collection })
	}
	t.Run("the index takes a document for another class", func(t *testing.T) {
		f, hr := canaryFirm(t)
		f.View(func(v *View) error {
			return documents.each(v, nil, func(_ []byte, d Document) bool {
				if d.Collection == hr.ID {
					f.follower.index().SetClass(d.Ordinal, f.open.Class)
				}
				return true
			})
		})
		run, err := f.CheckRights(ctx, System("rights"))
		if err != nil || run.OK() || !has(run, CanaryLeakIndex, hr.ID) || has(run, CanaryLeakStore, hr.ID) {
			t.Errorf("run %+v %v", run, err)
		}
	})
	t.Run("a search takes everybody for the operator", func(t *testing.T) {
		f, _ := canaryFirm(t)
		run, err := f.checkRights(ctx, System("rights"), func(ctx context.Context, _ Principal, q SearchQuery) (SearchResult, error) {
			return f.Search(ctx, Operator("0"), q)
		})
		if err != nil || run.OK() || !has(run, CanaryLeakStore, f.closed.ID) || has(run, CanaryLeakIndex, f.closed.ID) {
			t.Errorf("run %+v %v", run, err)
		}
	})
	t.Run("a document's class is another collection's", func(t *testing.T) {
		f, hr := canaryFirm(t)
		reclass := func(class uint32) {
			f.do(t, chain.DocumentRestore, func(tx *Tx) error {
				var all []Document
				documents.each(&tx.View, nil, func(_ []byte, d Document) bool {
					if d.Collection == hr.ID {
						all = append(all, d)
					}
					return true
				})
				for _, d := range all {
					d.Class = class
					if err := documents.put(tx, []byte(d.ID), d); err != nil {
						return err
					}
					f.follower.index().SetClass(d.Ordinal, d.Class)
				}
				return nil
			})
		}
		reclass(f.open.Class)
		defer reclass(hr.Class)
		run, err := f.CheckRights(ctx, System("rights"))
		if err != nil || run.OK() || !has(run, CanaryLeakIndex, hr.ID) {
			t.Errorf("run %+v %v", run, err)
		}
	})
	t.Run("nothing is found", func(t *testing.T) {
		f, hr := canaryFirm(t)
		f.View(func(v *View) error {
			return documents.each(v, nil, func(_ []byte, d Document) bool {
				f.follower.index().SetClass(d.Ordinal, 0)
				return true
			})
		})
		run, err := f.CheckRights(ctx, System("rights"))
		if err != nil || run.OK() || run.Leaks > 0 || !has(run, CanaryMiss, hr.ID) {
			t.Errorf("run %+v %v", run, err)
		}
	})
}

func TestCanaryRunsAreBounded(t *testing.T) {
	f := newFirm(t)
	for range canariesKept + 3 {
		if _, err := f.CheckRights(context.Background(), System("rights")); err != nil {
			t.Fatal(err)
		}
	}
	f.View(func(v *View) error {
		all, err := v.CanaryRuns()
		if err != nil || len(all) != canariesKept || all[0].Seq >= all[1].Seq {
			t.Errorf("%d kept, %v", len(all), err)
		}
		return nil
	})
}

func TestCanaryDue(t *testing.T) {
	f := newFirm(t)
	now := time.Now()
	for when, want := range map[time.Duration]bool{0: false, 49 * time.Hour: true} {
		if due, err := f.CanaryDue(now.Add(when)); err != nil || due != want {
			t.Errorf("after %v: due %v %v", when, due, err)
		}
	}
}
