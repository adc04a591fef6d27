package trial

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"coffre/chain"
	"coffre/store"
)

// strictAsker answers from a coverage on that the tenant's setting names.
type strictAsker struct{ Quiet }

func (a strictAsker) Probe(ctx context.Context, t *store.Tenant, p store.Principal, question string) (Found, error) {
	f, err := a.Quiet.Probe(ctx, t, p, question)
	if err != nil {
		return f, err
	}
	return f, t.View(func(v *store.View) error {
		if least, err := strconv.ParseFloat(v.Setting(SettingStrictness, "balanced"), 64); err == nil {
			f.Enough = f.Probability >= least
		}
		return nil
	})
}

// firm is a tenant with a few documents and an administrator.
type firm struct {
	*store.Tenant
	root   *store.Root
	runner *Runner
	admin  store.Principal
	docs   map[string]string // name to id
}

func newFirm(t *testing.T) *firm {
	t.Helper()
	root, err := store.OpenRoot(t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := root.CreateTenant(t.Context(), store.System("test"), store.NewTenant{ID: "acme", Firm: "Acme"}); err != nil {
		t.Fatal(err)
	}
	tn, release, err := root.Acquire("acme")
	if err != nil {
		t.Fatal(err)
	}
	f := &firm{Tenant: tn, root: root, runner: New(root, strictAsker{}, Options{Look: 10 * time.Millisecond}), docs: map[string]string{}}
	t.Cleanup(func() {
		f.runner.Close()
		if err := tn.Check(); err != nil {
			t.Errorf("invariants: %v", err)
		}
		release()
		if err := root.Close(); err != nil {
			t.Error(err)
		}
	})
	f.admin = f.person(t, "ada")
	for name, text := range map[string]string{
		"bail.txt":   "Le loyer annuel du bail de Vorane est de 12 000 euros hors taxes.",
		"conges.txt": "Le préavis pour poser des congés est de trente jours ouvrés.",
		"vanne.txt":  "La vanne de détente VX-12 coûte 312 euros en 2026.",
	} {
		f.add(t, store.Grants{store.Everyone}, name, text)
	}
	return f
}

func (f *firm) do(t *testing.T, action string, fn func(*store.Tx) error) uint64 {
	t.Helper()
	seq, err := f.Update(context.Background(), store.System("test"), chain.Event{Action: action}, fn)
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

func (f *firm) person(t *testing.T, login string) (p store.Principal) {
	t.Helper()
	var u store.User
	f.do(t, chain.UserCreate, func(tx *store.Tx) (err error) {
		u, err = tx.CreateUser(store.User{Login: login, Name: login, Role: store.Admin})
		return err
	})
	if err := f.View(func(v *store.View) (err error) { p, err = v.Principal(u.ID, store.Person(u.ID)); return err }); err != nil {
		t.Fatal(err)
	}
	return p
}

func (f *firm) add(t *testing.T, readers store.Grants, name, text string) {
	t.Helper()
	o, err := f.ReceiveFile(strings.NewReader(text), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	var c store.Collection
	f.do(t, chain.CollectionCreate, func(tx *store.Tx) (err error) {
		c, err = tx.CreateCollection(store.Collection{Name: name, Readers: readers, Writers: readers})
		return err
	})
	var d store.Document
	f.do(t, chain.DocumentAdd, func(tx *store.Tx) (err error) {
		d, _, err = tx.AddDocument(store.Operator("test"), store.NewDocument{Collection: c.ID, Name: name, SHA256: o.SHA256, Bytes: o.Bytes})
		return err
	})
	var job store.Job
	if err := f.View(func(v *store.View) (err error) { job, err = v.Job(d.Latest().ID); return err }); err != nil {
		t.Fatal(err)
	}
	x := store.Extracted{Format: "text", Extractor: "test/1", Passages: []store.Passage{{End: len(text), Text: text, Lang: "fr"}}}
	seq := f.do(t, chain.DocumentExtract, func(tx *store.Tx) error { _, err := tx.FinishExtraction(job, x); return err })
	if err := f.WaitIndexed(t.Context(), seq); err != nil {
		t.Fatal(err)
	}
	f.docs[name] = d.ID
}

func (f *firm) ask(t *testing.T, in store.TrialInput) (tr store.Trial) {
	t.Helper()
	f.do(t, chain.TrialCreate, func(tx *store.Tx) (err error) { tr, err = tx.CreateTrial(f.admin, in); return err })
	return tr
}

// lists makes the usual list: three questions with an answer, one without.
func (f *firm) lists(t *testing.T) {
	t.Helper()
	f.ask(t, store.TrialInput{Question: "Quel est le loyer annuel du bail de Vorane ?", Documents: []string{f.docs["bail.txt"]}, Words: []string{"12 000"}})
	f.ask(t, store.TrialInput{Question: "Quel préavis pour poser des congés ?", Documents: []string{f.docs["conges.txt"]}})
	f.ask(t, store.TrialInput{Question: "Combien coûte la vanne VX-12 en 2026 ?", Documents: []string{f.docs["vanne.txt"]}, Words: []string{"312"}})
	f.ask(t, store.TrialInput{Question: "Qui a gagné la coupe du monde de football ?", NoAnswer: true})
}

func (f *firm) run(t *testing.T) (store.TrialRun, []store.TrialOutcome) {
	t.Helper()
	if err := f.runner.Start(t.Context(), "acme", f.admin.Actor, chain.Event{}, store.TrialByPerson); err != nil {
		t.Fatal(err)
	}
	if err := f.runner.Wait(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	return f.newest(t)
}

func (f *firm) newest(t *testing.T) (r store.TrialRun, out []store.TrialOutcome) {
	t.Helper()
	err := f.View(func(v *store.View) (err error) {
		if r, _, err = v.NewestTrialRun(); err != nil {
			return err
		}
		out, err = v.TrialOutcomes(r)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return r, out
}

func (f *firm) strictness(t *testing.T, s string) {
	t.Helper()
	f.do(t, chain.SettingsUpdate, func(tx *store.Tx) error { return tx.PutSetting(SettingStrictness, s) })
}

// TestRunWarns: a setting that makes answers worse is seen, named, and stays a
// warning until it is put right or accepted; a run like the last warns nobody.
func TestRunWarns(t *testing.T) {
	f := newFirm(t)
	f.lists(t)
	first, _ := f.run(t)
	want := store.TrialFigures{Questions: 4, Right: 4, Answerable: 3, Hits: 3, NDCG: 1, Answered: 3, Unanswerable: 1, Refused: 1}
	if first.Figures != want || first.Worse || first.Against != "" {
		t.Fatalf("first run %+v", first)
	}
	if again, _ := f.run(t); again.Worse || again.Lost != 0 || again.Common != 4 || len(again.Changed) != 0 {
		t.Errorf("the same again: %+v", again)
	}
	f.strictness(t, "1.5")
	bad, outcomes := f.run(t)
	if !bad.Worse || bad.Lost != 3 || len(bad.Changed) != 1 || bad.Changed[0] != "settings" || bad.Figures.Answered != 0 {
		t.Errorf("after a bad setting: %+v", bad)
	}
	if outcomes[0].Outcome != store.TrialRefused || outcomes[0].Rank != 1 {
		t.Errorf("what became of the first: %+v", outcomes[0])
	}
	if still, _ := f.run(t); !still.Worse || still.Against != bad.Against {
		t.Errorf("run once more: %+v", still)
	}
	f.strictness(t, "balanced")
	if good, _ := f.run(t); good.Worse || good.Against != bad.Against {
		t.Errorf("put right: %+v", good)
	}
	f.strictness(t, "1.5")
	bad, _ = f.run(t)
	f.do(t, chain.TrialAccept, func(tx *store.Tx) error { return tx.AcceptTrialRun(bad.ID) })
	if now, _ := f.run(t); now.Worse || now.Against != bad.ID {
		t.Errorf("accepted: %+v", now)
	}
}

// TestRunCountsOut what can't be judged: documents that are gone, people who are.
func TestRunCountsOut(t *testing.T) {
	f := newFirm(t)
	f.lists(t)
	bob := f.person(t, "bob")
	f.do(t, chain.TrialCreate, func(tx *store.Tx) error {
		_, err := tx.CreateTrial(bob, store.TrialInput{Question: "Quel préavis, déjà ?", NoAnswer: true})
		return err
	})
	f.do(t, chain.UserDisable, func(tx *store.Tx) error {
		u, err := tx.User(bob.UserID)
		if err != nil {
			return err
		}
		u.Disabled = true
		return tx.UpdateUser(u)
	})
	f.do(t, chain.DocumentDelete, func(tx *store.Tx) error {
		return tx.DeleteDocument(store.Operator("test"), f.docs["vanne.txt"])
	})
	run, outcomes := f.run(t)
	if run.Figures.Questions != 3 || run.Figures.Left != 2 || outcomes[2].Outcome != store.TrialStale || outcomes[4].Outcome != store.TrialUnowned {
		t.Errorf("%+v %+v", run.Figures, outcomes)
	}
}

// TestRunIsEntered: who began it, and what it came to; never a question.
func TestRunIsEntered(t *testing.T) {
	f := newFirm(t)
	if err := f.runner.Start(t.Context(), "acme", f.admin.Actor, chain.Event{}, store.TrialByPerson); store.AsError(err).Code != "trials-none" {
		t.Errorf("an empty list: %v", err)
	}
	f.lists(t)
	run, _ := f.run(t)
	err := f.View(func(v *store.View) error {
		result, err := v.Entry(run.Seq)
		if err != nil {
			return err
		}
		if result.Action != chain.TrialResult || result.Actor.Kind != "system" || result.Object.ID != run.ID || result.Sealed != "" {
			t.Errorf("result %+v", result.Payload)
		}
		begun, err := v.Entry(run.Seq - 1)
		if begun.Action != chain.TrialRun || begun.Actor.ID != f.admin.UserID || begun.Detail["cause"] != store.TrialByPerson {
			t.Errorf("begun %+v", begun.Payload)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestRunStops: a run that is stopped is entered and kept nowhere, and waits
// while people ask.
func TestRunStops(t *testing.T) {
	f := newFirm(t)
	f.lists(t)
	f.runner.YieldTo(func() bool { return true })
	if err := f.runner.Start(t.Context(), "acme", f.admin.Actor, chain.Event{}, store.TrialByPerson); err != nil {
		t.Fatal(err)
	}
	if err := f.runner.Start(t.Context(), "acme", f.admin.Actor, chain.Event{}, store.TrialByPerson); store.AsError(err).Code != "trial-running" {
		t.Errorf("two at once: %v", err)
	}
	if s := f.runner.State("acme"); !s.Running || s.Total != 4 {
		t.Errorf("state %+v", s)
	}
	if !f.runner.Stop("acme") {
		t.Error("nothing to stop")
	}
	if err := f.runner.Wait(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	if f.runner.Stop("acme") || f.runner.State("acme").Running {
		t.Error("it goes on")
	}
	if run, _ := f.newest(t); run.ID != "" {
		t.Errorf("kept %+v", run)
	}
	seq, _ := f.Head()
	f.View(func(v *store.View) error {
		if e, err := v.Entry(seq); err != nil || e.Detail["code"] != "cancelled" {
			t.Errorf("entered %v %v", e.Payload, err)
		}
		return nil
	})
}

// TestAutomatic: a change of settings makes a run by itself, once; a list that
// nobody has run is left alone.
func TestAutomatic(t *testing.T) {
	f := newFirm(t)
	f.lists(t)
	if err := f.WaitEmbedded(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if cause, err := f.runner.reason(f.Tenant); cause != "" || err != nil {
			t.Errorf("before the first run: %q, %v", cause, err)
		}
	}
	f.run(t)
	f.strictness(t, "1.5")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); f.runner.Run(ctx) }()
	defer func() { cancel(); <-ended }()
	deadline := time.Now().Add(time.Minute)
	for {
		run, _ := f.newest(t)
		if run.Cause == store.TrialBySetup && run.Worse {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("no run: %+v", run)
		}
		time.Sleep(5 * time.Millisecond)
	}
	cancel()
	<-ended
	f.runner.Wait(t.Context(), "acme")
	for range 3 {
		if cause, err := f.runner.reason(f.Tenant); cause != "" || err != nil {
			t.Errorf("after it: %q, %v", cause, err)
		}
	}
}

// TestNight: documents that changed make a run at night, and no earlier.
func TestNight(t *testing.T) {
	f := newFirm(t)
	f.lists(t)
	if err := f.WaitEmbedded(t.Context()); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 17, 0, 0, 0, time.Local)
	f.runner.opts.Now = func() time.Time { return now }
	f.run(t)
	f.add(t, store.Grants{store.Everyone}, "neuf.txt", "Le nouveau règlement vaut dès lundi.")
	if err := f.WaitEmbedded(t.Context()); err != nil {
		t.Fatal(err)
	}
	cause := func() (c string) {
		for range 2 { // seen twice alike
			var err error
			if c, err = f.runner.reason(f.Tenant); err != nil {
				t.Fatal(err)
			}
			if c != "" {
				return c
			}
		}
		return c
	}
	if got := cause(); got != "" {
		t.Errorf("the same evening: %q", got)
	}
	if now = now.Add(9 * time.Hour); cause() != "" {
		t.Error("before the hour")
	}
	if now = now.Add(2 * time.Hour); cause() != store.TrialByNight {
		t.Error("not at night")
	}
	if cause() != "" {
		t.Error("twice in a night")
	}
}
