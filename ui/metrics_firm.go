package ui

import (
	"os"
	"slices"
	"sync"
	"time"

	"coffre/store"
	"coffre/store/metric"
	"coffre/ui/health"
)

// firmFigures are one firm's at one moment.
type firmFigures struct {
	labels []string // names and values in turn
	at     time.Time
	up     bool

	ready, queued, failed float64
	oldest                time.Duration // of what waits to be read
	behind, passages      float64
	pending               float64
	entries               float64
	sessions              float64
	room                  store.Room
	database, index       float64
	backup, drill         time.Time // newest that succeeded
	backupBytes           float64
	backupFailed          bool // the newest that ended
	drillFailed           bool
	witness               time.Time // newest cosignature
	night                 store.Nightly
	health                health.Report
}

// figuresFor bounds what scraping costs, whoever scrapes how often.
const figuresFor = 5 * time.Second

// figureCache is the newest figures of each firm.
type figureCache struct {
	mu  sync.Mutex
	all map[string]firmFigures
}

// figuresOf reads a firm's figures; one that can't be opened is down.
func (s *Server) figuresOf(id string, labels ...string) firmFigures {
	s.figures.mu.Lock()
	defer s.figures.mu.Unlock()
	f, ok := s.figures.all[id]
	if age := time.Since(f.at); !ok || age < 0 || age > figuresFor {
		f = s.readFigures(id)
		if s.figures.all == nil {
			s.figures.all = map[string]firmFigures{}
		}
		s.figures.all[id] = f
	}
	f.labels = labels
	return f
}

func (s *Server) readFigures(id string) (f firmFigures) {
	f.at = time.Now()
	t, release, err := s.Root.Acquire(id)
	if err != nil {
		return f
	}
	defer release()
	f.up = true
	if st, err := t.IndexState(); err == nil {
		f.behind = float64(max(st.Changed, st.Applied) - st.Applied)
		f.passages, f.pending, f.ready, f.index = float64(st.Stats.Passages), float64(st.Stats.Pending), float64(st.Stats.Documents), float64(st.Stats.Bytes)
	}
	seq, _ := t.Head()
	f.entries = float64(seq)
	if room, err := s.Root.Room(t); err == nil {
		f.room = room
	}
	if info, err := os.Stat(store.TenantDB(s.Root.Dir, id)); err == nil {
		f.database = float64(info.Size())
	}
	f.night, _ = s.Root.Nightly(t)
	if s.Health != nil {
		f.health, _ = s.Health.Last(id)
	}
	if t.View(f.read) != nil {
		f.up = false
	}
	return f
}

func (f *firmFigures) read(v *store.View) error {
	jobs, err := v.Jobs()
	if err != nil {
		return err
	}
	for _, j := range jobs {
		if j.Failed {
			f.failed++
			continue
		}
		f.queued++
		f.oldest = max(f.oldest, f.at.Sub(j.Since))
	}
	sessions, err := v.SessionsOf("")
	if err != nil {
		return err
	}
	f.sessions = float64(len(sessions))
	witnesses, err := v.Witnesses()
	if err != nil {
		return err
	}
	for _, w := range witnesses {
		if w.Seen.After(f.witness) {
			f.witness = w.Seen
		}
	}
	return f.readBackups(v)
}

// readBackups finds the newest backup and trial restore that succeeded; lists
// are newest first.
func (f *firmFigures) readBackups(v *store.View) error {
	backups, err := v.Backups()
	if err != nil {
		return err
	}
	f.backupFailed = len(backups) > 0 && backups[0].State == store.BackupFailed
	if i := slices.IndexFunc(backups, func(b store.BackupRecord) bool { return b.State == store.BackupDone && b.Way != store.WayDrill }); i >= 0 {
		f.backup, f.backupBytes = backups[i].At, float64(backups[i].Bytes)
	}
	drills, err := v.Drills()
	if err != nil {
		return err
	}
	f.drillFailed = len(drills) > 0 && !drills[0].OK
	if i := slices.IndexFunc(drills, func(d store.DrillRecord) bool { return d.OK }); i >= 0 {
		f.drill = drills[i].At
	}
	return nil
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// firmGauges are the figures of one number each. A time that never was is left
// out: an alert on absence is clearer than one on 1970.
var firmGauges = []struct {
	name, help string
	of         func(firmFigures) (v float64, ok bool)
}{
	{"coffre_index_behind", "Changes that the index has not taken in.", func(f firmFigures) (float64, bool) { return f.behind, true }},
	{"coffre_index_passages", "Passages that can be found.", func(f firmFigures) (float64, bool) { return f.passages, true }},
	{"coffre_index_unembedded", "Passages not searchable by meaning yet.", func(f firmFigures) (float64, bool) { return f.pending, true }},
	{"coffre_ingest_oldest_seconds", "How long the document waits that waits longest.", func(f firmFigures) (float64, bool) { return f.oldest.Seconds(), true }},
	{"coffre_chain_entries", "Entries of the journal.", func(f firmFigures) (float64, bool) { return f.entries, true }},
	{"coffre_sessions", "People's sessions that are open.", func(f firmFigures) (float64, bool) { return f.sessions, true }},
	{"coffre_database_bytes", "Size of the firm's database.", func(f firmFigures) (float64, bool) { return f.database, f.database > 0 }},
	{"coffre_index_bytes", "Size of its index of words.", func(f firmFigures) (float64, bool) { return f.index, true }},
	{"coffre_disk_free_bytes", "Free room on the disk.", func(f firmFigures) (float64, bool) { return float64(f.room.Free), f.room.Total > 0 }},
	{"coffre_disk_total_bytes", "The disk.", func(f firmFigures) (float64, bool) { return float64(f.room.Total), f.room.Total > 0 }},
	{"coffre_disk_reserve_bytes", "Below so much free room uploads and questions are refused.", func(f firmFigures) (float64, bool) { return float64(f.room.Reserve), f.room.Total > 0 }},
	{"coffre_disk_low", "1 while they are.", func(f firmFigures) (float64, bool) { return number(f.room.Low), f.room.Total > 0 }},
	{"coffre_backup_last_success_timestamp_seconds", "The newest backup.", func(f firmFigures) (float64, bool) { return seconds(f.backup), !f.backup.IsZero() }},
	{"coffre_backup_last_bytes", "Its size.", func(f firmFigures) (float64, bool) { return f.backupBytes, !f.backup.IsZero() }},
	{"coffre_backup_last_failed", "1 if the newest that ended failed.", func(f firmFigures) (float64, bool) { return number(f.backupFailed), true }},
	{"coffre_drill_last_success_timestamp_seconds", "The newest trial restore that succeeded.", func(f firmFigures) (float64, bool) { return seconds(f.drill), !f.drill.IsZero() }},
	{"coffre_drill_last_failed", "1 if the newest failed.", func(f firmFigures) (float64, bool) { return number(f.drillFailed), true }},
	{"coffre_witness_last_seen_timestamp_seconds", "The newest cosignature of a witness.", func(f firmFigures) (float64, bool) { return seconds(f.witness), !f.witness.IsZero() }},
	{"coffre_verification_timestamp_seconds", "The newest nightly verification of the journal.", func(f firmFigures) (float64, bool) { return seconds(f.night.At), !f.night.At.IsZero() }},
	{"coffre_verification_ok", "1 if it found no fault.", func(f firmFigures) (float64, bool) { return number(f.night.OK), !f.night.At.IsZero() }},
	{"coffre_health_timestamp_seconds", "The newest look at the box's health.", func(f firmFigures) (float64, bool) { return seconds(f.health.At), !f.health.At.IsZero() }},
}

// writeFirms writes every family once, with a sample for each firm.
func writeFirms(w *metric.Writer, all []firmFigures) {
	w.Gauge("coffre_firm_up", "1 if the firm's data opens.")
	for _, f := range all {
		w.Set(number(f.up), f.labels...)
	}
	all = slices.DeleteFunc(slices.Clone(all), func(f firmFigures) bool { return !f.up })
	with := func(f firmFigures, more ...string) []string { return append(slices.Clone(f.labels), more...) }
	w.Gauge("coffre_documents", "Documents that can be found, that wait to be read, and whose reading failed.")
	for _, f := range all {
		w.Set(f.ready, with(f, "state", "ready")...)
		w.Set(f.queued, with(f, "state", "queued")...)
		w.Set(f.failed, with(f, "state", "failed")...)
	}
	for _, g := range firmGauges {
		w.Gauge(g.name, g.help)
		for _, f := range all {
			if v, ok := g.of(f); ok {
				w.Set(v, f.labels...)
			}
		}
	}
	w.Gauge("coffre_health", "Each check of the box: 0 good, 1 warning, 2 bad.")
	for _, f := range all {
		for _, r := range f.health.Results {
			w.Set(float64(slices.Index([]health.Verdict{health.OK, health.Warn, health.Bad}, r.Verdict)), with(f, "check", r.Name)...)
		}
	}
}
