package takeout

import (
	"context"
	"embed"
	"io"
	"strings"
	"time"

	"coffre/store"
	"coffre/ui/words"
)

// Source is what a takeout is made of.
type Source struct {
	Tenant *store.Tenant
	// P is whose rights decide what goes in; All for the whole firm.
	P    store.Principal
	Own  bool // one person's: their account, their conversations, what they may read
	Lang words.Lang
	Made time.Time
	// Settings by dotted name, without secrets; Version of the program.
	Settings map[string]string
	Version  string
	// Journal writes what the journal takes along: the auditor's kit for a firm, a
	// table for a person. It calls add for each file, by a path under journal/.
	Journal func(add func(path string, write func(io.Writer) error) error) error
}

// Counts are what went into a takeout.
type Counts struct{ Documents, Originals, Conversations int }

//go:embed readme
var readmes embed.FS

// writer is a takeout that is being written.
type writer struct {
	Source
	*archive
	ctx    context.Context
	people map[string]store.User
	groups []store.Group
	places map[string]string // folder of a collection, by id
	texts  map[string]string // path of a version's text, by its id
	counts Counts
}

// Write writes the zip to w as it goes. An error leaves a zip without a directory,
// which no reader takes for whole. Errors: those of w and ctx; Corrupt
// "original-missing", "original-damaged", "damaged".
func Write(ctx context.Context, w io.Writer, s Source) (Counts, error) {
	t := &writer{Source: s, archive: newArchive(w, s.Made.UTC().Truncate(time.Second)), ctx: ctx, places: map[string]string{}, texts: map[string]string{}}
	for _, step := range []func() error{t.readme, t.facts, t.persons, t.documents, t.conversations, t.journal, t.close} {
		if err := ctx.Err(); err != nil {
			return t.counts, err
		}
		if err := step(); err != nil {
			return t.counts, err
		}
	}
	return t.counts, nil
}

// readme explains every file, in both languages.
func (t *writer) readme() error {
	kind := "firm"
	if t.Own {
		kind = "own"
	}
	var firm string
	if err := t.Tenant.View(func(v *store.View) error { f, err := v.Facts(); firm = f.Firm; return err }); err != nil {
		return err
	}
	fill := strings.NewReplacer("{{firm}}", oneLine(firm), "{{made}}", t.made.Format("2006-01-02 15:04 UTC"), "{{version}}", t.Version)
	for _, lang := range []struct{ from, to string }{{"fr", "LISEZMOI.md"}, {"en", "README.md"}} {
		b, err := readmes.ReadFile("readme/" + kind + "." + lang.from + ".md")
		if err != nil {
			return err
		}
		if err := t.text(t.names.free("", lang.to), fill.Replace(string(b))); err != nil {
			return err
		}
	}
	return nil
}

// firmJSON is firm.json.
type firmJSON struct {
	Format      string    `json:"format"` // coffre-takeout/v1
	Scope       string    `json:"scope"`
	Made        time.Time `json:"made"`
	Version     string    `json:"coffre_version"`
	ID          string    `json:"id"`
	Firm        string    `json:"name"`
	FirstKey    string    `json:"journal_first_key"`
	RecoveryKey string    `json:"journal_recovery_key"`
	Entries     uint64    `json:"journal_entries"`
	Checkpoint  string    `json:"journal_checkpoint"`
}

func (t *writer) facts() error {
	out := firmJSON{Format: "coffre-takeout/v1", Scope: store.TakeoutFirm, Made: t.made, Version: t.Version, ID: t.Tenant.ID}
	if t.Own {
		out.Scope = store.TakeoutOwn
	}
	out.Entries, out.Checkpoint = t.Tenant.Head()
	err := t.Tenant.View(func(v *store.View) error {
		f, err := v.Facts()
		out.Firm, out.FirstKey, out.RecoveryKey = f.Firm, f.FirstKey, f.RecoveryKey
		return err
	})
	if err != nil {
		return err
	}
	if err := t.json("firm.json", out); err != nil || t.Own {
		return err
	}
	return t.json("settings.json", t.Settings)
}

func (t *writer) journal() error {
	if t.Journal == nil {
		return nil
	}
	return t.Journal(func(path string, write func(io.Writer) error) error {
		return t.file("journal/"+path, true, write)
	})
}
