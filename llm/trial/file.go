package trial

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"coffre/store"
)

// Line is a question of a file, its documents and reader named as people name them.
type Line struct {
	Question  string
	Lang      string
	Documents []string // names of files
	Words     []string
	NoAnswer  bool
	Reader    string // login, "" for none
}

// The kinds of questions in a file. What is forbidden to its reader is expected
// to be refused like what nobody can answer.
const (
	answerable   = "answerable"
	unanswerable = "unanswerable"
	forbidden    = "forbidden"
)

// record is a line of JSON in the shape that `coffre eval --answers` reads.
type record struct {
	ID       string `json:"id"`
	Lang     string `json:"lang,omitempty"`
	Question string `json:"question"`
	Asker    string `json:"asker"`
	Expect   expect `json:"expect"`
	Kind     string `json:"kind"`
}

type expect struct {
	Documents []string `json:"documents"`
	Contains  []string `json:"answer_contains"`
}

// maxFile bounds a file, bytes.
const maxFile = 1 << 20

// ReadList reads questions from JSON Lines as `coffre eval --answers` reads
// them, or from CSV with a head (question, documents, words, reader, lang; more
// than one document or word in a cell parted by |; without documents no answer
// is expected). Errors: Invalid "trial-line" with its number, "trial-head",
// "trials-empty", TooLarge.
func ReadList(r io.Reader) ([]Line, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, store.Fail(store.Invalid, "bad-request").Because(err)
	}
	if len(b) > maxFile {
		return nil, store.Fail(store.TooLarge, "request-too-large")
	}
	b = bytes.TrimSpace(bytes.TrimPrefix(b, []byte("\ufeff")))
	var lines []Line
	if bytes.HasPrefix(b, []byte("{")) {
		lines, err = readJSON(b)
	} else {
		lines, err = readCSV(b)
	}
	if err == nil && len(lines) == 0 {
		err = store.Fail(store.Invalid, "trials-empty")
	}
	return lines, err
}

func badLine(n int) error { return store.Fail(store.Invalid, "trial-line", "line", strconv.Itoa(n)) }

func readJSON(b []byte) (out []Line, err error) {
	sc := bufio.NewScanner(bytes.NewReader(b))
	sc.Buffer(nil, maxFile+1)
	for n := 1; sc.Scan(); n++ {
		if len(bytes.TrimSpace(sc.Bytes())) == 0 {
			continue
		}
		var r record
		if err := json.Unmarshal(sc.Bytes(), &r); err != nil || r.Question == "" {
			return nil, badLine(n)
		}
		l := Line{Question: r.Question, Lang: r.Lang, Reader: r.Asker}
		switch r.Kind {
		case unanswerable, forbidden:
			l.NoAnswer = true
		case answerable, "":
			l.Words, l.NoAnswer = r.Expect.Contains, len(r.Expect.Documents) == 0
			for _, d := range r.Expect.Documents {
				l.Documents = append(l.Documents, path.Base(d))
			}
		default:
			return nil, badLine(n)
		}
		out = append(out, l)
	}
	return out, sc.Err()
}

func readCSV(b []byte) (out []Line, err error) {
	r := csv.NewReader(bytes.NewReader(b))
	head, _, _ := bytes.Cut(b, []byte("\n"))
	if bytes.Count(head, []byte(";")) > bytes.Count(head, []byte(",")) {
		r.Comma = ';' // as spreadsheets write it in French
	}
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	names, err := r.Read()
	if err != nil {
		return nil, store.Fail(store.Invalid, "trial-head")
	}
	for i, n := range names {
		names[i] = strings.ToLower(strings.TrimSpace(n))
	}
	if !slices.Contains(names, "question") {
		return nil, store.Fail(store.Invalid, "trial-head")
	}
	for n := 2; ; n++ {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, badLine(n)
		}
		cell := func(name string) string {
			if i := slices.Index(names, name); i >= 0 && i < len(row) {
				return strings.TrimSpace(row[i])
			}
			return ""
		}
		l := Line{Question: cell("question"), Lang: cell("lang"), Documents: parted(cell("documents")), Words: parted(cell("words")), Reader: cell("reader")}
		if l.Question == "" {
			return nil, badLine(n)
		}
		l.NoAnswer = len(l.Documents) == 0
		out = append(out, l)
	}
}

func parted(cell string) (out []string) {
	for _, s := range strings.Split(cell, "|") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// WriteList writes questions as JSON Lines, as ReadList and
// `coffre eval --answers` read them.
func WriteList(w io.Writer, lines []Line) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for i, l := range lines {
		r := record{ID: "q" + strconv.Itoa(i+1), Lang: l.Lang, Question: l.Question, Asker: l.Reader, Kind: answerable}
		if l.NoAnswer {
			r.Kind = unanswerable
		}
		r.Expect = expect{Documents: append([]string{}, l.Documents...), Contains: append([]string{}, l.Words...)}
		if err := enc.Encode(r); err != nil {
			return err
		}
	}
	return nil
}
