package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// promise is something that a client was told, at a moment of the record, and
// that must hold ever after.
type promise struct {
	at   int
	what string
	by   func(*box) error // asks a box that was started again
	seen func(*probe)     // collects what is asked for all at once
}

// probe gathers what the promises of a moment want of a box.
type probe struct {
	documents map[string]document // by id
	newest    []string            // some of their ids
	settings  int                 // the last number that was set
	notes     []string            // checkpoints
	handovers int
	firstKey  string
}

type document struct{ name, sum, word string }

// book holds all promises.
type book struct {
	mu  sync.Mutex
	all []promise
}

func (k *book) add(p promise) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all = append(k.all, p)
}

// until returns the promises that were made before a moment.
func (k *book) until(at int) (out []promise) {
	for _, p := range k.all {
		if p.at <= at {
			out = append(out, p)
		}
	}
	return out
}

// keeps asks a box for everything it promised until at.
func (k *book) keeps(b *box, at int) error {
	pr := probe{documents: map[string]document{}}
	var errs []error
	made := k.until(at)
	single := 0
	for i := len(made) - 1; i >= 0; i-- { // the newest are the endangered ones
		p := made[i]
		if p.seen != nil {
			p.seen(&pr)
		}
		if p.by != nil && single < 12 {
			single++
			if err := p.by(b); err != nil {
				errs = append(errs, fmt.Errorf("%s, promised at %d: %w", p.what, p.at, err))
			}
		}
	}
	errs = append(errs, pr.checkDocuments(b), pr.checkFound(b), pr.checkSettings(b), pr.checkChain(b))
	return errors.Join(errs...)
}

// originals is how many of the newest originals are read whole.
const originals = 60

func (p *probe) has(id string, d document) {
	p.documents[id] = d
	if len(p.newest) < originals {
		p.newest = append(p.newest, id)
	}
}

// checkDocuments: each one is there, becomes ready, and its original is whole.
func (p *probe) checkDocuments(b *box) error {
	var status map[string]string
	for until := time.Now().Add(patience); ; time.Sleep(30 * time.Millisecond) {
		var err error
		if status, err = b.statuses(); err != nil {
			return err
		}
		if !slices.Contains(values(status), "queued") || time.Now().After(until) {
			break
		}
	}
	for id, s := range status {
		if s != "ready" {
			var why []byte
			b.get("/documents/"+id, &why)
			return fmt.Errorf("document %s is %s: %s", id, s, why)
		}
	}
	for id, d := range p.documents {
		if status[id] == "" {
			return fmt.Errorf("document %s (%s) was promised and is gone", id, d.name)
		}
		if len(p.newest) > 0 && !slices.Contains(p.newest, id) {
			continue
		}
		var original []byte
		if err := b.get("/documents/"+id+"/content?as=original", &original); err != nil {
			return fmt.Errorf("original of %s: %w", d.name, err)
		}
		if sum(original) != d.sum {
			return fmt.Errorf("original of %s is another", d.name)
		}
	}
	return nil
}

func values(m map[string]string) (out []string) {
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

func sum(b []byte) string { h := sha256.Sum256(b); return hex.EncodeToString(h[:]) }

func (b *box) statuses() (map[string]string, error) {
	out := map[string]string{}
	for cursor := ""; ; {
		var page struct {
			Documents []struct {
				ID     string `json:"id"`
				Status string `json:"status"`
			} `json:"documents"`
			Cursor string `json:"cursor"`
		}
		if err := b.get("/documents?limit=1000&cursor="+url.QueryEscape(cursor), &page); err != nil {
			return nil, err
		}
		for _, d := range page.Documents {
			out[d.ID] = d.Status
		}
		if cursor = page.Cursor; cursor == "" {
			return out, nil
		}
	}
}

// checkFound: the index shows documents by a word of their own, after however
// much of it had to be built again.
func (p *probe) checkFound(b *box) error {
	left := 4
	for id, d := range p.documents {
		if d.word == "" || left == 0 {
			continue
		}
		left--
		for until := time.Now().Add(patience); ; time.Sleep(30 * time.Millisecond) {
			var got struct {
				Hits []struct {
					DocumentID string `json:"document_id"`
				} `json:"hits"`
			}
			err := b.get("/search?q="+d.word, &got)
			if err == nil && len(got.Hits) > 0 && got.Hits[0].DocumentID == id {
				break
			}
			if time.Now().After(until) {
				return fmt.Errorf("%s is not found by %q: %v", d.name, d.word, err)
			}
		}
	}
	return nil
}

func (p *probe) checkSettings(b *box) error {
	if p.settings == 0 {
		return nil
	}
	var got struct {
		Settings map[string]any `json:"settings"`
	}
	if err := b.get("/settings", &got); err != nil {
		return err
	}
	n := 0
	fmt.Sscan(fmt.Sprint(got.Settings["llm.num_ctx"]), &n)
	if n < p.settings {
		return fmt.Errorf("the setting is %v, promised was %d", got.Settings["llm.num_ctx"], p.settings)
	}
	return nil
}

// checkChain: the chain is the one whose checkpoints clients hold.
func (p *probe) checkChain(b *box) error {
	in := map[string]any{"checkpoints": p.notes, "first_key": p.firstKey}
	var rep struct {
		OK        bool   `json:"ok"`
		Authentic bool   `json:"authentic"`
		Reason    string `json:"reason"`
		Handovers int    `json:"handovers"`
	}
	var raw []byte
	body, _ := json.Marshal(in)
	err := b.call(context.Background(), "POST", "/audit/verify", "application/json", strings.NewReader(string(body)), &raw)
	if err == nil {
		err = json.Unmarshal(raw, &rep)
	}
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	if !rep.OK || p.firstKey != "" && !rep.Authentic || rep.Handovers < p.handovers {
		return fmt.Errorf("the chain does not hold (%d hand-overs promised): %s", p.handovers, raw)
	}
	return nil
}

// sameFile promises a file outside the box.
func sameFile(name, digest string, place func(*box) string) func(*box) error {
	return func(b *box) error {
		raw, err := os.ReadFile(filepath.Join(place(b), name))
		if err == nil && sum(raw) != digest {
			err = fmt.Errorf("%s holds something else", name)
		}
		return err
	}
}
