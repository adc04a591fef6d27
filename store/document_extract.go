package store

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"unicode/utf8"
)

// Extracted is what extraction made of a version.
type Extracted struct {
	Format    string
	Extractor string
	Title     string
	Lang      string
	Passages  []Passage // partition the text, in order
	Pages     []Page
	Warnings  []Warning
}

// Passage is a piece of a version's text, the unit of search and citation.
// Start and End are byte offsets into the version's extracted text.
type Passage struct {
	Ordinal  uint32 `json:"-"`
	Document uint32 `json:"d"`
	Version  string `json:"v"`
	Page     int    `json:"p,omitempty"` // from 1; 0 where the format has no pages
	Start    int    `json:"s"`
	End      int    `json:"e"`
	Lang     string `json:"l,omitempty"`
	Heading  string `json:"h,omitempty"`
	Text     string `json:"t"`
}

// CharRun maps N bytes of text from Byte on to PDFium's character index Char;
// see connectors/extract.
type CharRun struct {
	Byte int `json:"b"`
	Char int `json:"c"`
	N    int `json:"n"`
}

// Page is a page of a version with pages: its text range, size in points and
// the way from bytes to PDFium's characters.
type Page struct {
	N      int       `json:"n"`
	Start  int       `json:"s"`
	End    int       `json:"e"`
	Width  float32   `json:"w,omitempty"`
	Height float32   `json:"h,omitempty"`
	Chars  []CharRun `json:"c,omitempty"`
}

var (
	passages = table[Passage]("passages")
	pages    = table[Page]("pages")
)

func pageKey(version string, n int) []byte {
	return append([]byte(version+"\x00"), u32(uint32(n))...)
}

// passage reads a passage without a check of rights.
func (v *View) passage(ord uint32) (Passage, error) {
	p, err := passages.get(v, u32(ord))
	p.Ordinal = ord
	return p, err
}

// FinishExtraction puts a version's passages and makes it the one that
// answers; its job ends. NotFound if the job is gone.
func (tx *Tx) FinishExtraction(job Job, x Extracted) (Document, error) {
	d, i, err := tx.jobVersion(job)
	if err != nil {
		return d, err
	}
	v := &d.Versions[i]
	sum := sha256.New()
	n, err := tx.reserve(len(x.Passages))
	if err != nil {
		return d, err
	}
	v.First, v.Passages, v.Pages = n, len(x.Passages), len(x.Pages)
	v.TextBytes, v.Characters = 0, 0
	for k, p := range x.Passages {
		p.Document, p.Version = d.Ordinal, v.ID
		if p.Start != v.TextBytes || p.End != p.Start+len(p.Text) || p.Text == "" || !utf8.ValidString(p.Text) {
			return d, Fail(Internal, "internal").Because(errPartition)
		}
		v.TextBytes = p.End
		v.Characters += utf8.RuneCountInString(p.Text)
		sum.Write([]byte(p.Text))
		if err := passages.put(tx, u32(n+uint32(k)), p); err != nil {
			return d, err
		}
	}
	for _, pg := range x.Pages {
		if err := pages.put(tx, pageKey(v.ID, pg.N), pg); err != nil {
			return d, err
		}
	}
	v.TextSHA256 = hex.EncodeToString(sum.Sum(nil))
	v.Format, v.Extractor, v.Lang, v.Warnings, v.Status, v.Code = x.Format, x.Extractor, x.Lang, x.Warnings, Ready, ""
	d.Current = v.ID
	if d.Title == "" || len(d.Versions) > 1 && x.Title != "" {
		d.Title = x.Title
	}
	if d.Title == "" {
		d.Title = d.Name
	}
	tx.Event.Object.Kind, tx.Event.Object.ID = "document", d.ID
	tx.Event.Detail["version"], tx.Event.Detail["passages"], tx.Event.Detail["pages"] = v.ID, v.Passages, v.Pages
	tx.touch(d)
	if err := documents.put(tx, []byte(d.ID), d); err != nil {
		return d, err
	}
	return d, tx.deleteJob(job)
}

// FailExtraction marks a version as failed with a code of connectors/extract;
// its job stays in the list of failures until it is retried or the document
// goes.
func (tx *Tx) FailExtraction(job Job, code string) error {
	d, i, err := tx.jobVersion(job)
	if err != nil {
		return err
	}
	d.Versions[i].Status, d.Versions[i].Code = Failed, code
	tx.Event.Object.Kind, tx.Event.Object.ID = "document", d.ID
	tx.Event.Outcome = "error"
	tx.Event.Detail["version"], tx.Event.Detail["code"] = job.Version, code
	if err := documents.put(tx, []byte(d.ID), d); err != nil {
		return err
	}
	job.Failed, job.Code = true, code
	return tx.putJob(job)
}

func (tx *Tx) jobVersion(job Job) (Document, int, error) {
	if _, err := tx.Job(job.Version); err != nil {
		return Document{}, 0, err
	}
	d, err := documents.get(&tx.View, []byte(job.Document))
	if err != nil {
		return d, 0, err
	}
	i := slices.IndexFunc(d.Versions, func(v Version) bool { return v.ID == job.Version })
	if i < 0 {
		return d, 0, errNotFound
	}
	return d, i, nil
}

// reserve draws n passage ordinals and returns the first.
func (tx *Tx) reserve(n int) (uint32, error) {
	first, err := tx.next("passage")
	if err != nil || n == 0 {
		return first, err
	}
	return first, tx.setNext("passage", first+uint32(n)-1)
}

// touch tells the index about a document: its class at once, its passages soon.
func (tx *Tx) touch(d Document) {
	tx.changed(d.Ordinal)
	tx.classes = append(tx.classes, classChange{d.Ordinal, d.effectiveClass()})
}
