package embed

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const ollamaModel = "coffre-minilm-test"

// ollama is a real model runtime that serves the original weights.
type ollama struct {
	t   testing.TB
	url string
}

// startOllama gives the runtime at COFFRE_TEST_OLLAMA our model, or skips.
func startOllama(t testing.TB) *ollama {
	o := &ollama{t, os.Getenv("COFFRE_TEST_OLLAMA")}
	if o.url == "" {
		t.Skip("COFFRE_TEST_OLLAMA is not set: .ci/ollama.sh starts a real Ollama and prints its URL")
	}
	original(t) // skips without the files
	dir := filepath.Join(sharedDir(), "data/models/all-minilm-l6-v2")
	names, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, n := range names {
		raw, err := os.ReadFile(filepath.Join(dir, n.Name()))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(raw)
		digest := "sha256:" + hex.EncodeToString(sum[:])
		o.call("/api/blobs/"+digest, raw, nil)
		files[n.Name()] = digest
	}
	o.post("/api/create", map[string]any{"model": ollamaModel, "files": files, "stream": false}, nil)
	return o
}

func (o *ollama) post(path string, in, out any) {
	raw, err := json.Marshal(in)
	if err != nil {
		o.t.Fatal(err)
	}
	o.call(path, raw, out)
}

func (o *ollama) call(path string, body []byte, out any) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, o.url+path, bytes.NewReader(body))
	if err != nil {
		o.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		o.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 {
		o.t.Fatalf("%s: status %d, %v: %.300s", path, res.StatusCode, err, raw)
	}
	if out != nil {
		if err := json.Unmarshal(raw, out); err != nil {
			o.t.Fatal(err)
		}
	}
}

// embed returns the vectors and the number of tokens that the runtime counted.
func (o *ollama) embed(texts []string) ([][]float32, int) {
	var out struct {
		Embeddings [][]float32 `json:"embeddings"`
		Tokens     int         `json:"prompt_eval_count"`
	}
	o.post("/api/embed", map[string]any{"model": ollamaModel, "input": texts, "truncate": false, "keep_alive": "5m"}, &out)
	if len(out.Embeddings) != len(texts) {
		o.t.Fatalf("%d vectors for %d texts", len(out.Embeddings), len(texts))
	}
	return out.Embeddings, out.Tokens
}

// strip does what Ollama's tokenizer leaves out of BERT's: it takes away accents
// and invisible characters, and sets the ASCII marks apart that Unicode calls
// symbols.
func strip(text string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(text) {
		switch {
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.C, r) && !unicode.IsSpace(r):
		case strings.ContainsRune("$+<=>^`|~", r):
			b.WriteString(" " + string(r) + " ")
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// TestOllamaGolden checks that golden.json is what the runtime says, or makes it.
func TestOllamaGolden(t *testing.T) {
	o := startOllama(t)
	if *writeGolden {
		all := make([]goldenVector, len(goldenTexts))
		for i, text := range goldenTexts {
			v, n := o.embed([]string{strip(text)})
			all[i].Text, all[i].Tokens = strip(text), n
			all[i].set(v[0])
		}
		raw, err := json.MarshalIndent(all, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(goldenFile, append(raw, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for i, g := range readGolden(t) {
		v, _ := o.embed([]string{strip(goldenTexts[i])})
		if c := cosine(v[0], g.get(t)); !(c > 0.99999) {
			t.Errorf("cosine %.6f between the runtime and golden.json for text %d", c, i)
		}
	}
}

// TestOllamaLong compares the mean over windows with the runtime's single window
// of up to 512 tokens: two ways to read a long text that must mean the same.
func TestOllamaLong(t *testing.T) {
	o := startOllama(t)
	for _, text := range []string{goldenTexts[40] + " " + goldenTexts[39], goldenTexts[41] + " " + goldenTexts[41]} {
		got, err := Builtin().Embed(context.Background(), []string{text}, false)
		if err != nil {
			t.Fatal(err)
		}
		want, n := o.embed([]string{strip(text)})
		c := cosine(got[0], want[0])
		t.Logf("%d tokens: cosine %.4f", n, c)
		if n <= 256 || !(c > 0.9) {
			t.Errorf("%d tokens: cosine %.4f", n, c)
		}
	}
}

// TestOllamaSpeed embeds the same passages here and there, in turn, and wants at
// least half of the runtime's tokens a second (issue 3).
func TestOllamaSpeed(t *testing.T) {
	o := startOllama(t)
	for _, length := range []int{1, 4, 7} {
		var texts, plain []string
		for i := range 12 / length {
			text := fmt.Sprintf("Passage %d. ", i) + strings.Repeat("Each delivery is checked on arrival; what is missing is noted on the slip and reported within two days. ", length)
			texts, plain = append(texts, text), append(plain, strip(text))
		}
		tokens := 0
		for _, text := range texts {
			n, err := Builtin().EstimateTokens(text)
			if err != nil {
				t.Fatal(err)
			}
			tokens += n
		}
		ours, theirs := time.Hour, time.Hour
		for range 4 {
			began := time.Now()
			if _, err := Builtin().Embed(context.Background(), texts, false); err != nil {
				t.Fatal(err)
			}
			ours = min(ours, time.Since(began))
			began = time.Now()
			if _, n := o.embed(plain); n != tokens {
				t.Fatalf("%d tokens there, %d here", n, tokens)
			}
			theirs = min(theirs, time.Since(began))
		}
		ratio := theirs.Seconds() / ours.Seconds()
		t.Logf("%d passages of %d tokens: %.0f tokens/s here, %.0f there: ratio %.2f", len(texts), tokens/len(texts), float64(tokens)/ours.Seconds(), float64(tokens)/theirs.Seconds(), ratio)
		if ratio < 0.5 {
			t.Errorf("%.2f of the runtime's speed", ratio)
		}
	}
}
