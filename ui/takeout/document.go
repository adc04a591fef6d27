package takeout

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"coffre/store"
)

// documentJSON is a row of documents.json.
type documentJSON struct {
	ID         string        `json:"id"`
	Title      string        `json:"title"`
	Name       string        `json:"name"` // file name as it came
	Collection string        `json:"collection"`
	Current    string        `json:"current_version,omitempty"`
	Deleted    *time.Time    `json:"in_bin_since,omitempty"`
	DeletedBy  string        `json:"deleted_by,omitempty"`
	Versions   []versionJSON `json:"versions"` // oldest first
}

// versionJSON is one content of a document; start and end of citations are bytes of
// the file that Text names.
type versionJSON struct {
	ID         string          `json:"id"`
	Added      time.Time       `json:"added"`
	AddedBy    string          `json:"added_by"`
	Original   string          `json:"original"` // path in this zip
	Bytes      int64           `json:"bytes"`
	SHA256     string          `json:"sha256"`
	Text       string          `json:"text,omitempty"`     // path; none before it was read
	Markdown   string          `json:"markdown,omitempty"` // path
	TextSHA256 string          `json:"text_sha256,omitempty"`
	Format     string          `json:"format,omitempty"`
	Lang       string          `json:"language,omitempty"`
	Pages      int             `json:"pages,omitempty"`
	Extractor  string          `json:"extractor,omitempty"`
	Status     store.Status    `json:"status"`
	Code       string          `json:"code,omitempty"`
	Warnings   []store.Warning `json:"warnings,omitempty"`
}

// documents writes each document's originals and texts, and then documents.json:
// a zip takes one file after the other, so that the rows wait in a file.
func (t *writer) documents() error {
	var ids []string
	if err := t.Tenant.View(func(v *store.View) (err error) { ids, err = v.DocumentIDs(t.P); return err }); err != nil {
		return err
	}
	wait, err := t.Tenant.TakeoutFile()
	if err != nil {
		return err
	}
	defer wait.Close()
	list := &rows{w: wait}
	for _, id := range ids {
		if err := t.ctx.Err(); err != nil {
			return err
		}
		row, err := t.document(id)
		if store.IsNotFound(err) {
			continue // a right that ended meanwhile
		}
		if err != nil {
			return err
		}
		t.counts.Documents++
		if err := list.add(row); err != nil {
			return err
		}
	}
	return t.waited("documents.json", wait, list)
}

// waited adds the rows that waited.
func (t *writer) waited(name string, wait *os.File, list *rows) error {
	if err := list.close(); err != nil {
		return err
	}
	if _, err := wait.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read rows: %w", err)
	}
	return t.file(name, true, func(w io.Writer) error { _, err := io.Copy(w, wait); return err })
}

func (t *writer) document(id string) (row documentJSON, err error) {
	var d store.Document
	if err := t.Tenant.View(func(v *store.View) (err error) { d, err = v.Document(t.P, id); return err }); err != nil {
		return row, err
	}
	row = documentJSON{ID: d.ID, Title: d.Title, Name: d.Name, Collection: d.Collection, Current: d.Current, DeletedBy: d.DeletedBy}
	folder := t.places[d.Collection]
	if folder == "" {
		return row, store.Fail(store.NotFound, "not-found") // made since the export began
	}
	if !d.Deleted.IsZero() {
		row.Deleted = &d.Deleted
		folder = path.Join(folder, t.Lang.T("takeout.bin"))
	}
	for i, ver := range d.Versions {
		one, err := t.version(d, ver, folder, i)
		if err != nil {
			return row, err
		}
		row.Versions = append(row.Versions, one)
	}
	return row, nil
}

func (t *writer) version(d store.Document, ver store.Version, folder string, i int) (versionJSON, error) {
	name := safe(d.Name)
	if ver.ID != d.Latest().ID {
		ext := path.Ext(name)
		name = strings.TrimSuffix(name, ext) + " (version " + strconv.Itoa(i+1) + ", " + ver.Added.UTC().Format(time.DateOnly) + ")" + ext
	}
	out := versionJSON{
		ID: ver.ID, Added: ver.Added, AddedBy: ver.AddedBy, Bytes: ver.Bytes, SHA256: ver.SHA256, Format: ver.Format, Lang: ver.Lang,
		Pages: ver.Pages, Extractor: ver.Extractor, Status: ver.Status, Code: ver.Code, Warnings: ver.Warnings,
	}
	out.Original = t.names.free(path.Join("documents", folder), name)
	if err := t.file(out.Original, false, t.original(ver)); err != nil {
		return out, err
	}
	t.counts.Originals++
	if ver.Status != store.Ready {
		return out, nil
	}
	var text string
	var pages []store.Page
	err := t.Tenant.View(func(v *store.View) (err error) {
		if text, err = v.VersionText(ver); err != nil {
			return err
		}
		pages, err = v.VersionPages(ver)
		return err
	})
	if err != nil {
		return out, err
	}
	base := path.Base(out.Original)
	out.Text, out.TextSHA256 = t.names.free(path.Join("texts", folder), base+".txt"), ver.TextSHA256
	if err := t.text(out.Text, text); err != nil {
		return out, err
	}
	t.texts[ver.ID] = out.Text
	out.Markdown = t.names.free(path.Join("texts", folder), base+".md")
	return out, t.text(out.Markdown, t.rendered(d, ver, out, text, pages))
}

// original copies a file as it was put in, and checks that it is what its name
// says.
func (t *writer) original(ver store.Version) func(io.Writer) error {
	return func(w io.Writer) error {
		f, err := os.Open(t.Tenant.FilePath(ver.SHA256))
		if errors.Is(err, fs.ErrNotExist) {
			return store.Fail(store.Corrupt, "original-missing").Because(err)
		}
		if err != nil {
			return fmt.Errorf("open original: %w", err)
		}
		defer f.Close()
		sum := sha256.New()
		if _, err := io.Copy(io.MultiWriter(w, sum), contextReader{t.ctx, f}); err != nil {
			return err
		}
		if hex.EncodeToString(sum.Sum(nil)) != ver.SHA256 {
			return store.Fail(store.Corrupt, "original-damaged", "sha256", ver.SHA256)
		}
		return nil
	}
}

// rendered is a version's text to read.
func (t *writer) rendered(d store.Document, ver store.Version, row versionJSON, text string, pages []store.Page) string {
	var b strings.Builder
	title := d.Title
	if title == "" {
		title = d.Name
	}
	fmt.Fprintf(&b, "# %s\n\n", oneLine(title))
	fmt.Fprintf(&b, "- %s\n- %s\n\n", oneLine(t.Lang.T("takeout.added", "day", t.Lang.Date(ver.Added.UTC()), "name", t.nameOf(ver.AddedBy))), oneLine(t.Lang.T("takeout.original", "path", row.Original)))
	at := 0
	for _, p := range pages {
		if p.Start < at || p.End > len(text) || p.Start > p.End {
			continue
		}
		b.WriteString(markdown(text[at:p.Start]))
		fmt.Fprintf(&b, "\n\n## %s\n\n", t.Lang.T("takeout.page", "n", p.N))
		b.WriteString(markdown(text[p.Start:p.End]))
		at = p.End
	}
	b.WriteString(markdown(text[at:]))
	b.WriteString("\n")
	return b.String()
}
