package preview

import (
	"time"

	"coffre/ui/look"
	"coffre/ui/page"
)

const (
	sampleKey  = "coffre.audit/berthier/752f7d206962df9d+1b675fa5+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
	sampleRoot = "9m9vMsqbWkUXhs6p2OJjP9RYNG8tPn61HaER6wZNZ3Q="
	sampleNote = "coffre.audit/berthier/752f7d206962df9d\n1290\n" + sampleRoot + "\n\n— coffre.audit/berthier/752f7d206962df9d G2dfpd39cq+pSAF3RS5WSoaAlk35EguB1R8i7tr10V2KZbyFjTzjJyhNIkREh18LyMNpaUbVOqTEvCCxXDbQ40+O8gg=\n"
	sampleHash = "0e99d333c50cd698bf7a035898d959c26f709588f610ac81938c646f0db9eb36"
)

func (s scene) journalPages() []Sample {
	plain := s.journal(nil)
	filtered := s.journal(nil)
	filtered.Entries = nil
	filtered.Filter.Class, filtered.Filter.From = "document", "2026-11-01"
	filtered.Faults = look.Faults{"to": {Code: "bad-request", Params: map[string]string{"field": s.l.T("journal.to")}}}
	sound := s.verdict(page.VerifySound)
	authentic := sound
	authentic.Authentic = true
	authentic.Against = []page.Against{{Kind: page.AgainstKey, Held: true}, {Kind: page.AgainstCheckpoint, Size: 1201, Held: true}}
	bad := s.verdict(page.VerifyFault)
	bad.FaultSeq, bad.Fault, bad.Looks, bad.Entries, bad.Detail = 1283, "hash-mismatch", "edit", 1282, "entry 1283: chain_hash differs from SHA-256(previous || payload)"
	pruned := sound
	pruned.Pruned, pruned.Restored, pruned.First = 400, true, 401
	running := s.verdict(page.VerifyRunning)
	running.Done, running.Total = 812, 1290
	cut := s.verdict(page.VerifyFault)
	cut.FaultSeq, cut.Fault, cut.Looks, cut.Entries, cut.Last = 1241, "shorter-than-checkpoint", "cut", 1240, 1240
	cut.Against = []page.Against{{Kind: page.AgainstCheckpoint, Size: 1290, Broken: true}}
	rewritten := cut
	rewritten.FaultSeq, rewritten.Fault, rewritten.Looks = 1240, "checkpoint-mismatch", "rewrite"
	rewritten.Against = []page.Against{{Kind: page.AgainstWitness, Name: "auditeur.example/portable", Size: 1240, Standing: "broken", Broken: true}}
	fault := bad
	early := s.journal(&fault)
	early.Verdict.Against = []page.Against{
		{Kind: page.AgainstWitness, Name: "auditeur.example/portable", Size: 1288, Standing: "beyond"},
		{Kind: page.AgainstWitness, Name: "conseil.example/bureau", Size: 1102, Standing: "open"},
		{Kind: page.AgainstWitness, Name: "coffre.witness/etude-martin/752f7d206962df9d", Standing: "unreached", Failing: now.Add(-26 * time.Hour)},
	}
	early.Nightly = page.Nightly{At: now.Add(-9 * time.Hour), Entries: 1282, FirstFault: 1283, Witnesses: early.Verdict.Against}
	night := s.journal(nil)
	night.Nightly = page.Nightly{At: now.Add(-9 * time.Hour), OK: true, Amber: true, Entries: 1290, Witnesses: []page.Against{
		{Kind: page.AgainstWitness, Name: "auditeur.example/portable", Size: 1288, Standing: "held", Held: true},
		{Kind: page.AgainstWitness, Name: "conseil.example/bureau", Size: 1295, Standing: "lost"},
		{Kind: page.AgainstWitness, Name: "stagiaire.example/portable", Standing: "never"},
	}}
	exporting := func(x page.Export) page.Journal {
		v := s.journal(nil)
		x.L, v.Export = s.l, &x
		return v
	}
	noVerdict := s.verdict(page.VerifyFailed)
	return []Sample{
		{"export-running", page.JournalPage(exporting(page.Export{State: page.ExportRunning, Done: 412, Total: 1290}))},
		{"export-ready", page.JournalPage(exporting(page.Export{State: page.ExportReady, Entries: 1290, Bytes: 812_331}))},
		{"export-failed", page.JournalPage(exporting(page.Export{State: page.ExportFailed, Fault: &look.Fault{Code: "damaged"}}))},
		{"export-old", page.JournalPage(exporting(page.Export{State: page.ExportOld}))},
		{"journal-no-verdict", page.JournalPage(s.journal(&noVerdict))},
		{"journal", page.JournalPage(plain)},
		{"journal-filtered", page.JournalPage(filtered)},
		{"journal-sound", page.JournalPage(s.journal(&sound))},
		{"journal-authentic", page.JournalPage(s.journal(&authentic))},
		{"journal-fault", page.JournalPage(s.journal(&bad))},
		{"journal-pruned", page.JournalPage(s.journal(&pruned))},
		{"journal-witness", page.JournalPage(s.journal(&rewritten))},
		{"journal-early", page.JournalPage(early)},
		{"journal-night", page.JournalPage(night)},
		{"signing", page.SigningPage(s.signing())},
		{"journal-cut", page.JournalPage(s.journal(&cut))},
		{"tamper", page.TamperPage(s.tamper(nil))},
		{"tamper-done", page.TamperPage(s.tamper(s.tampered(bad, sound)))},
		{"journal-running", page.JournalPage(s.journal(&running))},
	}
}

func (s scene) verdict(state string) page.Verdict {
	return page.Verdict{
		Frame: s.frame(look.Journal, "/journal"), State: state, First: 1, Last: 1290, Entries: 1290, Elapsed: 31 * time.Millisecond,
		Handovers: 4, Checkpoint: s.checkpoint(), At: now,
	}
}

func (s scene) checkpoint() page.Checkpoint {
	return page.Checkpoint{Size: 1290, Root: sampleRoot, Note: sampleNote, Key: sampleKey}
}

func (s scene) journal(v *page.Verdict) page.Journal {
	return page.Journal{
		Frame: s.frame(look.Journal, "/journal"), Total: 1290, Next: "/journal?cursor=1284", Verdict: v, Checkpoint: s.checkpoint(),
		Filter: page.JournalFilter{
			Actors:  []look.Choice{{Value: "", Label: s.say("Tout le monde", "Anybody")}, {Value: "u-1", Label: "Camille Berthier"}, {Value: "u-2", Label: "Naïma Rousseau"}},
			Classes: []string{"auth", "document", "question", "answer", "audit"},
		},
		Entries: []page.Entry{
			{Seq: 1290, Time: now, Actor: "Camille Berthier", Kind: "user", Action: "audit.read", Outcome: "ok", Hash: sampleHash, Request: "r-7f3a21"},
			{Seq: 1289, Time: now.Add(-40 * time.Second), Kind: "system", Action: "auth.failure", Outcome: "denied", Sealed: true, Facts: []page.Fact{{Name: "count", Value: "3"}}, Hash: sampleHash, Request: "r-7f3a20"},
			{Seq: 1284, Time: now.Add(-time.Minute), Actor: "Naïma Rousseau", Kind: "user", Action: "answer.give", Outcome: "ok", Hash: sampleHash,
				Facts:   []page.Fact{{Name: "passages", Value: "3"}, {Name: "model", Value: "mistral-small:24b"}},
				Private: []page.Fact{{Name: "answer", Value: s.say("Le préavis d'un cadre est de trois mois.", "A manager's notice period is three months.")}}},
			{Seq: 1283, Time: now.Add(-67 * time.Second), Actor: "Naïma Rousseau", Kind: "user", Action: "question.ask", Outcome: "ok", Object: s.say("Préavis et départ d'un cadre", "Notice and a manager's departure"), Hash: sampleHash},
			{Seq: 1282, Time: now.Add(-9 * time.Minute), Kind: "system", Action: "document.fail", Outcome: "error", Object: s.say("Bulletins 2025.pdf", "Payslips 2025.pdf"), Hash: sampleHash, Facts: []page.Fact{{Name: "code", Value: "locked"}}},
			{Seq: 1281, Time: now.Add(-9*time.Minute - time.Second), Actor: s.say("sauvegarde nocturne", "nightly backup"), Kind: "api_key", Action: "document.add", Outcome: "ok", Object: s.say("Bulletins 2025.pdf", "Payslips 2025.pdf"), Hash: sampleHash},
			{Seq: 1280, Time: now.Add(-12 * time.Minute), Kind: "cli", Action: "future.thing", Outcome: "ok", Hash: sampleHash},
		},
	}
}

func (s scene) tamper(done *page.Tampered) page.Tamper {
	v := page.Tamper{
		Frame: s.frame(look.Journal, "/journal/tamper"), Size: 1290, Kinds: []string{"word", "delete", "swap", "cut", "rewrite"},
		Kind: "rewrite", Entry: "1283", Done: done,
	}
	v.Demo = true
	if done == nil {
		v.Entry, v.Faults = "1291", look.Faults{"entry": {Code: "tamper-entry", Params: map[string]string{"first": "1", "last": "1290"}}}
	}
	return v
}

// tampered is a careful rewrite: by itself the copy looks sound.
func (s scene) tampered(bad, sound page.Verdict) *page.Tampered {
	sound.Copy, bad.Copy = true, true
	bad.FaultSeq, bad.Fault, bad.Looks, bad.Detail = 1290, "checkpoint-mismatch", "rewrite", "an entry up to 1290 is not what a checkpoint from elsewhere signed"
	bad.Against = []page.Against{{Kind: page.AgainstCheckpoint, Size: 1290, Broken: true}}
	d := &page.Tampered{Kind: "rewrite", Entry: 1283, Size: 1290, Left: 1290, Checkpoint: sampleNote, Alone: sound, Compared: &bad}
	d.Before, d.After = page.Differ(`{"action":"answer.give","outcome":"ok","seq":1283}`, `{"action":"answer.give","outcome":"denied","seq":1283}`)
	return d
}

func (s scene) signing() page.Signing {
	return page.Signing{
		Frame: s.frame(look.Journal, "/journal/keys"), Key: sampleKey, Since: now, May: true, Total: 40,
		Fault: &look.Fault{Code: "key-file", Params: map[string]string{"path": "/var/lib/coffre/keys/checkpoint-berthier.key"}},
		Moves: []page.KeyMove{{Seq: 1201, Time: now, Key: sampleKey}, {Seq: 988, Time: now.AddDate(0, 0, -1), Key: sampleKey, Restore: true}},
		Kept:  []page.KeptCheckpoint{{Size: 1201, Time: now, Why: "key"}, {Size: 1180, Time: now.Add(-time.Hour), Why: "hour"}},
		Next:  "/journal/keys?before=1180#kept",
	}
}
