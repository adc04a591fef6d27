package kit

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Kit is what goes into an auditor's zip.
type Kit struct {
	Tenant string    // customer.id
	Made   time.Time // written into the zip's directory
	// Export writes an export in coffre-audit/v1 to w, complete or filtered; its
	// error is returned by Write.
	Export func(w io.Writer) error
	// Checkpoints are signed notes, oldest first.
	Checkpoints []string
	// Cosignatures are notes with witnesses' lines.
	Cosignatures []string
	// FirstKey, RecoveryKey and LaterKeys are note verifier keys of the box, the
	// later ones in the order in which they took over; WitnessKeys those of its
	// witnesses. They help to read the kit and prove nothing.
	FirstKey, RecoveryKey  string
	LaterKeys, WitnessKeys []string
	// Receipts are answers' receipts, each a file's content.
	Receipts [][]byte
}

// ErrKit is returned for a Kit that names no tenant, date or export.
var ErrKit = errors.New("kit needs a tenant, a date and an export")

// WriteKit writes the zip to w as it goes: the export is neither buffered nor
// read twice. Members: export.jsonl, checkpoints.txt, cosignatures.txt,
// keys.txt, receipts/NNN.json, FORMAT.fr.md, FORMAT.en.md, LISEZMOI.txt,
// README.txt, verify.html. An error leaves a zip without a directory, which no
// reader takes.
func WriteKit(w io.Writer, k Kit) error {
	if k.Tenant == "" || k.Made.IsZero() || k.Export == nil {
		return fmt.Errorf("write kit: %w", ErrKit)
	}
	html, err := Page()
	if err != nil {
		return fmt.Errorf("write kit: %w", err)
	}
	z := zip.NewWriter(w)
	err = k.writeAll(html, func(name string, write func(io.Writer) error) error { return k.member(z, name, write) })
	if err != nil {
		return fmt.Errorf("write kit: %w", err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write kit: %w", err)
	}
	return nil
}

// Each calls add for every member of the kit, in the order in which WriteKit writes
// them: for a zip that holds more.
func (k Kit) Each(add func(name string, write func(io.Writer) error) error) error {
	if k.Tenant == "" || k.Made.IsZero() || k.Export == nil {
		return fmt.Errorf("write kit: %w", ErrKit)
	}
	html, err := Page()
	if err != nil {
		return fmt.Errorf("write kit: %w", err)
	}
	return k.writeAll(html, add)
}

func (k Kit) writeAll(html []byte, add func(name string, write func(io.Writer) error) error) error {
	texts := []struct{ name, text string }{{"verify.html", string(html)}}
	for _, name := range []string{"LISEZMOI.txt", "README.txt", "FORMAT.fr.md", "FORMAT.en.md"} {
		b, err := pages.ReadFile("pages/" + name)
		if err != nil {
			return err
		}
		texts = append(texts, struct{ name, text string }{name, k.fill(string(b))})
	}
	for _, t := range texts {
		if err := add(t.name, writeText(t.text)); err != nil {
			return err
		}
	}
	if err := add("export.jsonl", k.Export); err != nil {
		return err
	}
	rest := []struct{ name, text string }{
		{"checkpoints.txt", notes(k.Checkpoints)}, {"cosignatures.txt", notes(k.Cosignatures)}, {"keys.txt", k.keys()},
	}
	for _, t := range rest {
		if err := add(t.name, writeText(t.text)); err != nil {
			return err
		}
	}
	for i, b := range k.Receipts {
		if err := add(fmt.Sprintf("receipts/%03d.json", i+1), writeText(string(b))); err != nil {
			return err
		}
	}
	return nil
}

func (k Kit) member(z *zip.Writer, name string, write func(io.Writer) error) error {
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: k.Made.UTC()})
	if err != nil {
		return fmt.Errorf("add %s: %w", name, err)
	}
	if err := write(w); err != nil {
		return fmt.Errorf("add %s: %w", name, err)
	}
	return nil
}

func writeText(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

// fill names the firm and the date in a page of the kit.
func (k Kit) fill(text string) string {
	return strings.NewReplacer("{{tenant}}", k.Tenant, "{{made}}", k.Made.UTC().Format("2006-01-02 15:04 UTC")).Replace(text)
}

// notes joins signed notes: an empty line stands between two of them.
func notes(list []string) string { return strings.Join(list, "\n") }

// keys lists the keys under lines that say what they are.
func (k Kit) keys() string {
	var b strings.Builder
	section := func(title string, keys ...string) {
		for i, key := range keys {
			if key == "" {
				continue
			}
			if i == 0 {
				b.WriteString("# " + title + "\n")
			}
			b.WriteString(key + "\n")
		}
	}
	section("Première clé · First key", k.FirstKey)
	section("Clé de récupération · Recovery key", k.RecoveryKey)
	section("Clés suivantes, dans l'ordre · Later keys, in order", k.LaterKeys...)
	section("Témoins · Witnesses", k.WitnessKeys...)
	return b.String()
}
