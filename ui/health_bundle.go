package ui

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"runtime/pprof"
	"strconv"
	"strings"

	"coffre/auth"
	"coffre/chain"
	"coffre/llm"
	"coffre/store"
	"coffre/store/metric"
	"coffre/ui/bundle"
	"coffre/ui/logs"
)

// logTold is how much of the log a bundle looks at, bytes.
const logTold = 2 << 20

func (s *Server) bundleRoutes() []route {
	return []route{
		{method: "POST", path: "/health/bundle", may: auth.HealthExport, export: "bundle", do: (*request).healthBundle},
		{method: "POST", path: "/api/v1/health/bundle", may: auth.HealthExport, export: "bundle", do: (*request).healthBundle},
	}
}

// healthBundle sends the diagnostic bundle. The entry is committed before a byte
// is sent, with the file's hash.
func (q *request) healthBundle() error {
	files, err := q.bundleFiles()
	if err != nil {
		return err
	}
	now := q.s.Auth.Now()
	packed, err := bundle.Zip(files, now)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(packed)
	ev := q.event(chain.HealthExport)
	ev.Detail = chain.Detail{"bytes": len(packed), "files": len(files), "sha256": hex.EncodeToString(sum[:])}
	if _, err := q.t.Record(q.r.Context(), q.p.Actor, ev); err != nil {
		return err
	}
	h := q.w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Length", strconv.Itoa(len(packed)))
	name := "coffre-diagnostic-" + now.UTC().Format("2006-01-02-1504") + ".zip"
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	q.w.WriteHeader(http.StatusOK)
	_, err = q.w.Write(packed)
	return err
}

// firmsTold says what a bundle calls a firm: the reader's own alone is told of,
// and what concerns no firm only where there is no other on the box.
func (q *request) firmsTold() (bundle.Firms, bool, error) {
	all, err := q.s.Root.Tenants()
	alone := len(all) == 1
	return func(id string) string {
		if id == q.t.ID || id == "" && (alone || q.p.All) {
			return "firm-1"
		}
		return ""
	}, alone || q.p.All, err
}

func (q *request) bundleFiles() ([]bundle.File, error) {
	firms, whole, err := q.firmsTold()
	if err != nil {
		return nil, err
	}
	settings, tables := map[string]string{}, []store.TableSize{}
	if err := q.view(func(v *store.View) error { settings, tables = toldSettings(v), v.TableSizes(); return nil }); err != nil {
		return nil, err
	}
	report := q.asHealthJSON(q.s.Health.Look(q.r.Context(), q.t), true)
	lines := bundle.Lines{Counts: map[string]int{}}
	if q.s.Logs != nil {
		text, err := q.s.Logs.Tail(logTold)
		if err != nil {
			return nil, fmt.Errorf("read log: %w", err)
		}
		lines = bundle.ReadLog(text, firms)
	}
	parts := []struct {
		name string
		v    any
	}{
		{"build.json", bundle.ReadBuild(q.s.Version)}, {"health.json", report}, {"settings.json", settings}, {"tables.json", tables},
		{"errors.json", lines.Counts}, {"files.json", bundle.ReadPlaces(q.s.Root.Dir, firms)},
	}
	out := []bundle.File{{Name: "READ-ME.txt", Text: []byte(q.bundleManifest(lines))}}
	for _, p := range parts {
		f, err := bundle.JSON(p.name, p.v)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return append(out, bundle.File{Name: "log.jsonl", Text: lines.Text}, bundle.File{Name: "metrics.txt", Text: q.toldMetrics(whole)}, bundle.File{Name: "goroutines.txt", Text: goroutines()}), nil
}

func goroutines() []byte {
	var out bytes.Buffer
	pprof.Lookup("goroutine").WriteTo(&out, 1)
	return out.Bytes()
}

func (q *request) toldMetrics(whole bool) []byte {
	w := metric.NewWriter(metric.Text)
	q.s.writeBuild(w)
	if whole {
		q.s.writeMachine(w)
	}
	writeFirms(w, []firmFigures{q.s.figuresOf(q.t.ID)})
	return w.Bytes()
}

// toldNames are the settings whose values come from a list or are numbers: of all
// others only the length is told, since they are addresses, names and ids.
var toldNames = map[string]bool{
	llm.SettingStrictness: true, llm.SettingKind: true, llm.SettingContext: true, store.SettingReserve: true, store.SettingElevation: true,
	store.SettingRotateDays: true, auth.SettingSessionHours: true, auth.SettingIdleMinutes: true, auth.SettingKeyDays: true,
	auth.SettingFactorAdmin: true, auth.SettingFactorRequired: true, auth.SettingHashMemory: true, auth.SettingHashPasses: true,
	auth.SettingFresh: true, auth.SettingDirectoryOn: true, SettingTLSMinimum: true, logs.SettingLevel: true, "ui.language": true,
}

var plainValue = regexp.MustCompile(`^[a-z0-9.-]{1,24}$`)

func toldSettings(v *store.View) map[string]string {
	out := map[string]string{}
	for name, value := range settingValues(v) {
		switch {
		case value == "":
			out[name] = ""
		case toldNames[name] && plainValue.MatchString(value):
			out[name] = value
		default:
			out[name] = bundle.Hidden(value)
		}
	}
	return out
}

// bundleManifest tells the reader what is in the bundle, and what isn't.
func (q *request) bundleManifest(lines bundle.Lines) string {
	l := q.lang
	parts := []string{
		l.T("bundle.title", "at", l.DateTime(q.s.Auth.Now().Local())), l.T("bundle.rule"), "",
		"build.json      " + l.T("bundle.build"), "health.json     " + l.T("bundle.health"), "settings.json   " + l.T("bundle.settings"),
		"tables.json     " + l.T("bundle.tables"), "errors.json     " + l.T("bundle.errors"), "files.json      " + l.T("bundle.files"),
		"log.jsonl       " + l.T("bundle.log", "kept", lines.Kept, "left", lines.Left), "metrics.txt     " + l.T("bundle.metrics"),
		"goroutines.txt  " + l.T("bundle.goroutines"), "", l.T("bundle.left-out"), "", l.T("bundle.before"),
	}
	return strings.Join(parts, "\n") + "\n"
}
