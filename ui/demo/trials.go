package demo

import (
	"context"
	"fmt"
	"io/fs"
	"path"

	"coffre/chain"
	"coffre/llm/trial"
	"coffre/store"
)

// How many of the sample firm's questions its list of test questions holds.
const (
	testAnswerable   = 16
	testUnanswerable = 6
)

// listTrials makes the administrator's list of test questions out of questions
// that they would ask, and puts it once.
func listTrials(ctx context.Context, root *store.Root, runner *trial.Runner, files fs.FS) error {
	t, release, err := root.Acquire(TenantID)
	if err != nil {
		return err
	}
	defer release()
	all, err := Questions(files)
	if err != nil {
		return err
	}
	_, err = t.Update(ctx, store.Operator("demo").Actor, chain.Event{Action: chain.TrialImport}, func(tx *store.Tx) error {
		p, login, err := administrator(&tx.View)
		if err != nil {
			return err
		}
		in, err := testList(&tx.View, p, login, all)
		if err != nil {
			return err
		}
		_, err = tx.ImportTrials(p, in)
		return err
	})
	if err != nil {
		return fmt.Errorf("list test questions: %w", err)
	}
	return runTrials(ctx, runner)
}

// testList picks questions of one asker, of both kinds.
func testList(v *store.View, p store.Principal, login string, all []Question) (in []store.TrialInput, err error) {
	docs, _, err := v.Documents(p, store.DocumentFilter{Limit: 1000})
	if err != nil {
		return nil, err
	}
	ids := map[string]string{}
	for _, d := range docs {
		ids[d.Name] = d.ID
	}
	left := map[bool]int{false: testAnswerable, true: testUnanswerable}
	for _, q := range all {
		none := q.Kind != "answerable"
		if q.Asker != login || left[none] == 0 {
			continue
		}
		one := store.TrialInput{Question: q.Question, Lang: q.Lang, NoAnswer: none}
		if !none {
			one.Words = q.Expect.Contains
			for _, d := range q.Expect.Documents {
				one.Documents = append(one.Documents, ids[path.Base(d)])
			}
		}
		left[none]--
		in = append(in, one)
	}
	return in, nil
}

func administrator(v *store.View) (p store.Principal, login string, err error) {
	us, err := v.Users()
	for _, u := range us {
		if u.Role == store.Admin && err == nil {
			p, err = v.Principal(u.ID, store.Person(u.ID))
			return p, u.Login, err
		}
	}
	return p, "", err
}

// runTrials puts the list and waits for the end of it.
func runTrials(ctx context.Context, runner *trial.Runner) error {
	err := runner.Start(ctx, TenantID, store.Operator("demo").Actor, chain.Event{}, store.TrialByPerson)
	if err != nil {
		return fmt.Errorf("put test questions: %w", err)
	}
	return runner.Wait(ctx, TenantID)
}

// againOnceEmbedded puts the list once more when search by meaning is whole, so
// that the page has a history.
func againOnceEmbedded(ctx context.Context, root *store.Root, runner *trial.Runner) error {
	t, release, err := root.Acquire(TenantID)
	if err != nil {
		return err
	}
	defer release()
	if err := t.WaitEmbedded(ctx); err != nil {
		return err
	}
	return runTrials(ctx, runner)
}
