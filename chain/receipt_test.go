package chain_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"coffre/chain"
	"coffre/chain/chaintest"
)

var update = flag.Bool("update", false, "write testdata anew")

// TestReceiptGolden: a receipt of the first release verifies in every later one.
// Its bytes are what other verifiers are written against.
func TestReceiptGolden(t *testing.T) {
	l := chaintest.New(1, "acme-notaires").Some(5).HandOver().Some(2)
	q, a := l.Answer()
	l.Some(4)
	receipt, golden := l.Receipt(q, a, true), filepath.Join("testdata", "receipt.json")
	if *update {
		if err := os.WriteFile(golden, receipt, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(receipt, want) {
		t.Errorf("the receipt is no longer that of %s:\n%s", golden, receipt)
	}
	r, err := chain.VerifyReceipt(want, chain.VerifyOptions{FirstKey: l.FirstKey(), Checkpoints: []string{l.Checkpoint()}})
	if err != nil || !r.OK || !r.Authentic || r.Entries != 2 || r.Receipt == nil {
		t.Fatalf("%+v, %v", r, err)
	}
	f := *r.Receipt
	if f.Question != q || f.Answer != a || f.Actor != "u-asker" || f.Prompt != "7" || f.Model != "llama3.1:8b" ||
		len(f.ModelDigest) != 64 || !f.QuestionOpen || !f.AnswerOpen || len(f.AnswerSealed) != 64 ||
		len(f.Passages) != 1 || f.Passages[0] != (chain.Passage{Document: "d-01", Version: "v-01", Start: 120, End: 480}) {
		t.Errorf("%+v", f)
	}
	if b, err := json.Marshal(r); err != nil || !strings.Contains(string(b), `"rights":[1,4]`) {
		t.Errorf("%s, %v", b, err)
	}
}

// TestReceiptShows: what was in a receipt can't be written out of the chain by
// whoever holds the box.
func TestReceiptShows(t *testing.T) {
	l := chaintest.New(2, "acme").Some(9).HandOver().Some(2)
	q, a := l.Answer()
	receipt := l.Receipt(q, a, false)
	for name, now := range map[string]*chaintest.Log{
		"sound":       l.Clone().Some(9),
		"cut":         l.Clone().Back(q - 1),
		"other tale":  l.Clone().Back(q - 1).Some(30),
		"rolled back": l.Clone().Back(5),
	} {
		r, err := chain.VerifyLog(now, chain.VerifyOptions{FirstKey: l.FirstKey(), Checkpoints: []string{string(receipt)}})
		if err != nil || r.OK != (name == "sound") {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

func TestMakeReceiptRefuses(t *testing.T) {
	l := chaintest.New(3, "acme").Some(9)
	q, a := l.Answer()
	entry := func(seq uint64) chain.ReceiptEntry {
		return chain.ReceiptEntry{PreviousHash: l.Hashes[seq-2], ChainHash: l.Hashes[seq-1], Payload: l.Payloads[seq-1]}
	}
	wrong := entry(a)
	wrong.PreviousHash[0] ^= 1
	closed := entry(a)
	closed.Private, closed.Salt = []byte(`{"answer":"x"}`), make([]byte, 32)
	for name, pair := range map[string][2]chain.ReceiptEntry{
		"no question":   {entry(3), entry(a)},
		"reversed":      {entry(a), entry(q)},
		"another place": {entry(q), wrong},
		"another text":  {entry(q), closed},
	} {
		if _, err := chain.MakeReceipt(l, l.Header(), pair[0], pair[1]); !errors.Is(err, chain.ErrReceipt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSniff(t *testing.T) {
	l := chaintest.New(4, "acme").Some(3)
	q, a := l.Answer()
	w := watch(t, l)
	u, err := chain.ProveForWitness(l, l.Header(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	w, _, err = w.Advance(u, seenAt)
	if err != nil {
		t.Fatal(err)
	}
	line, _ := u.Encode()
	parts, _ := u.WitnessParts(200)
	state, _ := w.Encode()
	for want, texts := range map[chain.Kind][]string{
		chain.KindExport:        {string(l.Export(true))},
		chain.KindReceipt:       {string(l.Receipt(q, a, false))},
		chain.KindCheckpoint:    {l.Checkpoint(), w.Checkpoint},
		chain.KindWitnessUpdate: {string(line), strings.Join(parts, "\n")},
		chain.KindWitnessState:  {string(state)},
		chain.KindUnknown:       {"", "hello", "{}", `{"format":"x"}`, "coffre.audit/acme", "\x00\x01"},
	} {
		for _, text := range texts {
			if got := chain.Sniff([]byte(text)); got != want {
				t.Errorf("%.40q is taken for %q, it is %q", text, got, want)
			}
			note, ok := chain.NoteIn([]byte(text))
			if ok != (want != chain.KindUnknown) {
				t.Errorf("a note in %.40q: %v", text, ok)
			}
			if ok {
				if cp, _, err := chain.OpenCheckpoint(note); err != nil || cp.Size != l.Size() {
					t.Errorf("%.40q: %+v, %v", text, cp, err)
				}
			}
		}
	}
}

// FuzzReceipt: no text makes the verifier panic, and what it accepts under a key
// says what was really answered.
func FuzzReceipt(f *testing.F) {
	l := chaintest.New(5, "acme").Some(3).HandOver()
	q, a := l.Answer()
	f.Add(l.Receipt(q, a, true))
	f.Add(l.Receipt(q, a, false))
	f.Add(l.Export(false))
	f.Fuzz(func(t *testing.T, b []byte) {
		chain.NoteIn(b)
		r, err := chain.VerifyFile(bytes.NewReader(b), chain.VerifyOptions{FirstKey: l.FirstKey()})
		if err != nil {
			if !errors.Is(err, chain.ErrNotExport) && !errors.Is(err, chain.ErrLineTooLong) {
				t.Fatalf("unnamed: %v", err)
			}
			return
		}
		if r.Receipt != nil && (!r.OK || !r.Authentic || r.Receipt.Question != q || r.Receipt.Answer != a) {
			t.Fatalf("%+v", r)
		}
	})
}
