package extract

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// An answer is two lengths (8 bytes each, big-endian), a JSON object, and the
// body as it is, which JSON would only escape: a text, or pictures one after
// the other.

type answer struct {
	Code    string     `json:"code,omitempty"`
	Machine string     `json:"machine,omitempty"` // an error that is not the file's fault
	Memory  int64      `json:"memory,omitempty"`  // peak, bytes
	Text    Text       `json:"text"`
	Pages   []pageMeta `json:"pages,omitempty"`
}

const maxMeta = 128 << 20 // bytes; a text of 32 MiB in small blocks stays below

// machineError is a child's report of a failure that is not the file's.
type machineError struct{ msg string }

func (e *machineError) Error() string { return e.msg }

func writeAnswer(w io.Writer, t Text, err error) error {
	return sendAnswer(w, answer{Text: t}, []byte(t.Body), err)
}

// sendAnswer sends a and body, or where err is not nil, what it says.
func sendAnswer(w io.Writer, a answer, body []byte, err error) error {
	a.Memory = peakMemory()
	if err != nil {
		a, body = answer{Code: CodeOf(err)}, nil
		if a.Code == "" {
			a.Machine = err.Error()
		}
	}
	meta, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	head := binary.BigEndian.AppendUint64(nil, uint64(len(meta)))
	head = binary.BigEndian.AppendUint64(head, uint64(len(body)))
	for _, part := range [][]byte{head, meta, body} {
		if _, err := w.Write(part); err != nil {
			return fmt.Errorf("write answer: %w", err)
		}
	}
	return nil
}

// readAnswer trusts nothing that it reads: a parser may have been taken over by
// the file that it read. What the answer says must be validated by the caller.
func readAnswer(r io.Reader, maxBody int64) (a answer, body []byte, err error) {
	var head [16]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return a, nil, fmt.Errorf("read answer: %w", err)
	}
	metaLen, bodyLen := binary.BigEndian.Uint64(head[:8]), binary.BigEndian.Uint64(head[8:])
	if metaLen > maxMeta || bodyLen > uint64(maxBody) {
		return a, nil, fail(CodeTooLarge, errors.New("answer over the limit"))
	}
	meta, body := make([]byte, metaLen), make([]byte, bodyLen)
	for _, part := range [][]byte{meta, body} {
		if _, err := io.ReadFull(r, part); err != nil {
			return a, nil, fmt.Errorf("read answer: %w", err)
		}
	}
	if err := json.Unmarshal(meta, &a); err != nil {
		return a, nil, fail(CodeCorrupt, err)
	}
	switch {
	case a.Machine != "":
		return a, nil, &machineError{clip(a.Machine, 500)}
	case a.Code != "":
		if !isErrorCode(a.Code) {
			a.Code = CodeCorrupt
		}
		return a, nil, fail(a.Code, nil)
	}
	return a, body, nil
}

// isErrorCode: the codes of errors come first in Codes.
func isErrorCode(code string) bool {
	for _, c := range Codes {
		if c == code {
			return true
		}
		if c == CodeEncoding {
			return false
		}
	}
	return false
}

// Validate checks what the comments of Text, Block, Page and CharRun promise of
// offsets. Its errors hold no text.
func (t Text) Validate() error {
	if !utf8.ValidString(t.Body) {
		return errors.New("body is not UTF-8")
	}
	at := 0
	for i, b := range t.Blocks {
		if b.Start < at || b.End <= b.Start || b.End > len(t.Body) || !boundary(t.Body, b.Start) || !boundary(t.Body, b.End) {
			return fmt.Errorf("block %d is out of place", i)
		}
		if b.Page < 0 || b.Page > len(t.Pages) {
			return fmt.Errorf("block %d is on no page", i)
		}
		at = b.End
	}
	at = 0
	for i, p := range t.Pages {
		if p.N != i+1 || p.Start != at || p.End < p.Start || p.End > len(t.Body) || !boundary(t.Body, p.End) {
			return fmt.Errorf("page %d is out of place", i+1)
		}
		if err := p.validate(t.Body); err != nil {
			return err
		}
		at = p.End
	}
	if len(t.Pages) > 0 && at != len(t.Body) {
		return errors.New("pages end before the body")
	}
	return nil
}

func (p Page) validate(body string) error {
	at := p.Start
	for _, r := range p.Chars {
		if r.Start < at || r.Start >= p.End || r.N < 1 || r.Char < 0 || !boundary(body, r.Start) {
			return fmt.Errorf("character map of page %d is out of order", p.N)
		}
		for at = r.Start; r.N > 0 && at < p.End; r.N-- {
			_, n := utf8.DecodeRuneInString(body[at:])
			at += n
		}
		if r.N > 0 {
			return fmt.Errorf("character map of page %d reaches beyond it", p.N)
		}
	}
	return nil
}

func boundary(s string, i int) bool { return i == len(s) || utf8.RuneStart(s[i]) }
