package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// firm is a box that was made beforehand, and what is needed to get it back.
type firm struct {
	data, key             string
	backup, identity, kit string
	documents             map[string]document
}

var kitWord = regexp.MustCompile(`\d+ ([a-z]+)`)

// makeFirm makes a box with a few documents and, outside it, its paper.
func makeFirm(program, dir string, n int) (*firm, error) {
	f := &firm{
		data: filepath.Join(dir, "data"), backup: filepath.Join(dir, "b.age"), identity: filepath.Join(dir, "words"),
		kit: filepath.Join(dir, "kit"), documents: map[string]document{},
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	pw := filepath.Join(dir, "password")
	if err := os.WriteFile(pw, []byte(password), 0o600); err != nil {
		return nil, err
	}
	out, said, err := run(program, "init", "--firm", "Acme", "--admin", "Ana", "--password-file", pw, "--json", "--lang", "en", "--data", f.data)
	if err != nil {
		return nil, err
	}
	var made struct {
		APIKey string `json:"api_key"`
	}
	if err := json.Unmarshal([]byte(out), &made); err != nil {
		return nil, err
	}
	f.key = made.APIKey
	_, paper, _ := strings.Cut(said, "words")
	paper, _, _ = strings.Cut(paper, "And those")
	var words []string
	for _, m := range kitWord.FindAllStringSubmatch(paper, -1) {
		words = append(words, m[1])
	}
	if err := errors.Join(os.WriteFile(f.kit, []byte(said), 0o600), os.WriteFile(f.identity, []byte(strings.Join(words, " ")+"\n"), 0o600)); err != nil {
		return nil, err
	}
	b, err := start(program, f.data, f.key)
	if err != nil {
		return nil, err
	}
	collection, err := b.collection()
	for i := range n {
		if err != nil {
			break
		}
		w := word(int64(100*n + i))
		text := fmt.Sprintf("# Note\n\nLe %s coûte %d euros.\n", w, i)
		var id string
		id, err = b.upload(context.Background(), collection, fmt.Sprintf("n%d.md", i), []byte(text))
		f.documents[id] = document{fmt.Sprintf("n%d.md", i), sum([]byte(text)), w}
	}
	if err == nil {
		err = f.holds(b) // waits until they are read
	}
	if err = errors.Join(err, b.stop()); err != nil {
		return nil, err
	}
	_, _, err = run(program, "backup", "create", "--out", f.backup, "--data", f.data)
	return f, err
}

// holds: a box is this firm's, with all of its documents.
func (f *firm) holds(b *box) error {
	p := probe{documents: f.documents}
	return errors.Join(p.checkDocuments(b), p.checkFound(b), p.checkChain(b))
}

// recordRestore restores old's backup on a recording disk, over present, or into
// nothing where that is nil.
func recordRestore(program, scratch string, old, present *firm) (*scene, error) {
	s := &scene{name: "restore", program: program, rec: newRecord(), book: &book{}, scratch: scratch}
	if present != nil {
		s.name = "restore over a box"
	}
	mount := filepath.Join(scratch, s.name)
	end, err := newDisk(s.rec).mounted(mount)
	if err != nil {
		return nil, fmt.Errorf("mount: %w", err)
	}
	defer end()
	if present != nil {
		if err := copyBox(present.data, filepath.Join(mount, "data")); err != nil {
			return nil, err
		}
	}
	s.rec.settle()
	if _, _, err := run(program, restoreArgs(old, present, mount)...); err != nil {
		return nil, err
	}
	ended := s.rec.now()
	s.book.add(promise{at: ended, what: "restored"})
	s.check = func(dir string, at int) error {
		return s.restores(dir, restoreArgs(old, present, dir), old, present, at >= ended)
	}
	return s, nil
}

// copyBox copies a data directory with the modes of what is secret.
func copyBox(from, to string) error {
	return errors.Join(os.CopyFS(to, os.DirFS(from)), os.Chmod(filepath.Join(to, "keys"), 0o700), os.Chmod(filepath.Join(to, "keys", "master.age"), 0o600))
}

// restoreArgs is the command that puts old's backup into dir.
func restoreArgs(old, present *firm, dir string) []string {
	a := []string{"backup", "restore", old.backup, "--identity", old.identity, "--recovery-key", old.kit, "--data", filepath.Join(dir, "data")}
	if present != nil {
		a = append(a, "--replace")
	}
	return a
}

// restores: the box is the old one or the present one, whole; where it is there
// not yet, the command is given again and ends.
func (s *scene) restores(dir string, again []string, old, present *firm, ended bool) error {
	data := filepath.Join(dir, "data")
	if present == nil && !ended {
		if _, _, err := run(s.program, again...); err != nil && !strings.Contains(err.Error(), "not empty") {
			return err
		}
	}
	b, err := start(s.program, data, old.key)
	if err != nil {
		return err
	}
	defer func() { b.stop() }()
	var no *refusal
	err = b.get("/collections", nil)
	switch {
	case err == nil:
		err = old.holds(b)
	case errors.As(err, &no) && present != nil && !ended:
		b.key = present.key
		err = present.holds(b)
	}
	if err == nil && present != nil && b.key == old.key {
		if former, _ := filepath.Glob(data + ".before-*"); len(former) != 1 {
			err = fmt.Errorf("%d former boxes are kept", len(former))
		}
	}
	if err != nil {
		err = fmt.Errorf("%w\nthe box said: %s", err, b.said.String())
	}
	return err
}

// restorations records both ways of restoring.
func (c *cuts) restorations(scratch string) ([]*scene, error) {
	old, err := makeFirm(c.program, filepath.Join(scratch, "firm"), 3)
	if err != nil {
		return nil, err
	}
	present, err := makeFirm(c.program, filepath.Join(scratch, "present"), 2)
	if err != nil {
		return nil, err
	}
	var out []*scene
	for _, over := range []*firm{nil, present} {
		s, err := recordRestore(c.program, scratch, old, over)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}
