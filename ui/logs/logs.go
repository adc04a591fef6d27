package logs

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"time"

	"coffre/store"
)

// The levels of SettingLevel, which says what goes to the file.
const (
	SettingLevel = "log.level"
	Warn         = "warn"
	Info         = "info" // a line for each request
	Debug        = "debug"
)

// Levels are all of them, the quietest first.
var Levels = []string{Warn, Info, Debug}

// LevelOf reads a level, Warn for one that is none.
func LevelOf(s string) slog.Level {
	switch strings.ToLower(s) {
	case Debug:
		return slog.LevelDebug
	case Info:
		return slog.LevelInfo
	}
	return slog.LevelWarn
}

// Stderr is the logger for standard error: warnings and worse as text, or what
// COFFRE_LOG (info, debug) and COFFRE_LOG_FORMAT (json) say.
func Stderr(w io.Writer, getenv func(string) string) *slog.Logger {
	o := &slog.HandlerOptions{Level: LevelOf(getenv("COFFRE_LOG")), ReplaceAttr: bounded}
	if strings.EqualFold(getenv("COFFRE_LOG_FORMAT"), "json") {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// longest a value may be, bytes: a server that answers with a page of its own
// ends up in an error, and would fill the file.
const longest = 4000

func bounded(_ []string, a slog.Attr) slog.Attr {
	switch v := a.Value.Any().(type) {
	case string:
		if len(v) > longest {
			a.Value = slog.StringValue(strings.ToValidUTF8(v[:longest], "") + "…")
		}
	case error:
		if text := v.Error(); len(text) > longest {
			a.Value = slog.StringValue(strings.ToValidUTF8(text[:longest], "") + "…")
		}
	}
	return a
}

// Logs is a box's log in its data directory.
type Logs struct {
	level slog.LevelVar
	least slog.Level // what standard error shows goes to the file as well
	file  file
}

// New returns a Logs, and a logger that writes to where base does and to it.
// Lines wait in memory until Open.
func New(base *slog.Logger, l Limits) (*Logs, *slog.Logger) {
	out := &Logs{file: file{limits: l, now: time.Now}, least: slog.LevelInfo}
	for _, at := range []slog.Level{slog.LevelDebug, slog.LevelInfo} {
		if base.Enabled(context.Background(), at) {
			out.least = at
			break
		}
	}
	out.SetLevel(Info)
	o := &slog.HandlerOptions{Level: &out.level, ReplaceAttr: inFile}
	return out, slog.New(both{base.Handler(), slog.NewJSONHandler(&out.file, o)})
}

func inFile(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		return slog.Time(slog.TimeKey, a.Value.Time().UTC())
	}
	return bounded(groups, a)
}

// SetLevel says what goes to the file: what a name of Levels says, and never
// less than standard error shows at debug.
func (l *Logs) SetLevel(name string) {
	at := LevelOf(name)
	if l.least == slog.LevelDebug {
		at = slog.LevelDebug
	}
	l.level.Set(at)
}

// Open begins to write to dir/logs, which this process must have for itself.
func (l *Logs) Open(dir string) error { return l.file.open(filepath.Join(dir, "logs")) }

// Close ends the file. Lines that still come go to standard error alone.
func (l *Logs) Close() error { return l.file.close() }

// Tail is the end of the log, at most so many bytes of whole lines.
func (l *Logs) Tail(most int64) ([]byte, error) { return l.file.tail(most) }

// Lost is how many lines could not be written since the start.
func (l *Logs) Lost() uint64 {
	l.file.mu.Lock()
	defer l.file.mu.Unlock()
	return l.file.lost
}

// both hands a line to two handlers, with the id of the request that it came of.
type both struct{ a, b slog.Handler }

func (h both) Enabled(ctx context.Context, at slog.Level) bool {
	return h.a.Enabled(ctx, at) || h.b.Enabled(ctx, at)
}

func (h both) Handle(ctx context.Context, r slog.Record) (err error) {
	if id := store.RequestOf(ctx); id != "" && !names(r, "request") {
		r = r.Clone()
		r.AddAttrs(slog.String("request", id))
	}
	for _, to := range []slog.Handler{h.a, h.b} {
		if to.Enabled(ctx, r.Level) {
			if e := to.Handle(ctx, r); err == nil {
				err = e
			}
		}
	}
	return err
}

func names(r slog.Record, key string) (found bool) {
	r.Attrs(func(a slog.Attr) bool { found = a.Key == key; return !found })
	return found
}

func (h both) WithAttrs(as []slog.Attr) slog.Handler {
	return both{h.a.WithAttrs(as), h.b.WithAttrs(as)}
}
func (h both) WithGroup(name string) slog.Handler {
	return both{h.a.WithGroup(name), h.b.WithGroup(name)}
}
