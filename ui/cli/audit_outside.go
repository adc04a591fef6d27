package cli

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"coffre/chain"
)

// outside reads what the verifier knows from elsewhere: the first key, given
// itself or in a file, checkpoints, and keys of witnesses.
func (c *Call) outside() (o chain.VerifyOptions, err error) {
	if k := c.Flag("key"); k != "" {
		raw, err := os.ReadFile(k)
		switch {
		case err == nil:
			k = string(raw)
		case !strings.HasPrefix(k, "coffre.audit/"):
			return o, usage("cli.usage.key", "value", k)
		}
		o.FirstKey = strings.TrimSpace(k)
		for line := range strings.Lines(o.FirstKey) {
			if _, err := note.NewVerifier(strings.TrimSpace(line)); err != nil {
				return o, usage("cli.usage.key-form")
			}
		}
	}
	for _, path := range c.FlagAll("checkpoint") {
		text, err := noteOf(path)
		if err != nil {
			return o, err
		}
		o.Checkpoints = append(o.Checkpoints, text)
	}
	for _, value := range c.FlagAll("witness") {
		if err := addWitness(&o, value); err != nil {
			return o, err
		}
	}
	return o, nil
}

// noteOf returns the checkpoint that a file holds: a signed note, or a receipt,
// an export, what a witness was shown or its state.
func noteOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read checkpoint: %w", err)
	}
	defer f.Close()
	// Of an export, the first line is enough.
	raw, err := io.ReadAll(io.LimitReader(f, chain.MaxHeaderLine))
	if err != nil {
		return "", fmt.Errorf("read checkpoint: %w", err)
	}
	text, _ := chain.NoteIn(raw)
	if _, _, err := chain.OpenCheckpoint(text); err != nil {
		return "", usage("cli.usage.checkpoint-form")
	}
	return text, nil
}

// addWitness takes a witness's key, a file of such keys, or its state file, of
// which the checkpoint that it holds is taken too.
func addWitness(o *chain.VerifyOptions, value string) error {
	if raw, err := os.ReadFile(value); err == nil {
		if s, err := chain.ParseWitnessState(raw); err == nil {
			if o.Witnesses = append(o.Witnesses, s.Verifier()); s.Checkpoint != "" {
				o.Checkpoints = append(o.Checkpoints, s.Checkpoint)
			}
			return nil
		}
		value = string(raw)
	}
	keys := strings.Fields(value)
	for _, k := range keys {
		if chain.CheckCosigner(k) != nil {
			return usage("cli.usage.witness")
		}
	}
	if len(keys) == 0 {
		return usage("cli.usage.witness")
	}
	o.Witnesses = append(o.Witnesses, keys...)
	return nil
}

// tableHead is how a table of the journal begins, also once a spreadsheet has
// saved it with separators of its own.
var tableHead = regexp.MustCompile(`^(\x{FEFF})?"?seq"?[,;\t]"?time"?[,;\t]`)

func isTable(r *bufio.Reader) bool {
	head, _ := r.Peek(32)
	return tableHead.Match(head)
}
