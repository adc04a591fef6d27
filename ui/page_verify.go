package ui

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"coffre/chain"
	"coffre/store"
	"coffre/ui/look"
	"coffre/ui/page"
)

// verdicts holds the last verification of each session, in memory: a verdict of
// the past is in the chain as audit.verify.
type verdicts struct {
	mu  sync.Mutex
	all map[string]*page.Verdict // tenant, actor and session
}

// maxVerdicts bounds the memory; those who verified long ago verify again.
const maxVerdicts = 1000

func (q *request) verdictKey() string {
	return q.t.ID + "\x00" + q.p.Actor.ID + "\x00" + q.p.Session
}

func (q *request) verdict() *page.Verdict {
	q.s.verdicts.mu.Lock()
	defer q.s.verdicts.mu.Unlock()
	v := q.s.verdicts.all[q.verdictKey()]
	if v == nil {
		return nil
	}
	c := *v
	c.Frame = q.frame(look.Journal)
	return &c
}

func (q *request) setVerdict(v page.Verdict) {
	q.s.verdicts.mu.Lock()
	defer q.s.verdicts.mu.Unlock()
	if q.s.verdicts.all == nil || len(q.s.verdicts.all) >= maxVerdicts {
		q.s.verdicts.all = map[string]*page.Verdict{}
	}
	q.s.verdicts.all[q.verdictKey()] = &v
}

// verifyForm starts a verification and shows how it goes; one that takes under
// a second is shown ended.
func (q *request) verifyForm() error {
	if err := q.form(); err != nil {
		return err
	}
	req, form := verifyRequest(q.r.PostFormValue("key"), q.r.PostFormValue("checkpoint"))
	if len(form.Faults) > 0 {
		return q.journalPage(http.StatusUnprocessableEntity, form)
	}
	if v := q.verdict(); v == nil || v.State != page.VerifyRunning {
		q.startVerify(req)
	}
	if !q.part() {
		return q.see("/journal")
	}
	return q.verifyStatus()
}

// verifyRequest reads what somebody knows from elsewhere. A pasted note has lost
// its last newline, and may have won those of another system.
func verifyRequest(key, checkpoint string) (req store.VerifyRequest, form page.VerifyForm) {
	form = page.VerifyForm{Key: strings.TrimSpace(key), Checkpoint: strings.TrimSpace(checkpoint), Faults: look.Faults{}}
	req.FirstKey = form.Key
	if req.Check() != nil {
		form.Faults["key"] = look.Fault{Code: "verify-key"}
	}
	if form.Checkpoint != "" {
		note := strings.ReplaceAll(form.Checkpoint, "\r\n", "\n") + "\n"
		req.Checkpoints = []string{note}
		if (store.VerifyRequest{Checkpoints: req.Checkpoints}).Check() != nil {
			form.Faults["checkpoint"] = look.Fault{Code: "verify-checkpoint"}
		}
	}
	return req, form
}

func (q *request) startVerify(req store.VerifyRequest) {
	size, _ := q.t.Head()
	q.setVerdict(page.Verdict{State: page.VerifyRunning, Total: size})
	done := make(chan struct{})
	t, release, err := q.s.Root.Acquire(q.t.ID)
	if err != nil {
		q.setVerdict(page.Verdict{State: page.VerifyFailed})
		return
	}
	req.Progress = func(done, total uint64) {
		q.setVerdict(page.Verdict{State: page.VerifyRunning, Done: done, Total: total})
	}
	go func() {
		defer close(done)
		defer release()
		end, err := q.s.turns.take(context.Background())
		if err != nil {
			q.setVerdict(page.Verdict{State: page.VerifyFailed})
			return
		}
		defer end()
		begun := time.Now()
		rep, standings, err := t.VerifyWitnessed(context.Background(), q.p.Actor, req, q.id)
		if err != nil {
			q.s.Log.Error("verification failed to run", "request", q.id, "err", err)
			q.setVerdict(page.Verdict{State: page.VerifyFailed})
			return
		}
		v := verdictOf(rep, req, time.Since(begun), standings...)
		v.Against = append(v.Against, q.unreached()...)
		q.setVerdict(v)
	}()
	select {
	case <-done:
	case <-time.After(time.Second):
	}
}

func verdictOf(rep chain.Report, req store.VerifyRequest, took time.Duration, trusted ...store.WitnessStanding) page.Verdict {
	v := page.Verdict{
		State: page.VerifySound, First: rep.Pruned + 1, Last: rep.CheckpointSize, Entries: rep.Entries, Elapsed: took,
		Authentic: rep.Authentic, Handovers: rep.Handovers, Pruned: rep.Pruned, Restored: len(rep.Restored) > 0, At: time.Now(),
		Against: append(heldAgainst(rep, req), witnessesAgainst(trusted)...),
	}
	if !rep.OK {
		v.State, v.FaultSeq, v.Fault, v.Looks, v.Detail = page.VerifyFault, rep.FirstFault, rep.Fault, rep.Looks, rep.Detail
	}
	v.Checkpoint = page.Checkpoint{Size: rep.CheckpointSize, Root: rep.CheckpointRoot}
	return v
}

// heldAgainst says of each thing that was given from outside how the journal
// stands to it. The chain is judged first, then the key, then the checkpoints.
func heldAgainst(rep chain.Report, req store.VerifyRequest) (out []page.Against) {
	if req.FirstKey != "" {
		out = append(out, page.Against{Kind: page.AgainstKey, Held: rep.Authentic, Broken: rep.Fault == chain.FaultFirstKey || rep.Fault == chain.FaultRecoveryKey})
	}
	broken := false
	switch rep.Fault {
	case chain.FaultShorter, chain.FaultOutside, chain.FaultOutsideOther, chain.FaultOutsideSigned:
		broken = true
	}
	for i, text := range req.Checkpoints {
		note, _ := chain.NoteIn([]byte(text))
		if cp, _, err := chain.OpenCheckpoint(note); err == nil {
			out = append(out, page.Against{Kind: page.AgainstCheckpoint, Size: cp.Size, Held: rep.OK, Broken: broken && rep.Against == i+1})
		}
	}
	return out
}

func (q *request) verifyStatus() error {
	v := q.verdict()
	if v == nil {
		return notFound(q)
	}
	return q.render(http.StatusOK, page.VerdictView(*v))
}
