package page

import (
	"time"

	"coffre/ui/look"
	"coffre/ui/words"
)

// Documents is the list of documents with the drop area above it.
type Documents struct {
	look.Frame
	// Bin: the list shows what was deleted and can be restored.
	Bin bool
	// Filter values as they were asked for. Collections lists those the person
	// may read; the first choice, with the empty value, is "all".
	Query       string
	Collections []look.Choice
	Status      string
	// Targets are the collections that the person may add to; with none there
	// is no drop area.
	Targets []look.Choice
	// LimitBytes is the largest file that is taken; 0 says nothing.
	LimitBytes int64
	Rows       []DocumentRow
	Total      int // of all pages of the list that the person may see
	Counts     DocumentCounts
	After      string // place of the last row, where the next page goes on
	Next       string // address of the next page, or empty
	Fault      *look.Fault
}

// DocumentCounts says how many documents, that the person may see, are in
// which state.
type DocumentCounts struct{ Ready, Working, Failed, Binned int }

// The states of a document, as in the catalogue's family "status".
const (
	Queued     = "queued"
	Extracting = "extracting"
	Ready      = "ready"
	Failed     = "failed"
	Deleted    = "deleted"
)

// DocumentRow is one line of the list.
type DocumentRow struct {
	ID, Title  string
	Name       string // of the file
	Collection string
	Format     string // pdf, docx, html, markdown, csv, text
	State      string
	Fault      *look.Fault // with state failed: why
	Receipt    Receipt
	Bytes      int64
	Added      time.Time
	By         string // display name, or empty
	CanWrite   bool   // may delete, restore and retry
}

// Receipt is what extraction found.
type Receipt struct {
	Pages, Passages, Characters int
	Language                    string // fr, en or empty
	Extractor                   string
	Warnings                    []Warning
}

// Warning is a code of the catalogue's family "warning"; Page and N are 0
// where they say nothing.
type Warning struct {
	Code    string
	Page, N int
}

func (w Warning) sentence(l words.Lang) string {
	args := []any{}
	if w.Page > 0 {
		args = append(args, "page", w.Page)
	}
	if w.N > 0 {
		args = append(args, "n", w.N)
	}
	return l.Or("warning", w.Code, args...)
}

func (r DocumentRow) tone() look.Tone { return stateTone(r.State) }

func stateTone(state string) look.Tone {
	switch state {
	case Ready:
		return look.Good
	case Failed:
		return look.Bad
	case Queued, Extracting:
		return look.Busy
	}
	return look.Plain
}

// busy says that a row is still being worked on, so that the list asks again.
func (v Documents) busy() bool {
	for _, r := range v.Rows {
		if r.tone() == look.Busy {
			return true
		}
	}
	return false
}

func (v Documents) filtered() bool {
	if v.Query != "" || v.Status != "" {
		return true
	}
	for _, c := range v.Collections {
		if c.Selected && c.Value != "" {
			return true
		}
	}
	return false
}

func (v Documents) states() []look.Choice {
	choices := []look.Choice{{Value: "", Label: v.L.T("documents.any-status")}}
	for _, s := range []string{Ready, Queued, Failed} {
		choices = append(choices, look.Choice{Value: s, Label: v.L.Or("status", s), Selected: s == v.Status})
	}
	return choices
}

func formatIcon(format string) string {
	switch format {
	case "csv":
		return "file-spreadsheet"
	case "html", "markdown":
		return "file-code"
	}
	return "file-text"
}

// UploadResult answers one file that a script sent: the finished sentence for
// the line of the upload list.
type UploadResult struct {
	look.Frame
	Name  string // the file's, as the browser sent it
	ID    string // of the new document; empty after a failure
	Fault *look.Fault
}

func (u UploadResult) sentence() string {
	if u.Fault == nil {
		return u.L.T("upload.received")
	}
	params := map[string]string{"name": u.Name}
	for k, p := range u.Fault.Params {
		params[k] = p
	}
	return words.Error(u.L, u.Fault.Code, params)
}
