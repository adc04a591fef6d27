package health

import "context"

// check is one row of the table. says gives each code that read may return its
// verdict; a code that is missing there is a fault of the program and Bad.
type check struct {
	name string
	box  bool // of the machine: the same for every firm
	says map[string]Verdict
	read func(context.Context, *subject) (code string, f Figures)
}

// checks is every check there is, in the order in which people read them.
var checks = []check{
	{"firms", true, verdicts("ok", "", "closed"), readFirms},
	{"master", true, verdicts("open", "weaker rekeying", "locked"), readMaster},
	{"encryption", true, verdicts("encrypted", "plain memory unknown", ""), readEncryption},
	{"space", false, verdicts("ok", "soon full-soon unknown", "low"), readSpace},
	{"sync", true, verdicts("ok honest", "fast slow memory", "failed"), readSync},
	{"clock", true, verdicts("ok untold", "unsynced", "jumped"), readClock},
	{"tls", true, verdicts("ok firm idle acme", "soon firm-soon renewal unissued", "expired firm-expired"), readTLS},
	{"ports", true, verdicts("ok idle untold", "more", ""), readPorts},
	{"modes", true, verdicts("ok", "unread", "loose"), readModes},
	{"memory", true, verdicts("ok", "large", ""), readMemory},
	{"files", true, verdicts("ok", "many unread", ""), readFiles},
	{"journal", false, verdicts("ok", "never old restored", "fault unread"), readJournal},
	{"witness", false, verdicts("ok", "none silent unreached", "refused"), readWitness},
	{"rights", false, verdicts("ok", "never old", "broken unread"), readRights},
	{"index", false, verdicts("ok behind embedding", "stalled", "failed"), readIndex},
	{"jobs", false, verdicts("ok waiting", "failed stuck", "unread"), readJobs},
	{"inbox", false, verdicts("off ok paused", "away blocked readonly aside unmatched", "unread"), readInbox},
	{"runtime", false, verdicts("ok none", "shut", "unreached"), readRuntime},
	{"models", false, verdicts("ok none", "unseen", "missing"), readModels},
	{"directory", false, verdicts("off ok", "held starting", "unreached"), readDirectory},
	{"secrets", false, verdicts("none ok", "due soon", "ended unread"), readSecrets},
	{"hardened", false, verdicts("off planned on", "people", "plain late unread"), readHardened},
	{"egress", false, verdicts("none open gap", "clear", "unread"), readEgress},
	{"backup", false, verdicts("ok", "none old partial", "failed copies"), readBackup},
	{"drill", false, verdicts("ok", "none old partial", "failed"), readDrill},
	{"kit", false, verdicts("ok own", "unconfirmed none", "late missing unread"), readKit},
	{"approvals", false, verdicts("ok", "waiting", "unread"), readApprovals},
	{"mail", false, verdicts("off untried ok", "nobody waiting", "failing refused unread"), readMail},
	{"versions", true, verdicts("ok", "old", ""), readVersions},
}

// verdicts builds a row's says from words.
func verdicts(ok, warn, bad string) map[string]Verdict {
	out := map[string]Verdict{}
	for verdict, codes := range map[Verdict]string{OK: ok, Warn: warn, Bad: bad} {
		for _, c := range fields(codes) {
			out[c] = verdict
		}
	}
	return out
}
