package chain

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestCosign(t *testing.T) {
	c, err := NewCosigner("witness.example/w1")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	once, err := c.Cosign(vectorNote, at.Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	twice, err := c.Cosign(once, at)
	if err != nil || strings.Count(twice, "\u2014") != 2 || !strings.HasPrefix(twice, vectorNote) {
		t.Fatalf("%q, %v", twice, err)
	}
	if got, ok, err := OpenCosignature(twice, c.Verifier()); err != nil || !ok || !got.Equal(at) {
		t.Errorf("%v, %v, %v", got, ok, err)
	}
	if _, ok, err := OpenCosignature(vectorNote, c.Verifier()); err != nil || ok {
		t.Errorf("not cosigned, and said to be: %v", err)
	}
	other := strings.Replace(twice, "\n2\n", "\n3\n", 1)
	if _, _, err := OpenCosignature(other, c.Verifier()); !errors.Is(err, ErrSignature) {
		t.Errorf("another checkpoint: %v", err)
	}
	if _, err := c.Cosign("no note", at); !errors.Is(err, ErrCheckpoint) {
		t.Errorf("no note: %v", err)
	}
	// A witness key is no checkpoint key, and the other way round.
	if CheckVerifier(c.Verifier(), c.Name()) == nil || CheckCosigner(seededSigner(t, "x", 1).Verifier()) == nil {
		t.Error("one kind of key passes for the other")
	}
	// Nor does a cosignature pass for a checkpoint's signature under the same key.
	if holds(twice, c.Verifier()) {
		t.Error("a cosignature passes for a signature")
	}
}

func TestCosignerKeys(t *testing.T) {
	c, err := NewCosigner("w1")
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseCosigner(c.Secret())
	if err != nil || again.Verifier() != c.Verifier() {
		t.Fatalf("%v", err)
	}
	for _, bad := range []string{"", "PRIVATE+KEY+w1", c.Verifier(), strings.Replace(c.Secret(), "w1", "w2", 1), c.Secret() + "="} {
		if _, err := ParseCosigner(bad); !errors.Is(err, ErrKey) || strings.Contains(err.Error(), "PRIVATE") {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
	for _, bad := range []string{"", "a b", "a+b", "é"} {
		if _, err := NewCosigner(bad); !errors.Is(err, ErrKey) {
			t.Errorf("name %q: %v", bad, err)
		}
	}
	if s := fmt.Sprintf("%v %+v %#v", *c, c, *c); strings.Contains(s, c.Secret()) || strings.Contains(s, "[") {
		t.Errorf("it prints its key: %s", s)
	}
}

// TestCosignedMessage holds the signed bytes against C2SP's own example.
func TestCosignedMessage(t *testing.T) {
	body := "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
	want := "cosignature/v1\ntime 1679315147\n" + body
	if got := string(cosignedMessage(1679315147, body)); got != want {
		t.Errorf("%q", got)
	}
}

// TestCosignatureTimes: whatever time is accepted can be written in a report.
func TestCosignatureTimes(t *testing.T) {
	c, err := NewCosigner("w1")
	if err != nil {
		t.Fatal(err)
	}
	for seconds, want := range map[int64]bool{0: true, 1_700_000_000: true, lastSecond: true, lastSecond + 1: false, 1<<40 - 1: false, -1: false} {
		signed, err := c.Cosign(vectorNote, time.Unix(seconds, 0))
		if (err == nil) != want {
			t.Errorf("%d: %v", seconds, err)
		}
		if err != nil {
			continue
		}
		at, ok, err := OpenCosignature(signed, c.Verifier())
		if _, jerr := json.Marshal(at); err != nil || !ok || jerr != nil {
			t.Errorf("%d: %v %v %v", seconds, ok, err, jerr)
		}
	}
}

func FuzzCosignature(f *testing.F) {
	c, err := NewCosigner("w1")
	if err != nil {
		f.Fatal(err)
	}
	note, err := c.Cosign(vectorNote, time.Unix(1_700_000_000, 0))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(note, c.Verifier(), c.Secret())
	f.Add(vectorNote, "w1+00000000+BA==", "PRIVATE+KEY+w1+00000000+BA==")
	f.Fuzz(func(t *testing.T, text, vkey, secret string) {
		if _, ok, err := OpenCosignature(text, vkey); ok && (err != nil || CheckCosigner(vkey) != nil) {
			t.Fatalf("%q under %q: %v", text, vkey, err)
		}
		k, err := ParseCosigner(secret)
		if err != nil {
			return
		}
		if k.Secret() != secret {
			t.Fatalf("%q is read as %q", secret, k.Secret())
		}
		signed, err := k.Cosign(text, time.Unix(5, 0))
		if err != nil {
			return
		}
		if at, ok, err := OpenCosignature(signed, k.Verifier()); err != nil || !ok || at.Unix() != 5 {
			t.Fatalf("%q: its own line does not hold: %v", signed, err)
		}
	})
}
