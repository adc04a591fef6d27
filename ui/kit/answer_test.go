package kit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"

	"coffre/chain"
)

// TestMain makes this test binary the other side of test/agree.test.mjs where
// COFFRE_ANSWER is set: it answers each line of questions with chain's report.
func TestMain(m *testing.M) {
	if os.Getenv("COFFRE_ANSWER") == "" {
		os.Exit(m.Run())
	}
	if err := answerAll(); err != nil {
		fmt.Fprintln(os.Stderr, "answer:", err)
		os.Exit(1)
	}
}

type question struct {
	Export      []byte   `json:"export"`
	Before      [][]byte `json:"before"`   // segments that the export goes on from
	Segments    bool     `json:"segments"` // the export is a segment
	FirstKey    string   `json:"first_key"`
	Checkpoints []string `json:"checkpoints"`
	Witnesses   []string `json:"witnesses"`
}

type reply struct {
	Report chain.Report `json:"report"`
	Error  string       `json:"error"`
}

func answerAll() error {
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	questions, replies := json.NewDecoder(in), json.NewEncoder(out)
	for questions.More() {
		var q question
		if err := questions.Decode(&q); err != nil {
			return err
		}
		if err := replies.Encode(answerOne(q)); err != nil {
			return err
		}
		if err := out.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// verifySegments verifies a segment after those that it goes on from, or the first
// of them that is not sound.
func verifySegments(q question) (r chain.Report, err error) {
	var end *chain.Anchor
	for _, one := range q.Before {
		o := chain.VerifyOptions{FirstKey: q.FirstKey}
		if r, end, err = chain.VerifySegment(bytes.NewReader(one), end, o); err != nil || !r.OK {
			return r, err
		}
	}
	r, _, err = chain.VerifySegment(bytes.NewReader(q.Export), end, chain.VerifyOptions{FirstKey: q.FirstKey, Checkpoints: q.Checkpoints, Witnesses: q.Witnesses})
	return r, err
}

func answerOne(q question) reply {
	o := chain.VerifyOptions{FirstKey: q.FirstKey, Checkpoints: q.Checkpoints, Witnesses: q.Witnesses}
	verify := func() (chain.Report, error) { return chain.VerifyFile(bytes.NewReader(q.Export), o) }
	if q.Segments {
		verify = func() (chain.Report, error) { return verifySegments(q) }
	}
	r, err := verify()
	switch {
	case errors.Is(err, chain.ErrSegment):
		return reply{Report: chain.Report{Fault: "segment"}}
	case errors.Is(err, chain.ErrNotExport), errors.Is(err, chain.ErrLineTooLong):
		return reply{Report: chain.Report{Fault: "not-export"}}
	case errors.Is(err, chain.ErrKey):
		return reply{Error: "key"}
	case errors.Is(err, chain.ErrCheckpoint):
		return reply{Error: "checkpoint"}
	case err != nil:
		return reply{Error: err.Error()}
	}
	return reply{Report: r}
}
