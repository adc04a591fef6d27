package passage

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"coffre/connectors/extract"

	"golang.org/x/text/unicode/norm"
)

func shared(t *testing.T) string {
	root := os.Getenv("COFFRE_SHARED")
	if root == "" {
		root = "../../../shared"
	}
	if _, err := os.Stat(filepath.Join(root, "data/models/all-minilm-l6-v2/tokenizer.json")); err != nil {
		t.Skipf("no vocabulary in %s: set COFFRE_SHARED to the directory that holds data/models", root)
	}
	return root
}

// wordPiece counts as the embedder will: lower case, no accents, longest match.
type wordPiece map[string]int

func loadVocabulary(t *testing.T, root string) wordPiece {
	raw, err := os.ReadFile(filepath.Join(root, "data/models/all-minilm-l6-v2/tokenizer.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Model struct{ Vocab map[string]int }
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	return file.Model.Vocab
}

func (v wordPiece) count(text string) int {
	n := 0
	var word []rune
	flush := func() {
		if len(word) > 0 {
			n += v.word(string(word))
			word = word[:0]
		}
	}
	for _, r := range norm.NFD.String(strings.ToLower(text)) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsSpace(r):
			flush()
		case unicode.IsPunct(r) || unicode.IsSymbol(r) || r >= 0x4e00 && r <= 0x9fff:
			flush()
			n++
		default:
			word = append(word, r)
		}
	}
	flush()
	return n
}

func (v wordPiece) word(w string) int {
	n := 0
	for i := 0; i < len(w); n++ {
		j := len(w)
		for ; j > i; j-- {
			s := w[i:j]
			if i > 0 {
				s = "##" + s
			}
			if _, ok := v[s]; ok {
				break
			}
		}
		if j == i {
			return 1 // [UNK]
		}
		i = j
	}
	return n
}

// TestMeasure splits real French and English texts and holds every passage
// against the vocabulary that the built-in embedder uses: 256 with its two marks.
func TestMeasure(t *testing.T) {
	root := shared(t)
	vocab := loadVocabulary(t, root)
	for name, lang := range map[string]string{"piaf-fr": "fr", "cdtn-fr": "fr", "cranfield": "en", "cisi": "en", "nfcorpus-pre": "en"} {
		t.Run(name, func(t *testing.T) {
			body := corpus(t, filepath.Join(root, "data/retrieval", name, "corpus.jsonl"), 400)
			ps := Split(extract.Text{Body: body, Lang: lang}, Options{})
			over, pieces, estimated, most := 0, 0, 0, 0
			for _, p := range ps {
				n := vocab.count(body[p.Start:p.End])
				pieces += n
				estimated += measure(body[p.Start:p.End], lang).pieces
				most = max(most, n)
				if n > 254 {
					over++
				}
			}
			t.Logf("%d passages of %d characters on average, %d pieces (estimated %d), most %d, %d over 254",
				len(ps), len([]rune(body))/len(ps), pieces/len(ps), estimated/len(ps), most, over)
			if over*100 > len(ps) {
				t.Errorf("%d of %d passages are longer than the embedder reads", over, len(ps))
			}
		})
	}
}

func corpus(t *testing.T, path string, n int) string {
	f, err := os.Open(path)
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	var s strings.Builder
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<24)
	for i := 0; i < n && sc.Scan(); i++ {
		var doc struct{ Text string }
		if err := json.Unmarshal(sc.Bytes(), &doc); err != nil {
			t.Fatal(err)
		}
		s.WriteString(strings.ToValidUTF8(doc.Text, "") + "\n\n")
	}
	return s.String()
}
