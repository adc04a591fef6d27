package trial

import (
	"context"
	"slices"
	"time"

	"coffre/chain"
	"coffre/llm"
	"coffre/store"
)

// running is one run under way.
type running struct {
	r       *Runner
	t       *store.Tenant
	run     store.TrialRun
	list    []store.Trial
	cancel  context.CancelFunc
	ended   chan struct{}
	done    int // under Runner.mu
	stopped bool
}

// all puts the questions one after the other and keeps what they came to; a run
// that was stopped is entered, and kept nowhere.
func (g *running) all(ctx context.Context) error {
	outcomes := make([]store.TrialOutcome, 0, len(g.list))
	for _, t := range g.list {
		begun := time.Now()
		outcomes = append(outcomes, g.one(ctx, t))
		g.r.mu.Lock()
		g.done++
		g.r.mu.Unlock()
		g.r.yield(ctx, time.Since(begun))
		if ctx.Err() != nil || g.t.Suspended() {
			return g.stop()
		}
	}
	g.run.Took = g.r.opts.Now().Sub(g.run.Began)
	return g.keep(outcomes)
}

func (g *running) stop() error {
	ev := chain.Event{Action: chain.TrialResult, Outcome: chain.Failed, Object: chain.Object{Kind: "run", ID: g.run.ID}, Detail: chain.Detail{"code": "cancelled"}}
	_, err := g.t.Record(context.Background(), store.System("trials"), ev)
	return err
}

// one puts a question with its asker's rights as they are at this moment.
func (g *running) one(ctx context.Context, t store.Trial) store.TrialOutcome {
	o := store.TrialOutcome{Trial: t.ID, Changed: t.Changed, Expected: !t.NoAnswer}
	var asker store.Principal
	readable := t.NoAnswer
	err := g.t.View(func(v *store.View) (err error) {
		if asker, err = v.TrialAsker(t); err != nil {
			return err
		}
		for _, id := range t.Documents {
			d, err := v.Document(asker, id)
			readable = readable || err == nil && d.Deleted.IsZero()
		}
		return nil
	})
	switch {
	case store.IsNotFound(err):
		o.Outcome = store.TrialUnowned
		return o
	case err == nil && !readable:
		o.Outcome = store.TrialStale
		return o
	}
	var p Found
	if err == nil {
		p, err = g.r.ask.Probe(ctx, g.t, asker, t.Question)
	}
	if err != nil {
		if ctx.Err() == nil {
			g.r.opts.Log.Error("test question failed", "tenant", g.t.ID, "err", err)
		}
		o.Outcome = store.TrialUnsettled
		return o
	}
	return judge(t, p, llm.Extractive(t.Question, p.Lang, p.Sources))
}

// keep compares the run with its measure and commits both.
func (g *running) keep(outcomes []store.TrialOutcome) error {
	_, err := g.t.Update(context.Background(), store.System("trials"), chain.Event{Action: chain.TrialResult}, func(tx *store.Tx) error {
		run := g.run
		run.Figures = figures(outcomes)
		runs, err := tx.TrialRuns()
		if err != nil {
			return err
		}
		if m, ok := measure(runs); ok {
			before, err := tx.TrialOutcomes(m)
			if err != nil {
				return err
			}
			c := compare(before, outcomes)
			run.Against, run.Common, run.Lost, run.Gained, run.Worse = m.ID, c.common, c.lost, c.gained, c.worse()
			run.Changed = Changed(m.Setup, run.Setup)
			if !sameQuestions(before, outcomes) {
				run.Changed = append(slices.Clip(run.Changed), "questions")
			}
		}
		_, err = tx.PutTrialRun(run, outcomes)
		return err
	})
	return err
}
