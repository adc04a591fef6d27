package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// word is of letters that no stemmer joins with another's.
func word(n int64) string {
	out := ""
	for ; n > 0; n /= 10 {
		out = [...]string{"ba", "ce", "di", "fo", "gu", "ka", "lo", "mi", "no", "pu"}[n%10] + out
	}
	return "repere" + out + "zark"
}

func (l *life) upload(ctx context.Context, b *box, collection string) error {
	n := l.n.Add(1)
	d := document{name: fmt.Sprintf("note-%d.md", n), word: word(n)}
	text := fmt.Sprintf("# Dossier %d\n\nLe %s coûte %d euros.\n", n, d.word, n)
	if n%9 == 0 {
		text += strings.Repeat("\nLe paragraphe parle du stock et de sa livraison au printemps.\n", 600)
	}
	d.sum = sum([]byte(text))
	id, err := b.upload(ctx, collection, d.name, []byte(text))
	if err == nil {
		l.book.add(promise{at: l.rec.now(), what: d.name, seen: func(p *probe) { p.has(id, d) }})
	}
	return err
}

func (l *life) ask(ctx context.Context, b *box) error {
	var a struct {
		Seq uint64 `json:"audit_seq"`
	}
	err := b.send(ctx, "POST", "/ask", map[string]any{"question": "Combien coûte le " + word(1+l.n.Load()/2) + " ?"}, &a)
	if err == nil {
		l.book.add(promise{at: l.rec.now(), what: fmt.Sprintf("answer %d", a.Seq), by: func(b *box) error {
			return b.get(fmt.Sprintf("/receipts/%d", a.Seq), nil)
		}})
	}
	return err
}

func (l *life) set(ctx context.Context, b *box) error {
	n := 1024 + int(l.n.Add(1))
	err := b.send(ctx, "PATCH", "/settings", map[string]any{"llm.num_ctx": fmt.Sprint(n)}, nil)
	if err == nil {
		l.book.add(promise{at: l.rec.now(), what: "setting", seen: func(p *probe) { p.settings = max(p.settings, n) }})
	}
	return err
}

// account makes a person and a key of theirs, which must open the box.
func (l *life) account(ctx context.Context, b *box) error {
	login := fmt.Sprintf("p%d", l.n.Add(1))
	err := b.send(ctx, "POST", "/users", map[string]any{"login": login, "name": "P", "password": strings.TrimSpace(password)}, nil)
	if err != nil {
		return err
	}
	var made struct {
		Secret string `json:"secret"`
	}
	if err := b.send(ctx, "POST", "/keys", map[string]any{"name": login}, &made); err != nil {
		return err
	}
	l.book.add(promise{at: l.rec.now(), what: "key of " + login, by: func(b *box) error {
		as := *b
		as.key = made.Secret
		return as.get("/collections", nil)
	}})
	return nil
}

func (l *life) checkpoint(ctx context.Context, b *box) error {
	var note []byte
	err := b.call(ctx, "GET", "/audit/checkpoint", "", nil, &note)
	if err == nil {
		l.book.add(promise{at: l.rec.now(), what: "checkpoint", seen: func(p *probe) {
			if len(p.notes) < 3 {
				p.notes = append(p.notes, string(note))
			}
		}})
	}
	return err
}

func (l *life) handOver(ctx context.Context, b *box) error {
	err := b.send(ctx, "POST", "/audit/keys", map[string]any{}, nil)
	if err == nil {
		l.book.add(promise{at: l.rec.now(), what: "hand-over", seen: func(p *probe) { p.handovers++ }})
	}
	return err
}

type backupRow struct {
	ID     string `json:"id"`
	State  string `json:"state"`
	SHA256 string `json:"sha256"`
}

// listedBackup: the box knows a backup that it ended, by its digest.
func listedBackup(digest string) func(*box) error {
	return func(b *box) error {
		var got struct {
			Backups []backupRow `json:"backups"`
		}
		if err := b.get("/backups", &got); err != nil {
			return err
		}
		for _, r := range got.Backups {
			if r.SHA256 == digest && r.State == "done" {
				return nil
			}
		}
		return errors.New("the backup is not in the list")
	}
}

func (l *life) backUp(ctx context.Context, b *box) error {
	var file []byte
	err := b.call(ctx, "POST", "/backups", "", nil, &file)
	if err == nil {
		// The last bytes leave before its end is entered: only a later look is a promise.
		digest := sum(file)
		for until := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
			if err := listedBackup(digest)(b); err == nil {
				break
			} else if time.Now().After(until) {
				return fmt.Errorf("after it: %w", err)
			}
		}
		l.book.add(promise{at: l.rec.now(), what: "backup", by: listedBackup(digest)})
	}
	return err
}

// backUpToFile is the command, beside the running box, to the same disk.
func (l *life) backUpToFile(ctx context.Context, b *box) error {
	name := fmt.Sprintf("b%d.age", l.n.Add(1))
	var made struct {
		SHA256 string `json:"sha256"`
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	out, _, err := run(b.program, "backup", "create", "--out", filepath.Join(filepath.Dir(b.data), name), "--json", "--data", b.data)
	if err != nil {
		if strings.Contains(err.Error(), "already") || strings.Contains(err.Error(), "being put in place") {
			return &refusal{status: 409}
		}
		return err
	}
	if err := asJSON(out, &made); err != nil {
		return err
	}
	place := func(b *box) string { return filepath.Dir(b.data) }
	l.book.add(promise{at: l.rec.now(), what: "file " + name, by: sameFile(name, made.SHA256, place)})
	return nil
}

func (l *life) drill(ctx context.Context, b *box) error {
	var rec struct{ ID string }
	err := b.send(ctx, "POST", "/backups/drill", map[string]any{}, &rec)
	if err == nil {
		l.book.add(promise{at: l.rec.now(), what: "trial restore", by: func(b *box) error {
			var raw []byte
			err := b.get("/backups/drills", &raw)
			if err == nil && !strings.Contains(string(raw), rec.ID) {
				err = errors.New("it is not in the list")
			}
			return err
		}})
	}
	return err
}

// rekey makes a new master identity, under which everything is sealed anew.
func (l *life) rekey(ctx context.Context, b *box) error {
	return b.send(ctx, "POST", "/master/rekey", map[string]any{}, nil)
}
