package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"coffre/chain"
)

func (f *firm) tryTrial(p Principal, in TrialInput) (tr Trial, err error) {
	_, err = f.Update(context.Background(), p.Actor, chain.Event{Action: chain.TrialCreate}, func(tx *Tx) (err error) {
		tr, err = tx.CreateTrial(p, in)
		return err
	})
	return tr, err
}

func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return AsError(err).Code
}

// TestTrialIsChecked: what a question may be, and that no document may be
// expected that its author may not read.
func TestTrialIsChecked(t *testing.T) {
	f := newFirm(t)
	open := f.add(t, f.alice, f.open, "congés.txt", "Le préavis est de trois mois.")
	shut := f.add(t, f.alice, f.closed, "paie.txt", "Le salaire est de 3 000 euros.")
	for name, c := range map[string]struct {
		in   TrialInput
		code string
	}{
		"nothing asked":      {TrialInput{Documents: []string{open.ID}}, "trial-empty"},
		"too long":           {TrialInput{Question: strings.Repeat("a", MaxTrialQuestion+1), NoAnswer: true}, "trial-long"},
		"nothing expected":   {TrialInput{Question: "Quel préavis ?"}, "trial-expects"},
		"both":               {TrialInput{Question: "Quel préavis ?", NoAnswer: true, Documents: []string{open.ID}}, "trial-expects"},
		"words of no answer": {TrialInput{Question: "Quel préavis ?", NoAnswer: true, Words: []string{"mois"}}, "trial-expects"},
		"restricted":         {TrialInput{Question: "Quel salaire ?", Documents: []string{shut.ID}}, "trial-document"},
		"no document":        {TrialInput{Question: "Quel salaire ?", Documents: []string{NewID()}}, "trial-document"},
		"no reader":          {TrialInput{Question: "Quel préavis ?", NoAnswer: true, Reader: NewID()}, "trial-reader"},
		"long word":          {TrialInput{Question: "Quel préavis ?", Documents: []string{open.ID}, Words: []string{strings.Repeat("m", 201)}}, "trial-words"},
		"fine":               {TrialInput{Question: " Quel \n préavis ? ", Documents: []string{open.ID, open.ID}, Words: []string{" trois mois ", "", "trois mois"}}, ""},
	} {
		tr, err := f.tryTrial(f.admin, c.in)
		if got := codeOf(err); got != c.code {
			t.Errorf("%s: %q, want %q", name, got, c.code)
		}
		if err == nil && (tr.Question != "Quel préavis ?" || tr.Lang != "fr" || len(tr.Documents) != 1 || len(tr.Words) != 1 || tr.Author != f.admin.UserID) {
			t.Errorf("%s: kept %+v", name, tr)
		}
	}
}

// TestTrialAsker: a question is put with its author's rights, narrowed to its
// reader's, and with nobody's once the author is gone.
func TestTrialAsker(t *testing.T) {
	f := newFirm(t)
	f.add(t, f.alice, f.closed, "paie.txt", "Le salaire de la direction est de 3 000 euros.")
	f.add(t, f.alice, f.open, "congés.txt", "Le préavis de la direction est de trois mois.")
	boss := f.person(t, "boss", Admin)
	f.do(t, chain.CollectionUpdate, func(tx *Tx) error {
		f.closed.Readers = Grants{"user:" + f.alice.UserID, "user:" + boss.UserID}
		return tx.UpdateCollection(f.closed)
	})
	found := func(p Principal, reader string) string {
		tr, err := f.tryTrial(p, TrialInput{Question: "Qui est la direction de " + NewID() + " ?", NoAnswer: true, Reader: reader})
		if err != nil {
			t.Fatal(err)
		}
		var asker Principal
		if err := f.View(func(v *View) (err error) { asker, err = v.TrialAsker(tr); return err }); err != nil {
			t.Fatal(err)
		}
		if asker.MayWrite(f.open) && reader != "" {
			t.Error("a narrowed principal may write")
		}
		return strings.Join(f.search(t, asker, "direction"), " ")
	}
	both, one := "congés.txt#0 paie.txt#0", "congés.txt#0"
	for name, c := range map[string]struct{ got, want string }{
		"who may read all":                     {found(f.principal(t, boss.UserID), ""), both},
		"who may not":                          {found(f.admin, ""), one},
		"as somebody who reads less":           {found(f.principal(t, boss.UserID), f.carol.UserID), one},
		"as somebody who reads more (no more)": {found(f.admin, f.alice.UserID), one},
		"the operator":                         {found(Operator("0"), ""), both},
		"the operator as a reader":             {found(Operator("0"), f.carol.UserID), one},
	} {
		if sortWords(c.got) != c.want {
			t.Errorf("%s: found %q, want %q", name, c.got, c.want)
		}
	}
	tr, _ := f.tryTrial(f.principal(t, boss.UserID), TrialInput{Question: "Et après ?", NoAnswer: true})
	f.do(t, chain.UserUpdate, func(tx *Tx) error {
		u, err := tx.User(boss.UserID)
		if err != nil {
			return err
		}
		u.Role = Member
		return tx.UpdateUser(u)
	})
	if err := f.View(func(v *View) error { _, err := v.TrialAsker(tr); return err }); !IsNotFound(err) {
		t.Errorf("a question of who is no administrator any more: %v", err)
	}
}

func sortWords(s string) string {
	names := strings.Fields(s)
	if len(names) == 2 && names[0] > names[1] {
		names[0], names[1] = names[1], names[0]
	}
	return strings.Join(names, " ")
}

// TestTrialHidden: who may not read an expected document can't change the
// question, since it would be put with their rights, but can pause and delete it.
func TestTrialHidden(t *testing.T) {
	f := newFirm(t)
	shut := f.add(t, f.alice, f.closed, "paie.txt", "Le salaire est de 3 000 euros.")
	tr, err := f.tryTrial(Operator("0"), TrialInput{Question: "Quel salaire ?", Documents: []string{shut.ID}})
	if err != nil {
		t.Fatal(err)
	}
	change := func(action string, fn func(*Tx) error) error {
		_, err := f.Update(context.Background(), f.admin.Actor, chain.Event{Action: action}, fn)
		return err
	}
	err = change(chain.TrialUpdate, func(tx *Tx) error {
		_, err := tx.UpdateTrial(f.admin, tr.ID, TrialInput{Question: "Quel salaire, donc ?", NoAnswer: true})
		return err
	})
	if codeOf(err) != "trial-hidden" {
		t.Errorf("changed: %v", err)
	}
	if err := change(chain.TrialUpdate, func(tx *Tx) error { _, err := tx.PauseTrial(tr.ID, true); return err }); err != nil {
		t.Error(err)
	}
	if err := change(chain.TrialDelete, func(tx *Tx) error { return tx.DeleteTrial(tr.ID) }); err != nil {
		t.Error(err)
	}
	if err := change(chain.TrialDelete, func(tx *Tx) error { return tx.DeleteTrial(tr.ID) }); !IsNotFound(err) {
		t.Errorf("deleted twice: %v", err)
	}
}

// TestTrialImport takes all or nothing, and no question twice.
func TestTrialImport(t *testing.T) {
	f := newFirm(t)
	put := func(in ...TrialInput) (n int, err error) {
		_, err = f.Update(context.Background(), f.admin.Actor, chain.Event{Action: chain.TrialImport}, func(tx *Tx) (err error) {
			n, err = tx.ImportTrials(f.admin, in)
			return err
		})
		return n, err
	}
	a, b := TrialInput{Question: "Un ?", NoAnswer: true}, TrialInput{Question: "Deux ?", NoAnswer: true}
	if _, err := put(a, TrialInput{Question: "Trois ?"}); codeOf(err) != "trial-expects" || AsError(err).Params["line"] != "2" {
		t.Errorf("a bad line: %v %v", err, AsError(err).Params)
	}
	if n, err := put(a, b, a); n != 2 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := put(a, b); n != 0 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}
	var many []TrialInput
	for i := range MaxTrials - 1 {
		many = append(many, TrialInput{Question: fmt.Sprint("Question ", i), NoAnswer: true})
	}
	if _, err := put(many...); codeOf(err) != "trials-full" {
		t.Errorf("more than fit: %v", err)
	}
	if n, err := put(many[:MaxTrials-2]...); n != MaxTrials-2 || err != nil {
		t.Errorf("as many as fit: %d, %v", n, err)
	}
	if _, err := f.tryTrial(f.admin, TrialInput{Question: "Une de trop ?", NoAnswer: true}); codeOf(err) != "trials-full" {
		t.Errorf("one more: %v", err)
	}
}

// TestTrialHistoryIsBounded keeps the figures of MaxTrialRuns, the details of
// few, and what the newest run was compared with.
func TestTrialHistoryIsBounded(t *testing.T) {
	f := newFirm(t)
	first := NewID()
	put := func(id, against string) {
		f.do(t, chain.TrialResult, func(tx *Tx) error {
			_, err := tx.PutTrialRun(TrialRun{ID: id, Against: against, Worse: true}, []TrialOutcome{{Trial: "x", Outcome: TrialRight}})
			return err
		})
	}
	put(first, "")
	for range trialDetails + 5 {
		put(NewID(), first)
	}
	kept := func() (runs, details int) {
		err := f.View(func(v *View) error {
			all, err := v.TrialRuns()
			for _, r := range all {
				out, oerr := v.TrialOutcomes(r)
				if err = errors.Join(err, oerr); len(out) > 0 {
					details++
				}
			}
			runs = len(all)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return runs, details
	}
	if runs, details := kept(); runs != trialDetails+6 || details != trialDetails+1 {
		t.Errorf("kept %d runs, %d with details", runs, details)
	}
	for range MaxTrialRuns {
		put(NewID(), first)
	}
	if runs, details := kept(); runs != MaxTrialRuns+1 || details != trialDetails+1 {
		t.Errorf("in the end %d runs, %d with details", runs, details)
	}
	put(NewID(), "")
	if runs, _ := kept(); runs != MaxTrialRuns {
		t.Errorf("without a measure %d runs", runs)
	}
	accept := func(id string) error {
		_, err := f.Update(context.Background(), f.admin.Actor, chain.Event{Action: chain.TrialAccept}, func(tx *Tx) error { return tx.AcceptTrialRun(id) })
		return err
	}
	last := NewID()
	put(last, "")
	if err := accept(last); err != nil {
		t.Error(err)
	}
	if err := accept(last); codeOf(err) != "trial-not-worse" {
		t.Errorf("accepted twice: %v", err)
	}
	if err := accept(first); !IsNotFound(err) {
		t.Errorf("a run that is gone: %v", err)
	}
}
