package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
)

// person is somebody with a key of their own.
type person struct {
	box     *box
	login   string
	home    string // collection
	random  *rand.Rand
	looks   []string // documents that they open
	uploads int
}

// crew makes n people of a firm; keys come from the command, as an operator
// would make them.
func crew(b *box, n int, seed uint64) ([]*person, error) {
	home, err := b.collection()
	if err != nil {
		return nil, err
	}
	status, err := b.statuses()
	if err != nil {
		return nil, err
	}
	var looks []string
	for id := range status {
		looks = append(looks, id)
	}
	var out []*person
	for i := range n {
		login := fmt.Sprintf("person%d", i)
		in := map[string]any{"login": login, "name": "P", "password": strings.TrimSpace(password)}
		if err := b.send(context.Background(), "POST", "/users", in, nil); err != nil {
			return nil, err
		}
		said, _, err := run(b.program, "key", "create", "k", "--user", login, "--json", "--data", b.data)
		if err != nil {
			return nil, err
		}
		var made struct {
			Secret string `json:"secret"`
		}
		if err := asJSON(said, &made); err != nil {
			return nil, err
		}
		p := &person{login: login, home: home, random: rand.New(rand.NewPCG(seed, uint64(i))), looks: looks}
		own := *b
		own.key = made.Secret
		p.box = &own
		out = append(out, p)
	}
	return out, nil
}

// weights of what people do: of twelve acts five are searches, four looks into a
// document, two questions, one an upload.
var doings = []string{"search", "search", "search", "search", "search", "look", "look", "look", "look", "ask", "ask", "upload"}

var subjects = []string{"préavis de démission", "congés payés", "télétravail", "notice period", "travel expenses", "mot de passe", "facture", "contrat"}

// act does one thing and tells what it was and how long its answer took.
func (p *person) act(ctx context.Context) (what string, took time.Duration, err error) {
	what = doings[p.random.IntN(len(doings))]
	about := subjects[p.random.IntN(len(subjects))]
	begun := time.Now()
	switch what {
	case "search":
		err = p.box.call(ctx, "GET", "/search?q="+strings.ReplaceAll(about, " ", "+"), "", nil, nil)
	case "look":
		err = p.box.call(ctx, "GET", "/documents/"+p.looks[p.random.IntN(len(p.looks))]+"/content?as=text", "", nil, nil)
	case "ask":
		err = p.box.send(ctx, "POST", "/ask", map[string]any{"question": "Que dit le règlement sur " + about + " ?"}, nil)
	default:
		p.uploads++
		text := fmt.Sprintf("# Note de %s\n\nLa note %d parle de %s, et du numéro %d.\n", p.login, p.uploads, about, p.random.Uint32())
		_, err = p.box.upload(ctx, p.home, fmt.Sprintf("%s-%d.md", p.login, p.uploads), []byte(text))
	}
	return what, time.Since(begun), err
}

// times are latencies of acts.
type times struct {
	mu  sync.Mutex
	all map[string][]time.Duration
}

func (t *times) add(what string, d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all[what] = append(t.all[what], d)
	t.all["all"] = append(t.all["all"], d)
}

// work lets people act, with a pause of half a second to one and a half after
// each act, until ctx ends.
func work(ctx context.Context, people []*person, into *times) error {
	var wg sync.WaitGroup
	errs := make(chan error, len(people))
	for _, p := range people {
		wg.Go(func() {
			for sleep(ctx, 500*time.Millisecond+time.Duration(p.random.Int64N(int64(time.Second)))) {
				what, took, err := p.act(ctx)
				if err != nil && ctx.Err() == nil {
					errs <- fmt.Errorf("%s: %w", what, err)
					return
				}
				if err == nil {
					into.add(what, took)
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	return <-errs
}

// again lets people do in a phase what they did in another of the same number: the
// median of quick acts and slow ones tells nothing where their shares differ.
func again(people []*person, phase int) {
	for i, p := range people {
		p.random = rand.New(rand.NewPCG(uint64(phase)+1000, uint64(i)))
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// heavy is a Word document of one page with a picture of so many bytes that
// nothing compresses.
func heavy(n int, size int64) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	part := func(name, text string) error {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		return err
	}
	const open = `<?xml version="1.0" encoding="UTF-8"?>`
	err := errors.Join(
		part("[Content_Types].xml", open+`<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`),
		part("_rels/.rels", open+`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`),
		part("word/document.xml", open+fmt.Sprintf(`<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>Le dossier %d contient le règlement des congés payés et du télétravail.</w:t></w:r></w:p></w:body></w:document>`, n)),
	)
	if err != nil {
		return nil, err
	}
	w, err := z.CreateHeader(&zip.FileHeader{Name: "word/media/image1.png", Method: zip.Store})
	if err != nil {
		return nil, err
	}
	noise := rand.NewChaCha8([32]byte{byte(n), byte(n >> 8), 7})
	buf := make([]byte, 1<<20)
	for left := size; left > 0; left -= int64(len(buf)) {
		noise.Read(buf)
		if _, err := w.Write(buf[:min(left, int64(len(buf)))]); err != nil {
			return nil, err
		}
	}
	err = z.Close()
	return out.Bytes(), err
}
