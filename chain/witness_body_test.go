package chain_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"coffre/chain"
	"coffre/chain/chaintest"
)

// TestAddCheckpointBody holds the parser against what C2SP tlog-witness says of
// a request's body.
func TestAddCheckpointBody(t *testing.T) {
	l := chaintest.New(11, "acme").Some(9)
	note := l.Checkpoint()
	u, err := chain.ProveForWitness(l, l.Header(), 5, 0)
	if err != nil {
		t.Fatal(err)
	}
	body := string(u.AddCheckpoint())
	got, err := chain.ParseAddCheckpoint([]byte(body))
	if err != nil || got.From != 5 || len(got.Consistency) != len(u.Consistency) || got.Checkpoint != note {
		t.Fatalf("%+v %v", got, err)
	}
	if got, err = chain.ParseAddCheckpoint([]byte("old 0\n\n" + note)); err != nil || got.From != 0 {
		t.Errorf("the first time: %+v %v", got, err)
	}
	line := l.Hashes[0].Base64() + "\n"
	if _, err := chain.ParseAddCheckpoint([]byte("old 5\n" + strings.Repeat(line, 63) + "\n" + note)); err != nil {
		t.Errorf("63 proof lines: %v", err)
	}
	for name, bad := range map[string]string{
		"nothing":                    "",
		"no old line":                "\n" + note,
		"another word":               "new 5\n\n" + note,
		"two spaces":                 "old  5\n\n" + note,
		"leading zero":               "old 05\n\n" + note,
		"two zeroes":                 "old 00\n\n" + note,
		"a sign":                     "old +5\n\n" + note,
		"no number":                  "old \n\n" + note,
		"beyond 2^53":                "old 9007199254740993\n\n" + note,
		"beyond 2^64":                "old 18446744073709551616\n\n" + note,
		"carriage returns":           strings.ReplaceAll(body, "\n", "\r\n"),
		"no empty line":              strings.Replace(body, "\n\n", "\n", 1),
		"64 proof lines":             "old 5\n" + strings.Repeat(line, 64) + "\n" + note,
		"a proof line of 31 bytes":   "old 5\nAAAA\n\n" + note,
		"a proof line of no base64":  "old 5\n!\n\n" + note,
		"a note without signature":   "old 5\n\n" + note[:strings.Index(note, "\u2014")],
		"no checkpoint":              "old 5\n\nhello\n",
		"old larger than checkpoint": "old 11\n\n" + note,
		"too long":                   "old 5\n\n" + note + strings.Repeat("x", 80<<10),
	} {
		if _, err := chain.ParseAddCheckpoint([]byte(bad)); !errors.Is(err, chain.ErrAddCheckpoint) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestJoinCosignature(t *testing.T) {
	l := chaintest.New(12, "acme").Some(3)
	c, other := newCosigner(t, "box.example/b"), newCosigner(t, "box.example/c")
	note := l.Checkpoint()
	line := func(c *chain.Cosigner) string {
		signed, err := c.Cosign(note, seenAt)
		if err != nil {
			t.Fatal(err)
		}
		return chain.CosignatureLines(signed, note)
	}
	joined, err := chain.JoinCosignature(note, line(other)+line(c), c.Verifier())
	if at, ok, oerr := chain.OpenCosignature(joined, c.Verifier()); err != nil || oerr != nil || !ok || !at.Equal(seenAt) {
		t.Errorf("%v %v %v", ok, err, oerr)
	}
	newer := chaintest.New(12, "acme").Some(4).Checkpoint()
	for name, bad := range map[string]struct{ note, lines string }{
		"of somebody else":       {note, line(other)},
		"of another checkpoint":  {newer, line(c)},
		"nothing":                {note, ""},
		"without its line's end": {note, strings.TrimSpace(line(c))},
	} {
		if _, err := chain.JoinCosignature(bad.note, bad.lines, c.Verifier()); !errors.Is(err, chain.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func newCosigner(t testing.TB, name string) *chain.Cosigner {
	t.Helper()
	c, err := chain.NewCosigner(name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLogName(t *testing.T) {
	for text, want := range map[string]string{
		"coffre.audit/acme/752f7d206962df9d":               "coffre.audit/acme/752f7d206962df9d",
		"coffre.audit/acme/752f7d206962df9d/2":             "coffre.audit/acme/752f7d206962df9d",
		"coffre.audit/acme/752f7d206962df9d/1":             "coffre.audit/acme/752f7d206962df9d/1",
		"coffre.audit/acme/752f7d206962df9d+1b675fa5+AQOh": "coffre.audit/acme/752f7d206962df9d",
		"": "",
	} {
		if got := chain.LogName(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// FuzzAddCheckpoint: what is read is written the same way again.
func FuzzAddCheckpoint(f *testing.F) {
	l := chaintest.New(13, "acme").Some(9)
	u, err := chain.ProveForWitness(l, l.Header(), 5, 0)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(u.AddCheckpoint())
	f.Add([]byte("old 0\n\n" + l.Checkpoint()))
	f.Add([]byte("old 00\n\n\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		u, err := chain.ParseAddCheckpoint(body)
		if err != nil {
			if !errors.Is(err, chain.ErrAddCheckpoint) {
				t.Fatalf("unnamed error %v", err)
			}
			return
		}
		if !bytes.Equal(u.AddCheckpoint(), body) {
			t.Fatalf("%q is written as %q", body, u.AddCheckpoint())
		}
	})
}
