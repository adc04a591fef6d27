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

func answerOne(q question) reply {
	r, err := chain.VerifyFile(bytes.NewReader(q.Export), chain.VerifyOptions{FirstKey: q.FirstKey, Checkpoints: q.Checkpoints, Witnesses: q.Witnesses})
	switch {
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
