package llm

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestPrepareUncased(t *testing.T) {
	for in, want := range map[string]string{
		"":                          "",
		"Plain, text.":              "plain, text.",
		"Délai de l’ÉTÉ":            "delai de l'ete",
		"e\u0301te\u0301":           "ete",
		"« non »":                   `" non "`,
		"“a”–‘b’…":                  `"a"-'b'...`,
		"$5+x<y>z^2|`c`~=":          " $ 5 + x < y > z ^ 2 |  ` c `  ~  = ",
		"soft\u00adhyphen\u200b!":   "softhyphen!",
		"a\u00a0b\u202fc\td\r\ne\f": "a b c d  e ",
		"§ 4 • x":                   "  4 * x",
		"日本、語":                      "日本,語",
		"\xff\x00ok":                "ok",
		"œuvre Straße £ € °":        "œuvre straße £ € °",
		"\xf0Į İ":                   "i i",
	} {
		if got := prepareUncased(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func FuzzPrepareUncased(f *testing.F) {
	for _, s := range []string{"Délai “x” – l’été…", "$+<=>^`|~", "\xff\u0301", "각 ﬁ İ ǅ", "«»‹›\u00ad\u2028"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := prepareUncased(s)
		if !utf8.ValidString(got) {
			t.Fatalf("%q became invalid %q", s, got)
		}
		if again := prepareUncased(got); strings.Join(strings.Fields(again), " ") != strings.Join(strings.Fields(got), " ") {
			t.Fatalf("%q became %q, and that %q", s, got, again)
		}
		for _, r := range got {
			if unicode.Is(unicode.Mn, r) || r >= 0x80 && unicode.IsPunct(r) || unicode.Is(unicode.C, r) {
				t.Fatalf("%q kept %U", s, r)
			}
		}
		// Letters stay, but for accents: nothing of the text's matter is lost.
		if asciiLetters(got) < asciiLetters(s)/4 {
			t.Fatalf("%q became %q", s, got)
		}
	})
}

func asciiLetters(s string) (n int) {
	for _, r := range s {
		if r < 0x80 && unicode.IsLetter(r) {
			n++
		}
	}
	return n
}

func FuzzEmbedWindows(f *testing.F) {
	f.Add("un deux trois quatre", 2)
	f.Add(strings.Repeat("é", 90), 1)
	f.Add("\U0001D7D8 0", 0)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		limit = limit&7 + 1
		j := newEmbedJob([]string{s}, "", &embedTraits{context: limit})
		var read []string
		for steps := 0; ; steps++ {
			part := j.next(4)
			if len(part) == 0 {
				break
			}
			if steps > 4*len(s)+16 {
				t.Fatal("no end")
			}
			for _, w := range part {
				if fewestTokens(w.text) > limit {
					t.Fatalf("%d words in a window of %d", fewestTokens(w.text), limit)
				}
				read = append(read, strings.Fields(w.text)...)
			}
			got := make([][]float32, len(part))
			for i := range got {
				got[i] = []float32{1}
			}
			if err := j.settle(part, got, nil); err != nil {
				t.Fatal(err)
			}
		}
		want := strings.Join(strings.Fields(strings.ToValidUTF8(s, "\uFFFD")), "")
		if strings.Join(read, "") != want {
			t.Fatalf("%q was read as %q", s, read)
		}
	})
}

func TestIsUncased(t *testing.T) {
	for _, c := range []struct {
		tokens any
		want   bool
	}{
		{[]any{"[PAD]", "[UNK]", "▁the", "ing", "▁ℝ", "é"}, true},
		{[]any{"[PAD]", "▁the", "▁The"}, false},
		{[]any{"▁École"}, false},
		{[]any{}, false},
		{nil, false},
		{"text", false},
	} {
		if got := isUncased(c.tokens); got != c.want {
			t.Errorf("%v: %v", c.tokens, got)
		}
	}
}

func TestProfiles(t *testing.T) {
	for name, want := range map[string]embedProfile{
		"nomic-embed-text:latest":                  {"search_query: ", "search_document: ", english},
		"nomic-embed-text:v1.5":                    {"search_query: ", "search_document: ", english},
		"nomic-embed-text-v2-moe":                  {"search_query: ", "search_document: ", nil},
		"bge-m3:567m":                              {},
		"hf.co/Qwen/Qwen3-Embedding-0.6B-GGUF:Q8":  {webSearchTask + "Query:", "", nil},
		"qwen3-embedding:0.6b":                     {webSearchTask + "Query:", "", nil},
		"jeffh/intfloat-multilingual-e5-large:f16": {"query: ", "passage: ", nil},
		"snowflake-arctic-embed2:latest":           {"query: ", "", nil},
		"snowflake-arctic-embed:335m":              {sentenceForSearch, "", english},
		"granite-embedding:278m":                   {"", "", graniteLanguages},
		"granite-embedding:30m":                    {"", "", english},
		"paraphrase-multilingual":                  {},
		"all-minilm:l6-v2":                         {"", "", english},
		"mxbai-embed-large":                        {sentenceForSearch, "", english},
		"embeddinggemma:300m":                      {"task: search result | query: ", "title: none | text: ", nil},
	} {
		got, known := profileOf(name)
		if !known || got.query != want.query || got.passage != want.passage || !slices.Equal(got.languages, want.languages) {
			t.Errorf("%s: %+v, known %v", name, got, known)
		}
	}
	for _, name := range []string{"", "tinyllama", "coffre-minilm-test", "the5-one", "bge-m3/other"} {
		if _, known := profileOf(name); known {
			t.Errorf("%s is known", name)
		}
	}
}

// Prefixes are what is sent.
func TestEmbedPrefixes(t *testing.T) {
	s := newEmbedWire(t)
	e := s.embedder(t, nil)
	e.profile = embedProfile{query: "search_query: ", passage: "search_document: "}
	for _, query := range []bool{false, true} {
		if _, err := e.Embed(t.Context(), []string{"Été"}, query); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.sent(); !slices.Equal(got, []string{"search_document: Été", "search_query: Été"}) {
		t.Errorf("sent %q", got)
	}
	const uncased = `{"model_info":{"bert.context_length":512,"tokenizer.ggml.model":"bert","tokenizer.ggml.tokens":["[PAD]","▁a"]},"capabilities":["embedding"]}`
	s.change(func() { s.show = uncased })
	if _, err := s.embedder(t, nil).Embed(t.Context(), []string{"Été"}, true); err != nil {
		t.Fatal(err)
	}
	if got := s.sent(); got[len(got)-1] != "ete" {
		t.Errorf("sent %q", got)
	}
}
