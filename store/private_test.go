package store

import (
	"bytes"
	"context"
	"os"
	"testing"

	"coffre/chain"
)

// TestErasedKey: once a person's data key is destroyed, what was sealed with it
// is not there any more, for readers and for exports; the chain still holds.
func TestErasedKey(t *testing.T) {
	f := newFirm(t)
	ctx := context.Background()
	ask := func(p Principal, text string) uint64 {
		seq, err := f.Record(ctx, p.Actor, chain.Event{Action: chain.SearchQuery, Private: chain.Detail{"query": text}})
		if err != nil {
			t.Fatal(err)
		}
		return seq
	}
	alices, carols := ask(f.alice, "grille des salaires"), ask(f.carol, "recette du kouign-amann")
	read := func(seq uint64) (p map[string]any, err error) {
		f.View(func(v *View) error { p, err = v.Private(seq); return nil })
		return p, err
	}
	if p, err := read(alices); err != nil || p["query"] != "grille des salaires" {
		t.Errorf("before: %v %v", p, err)
	}
	f.do(t, chain.UserUpdate, func(tx *Tx) error { return tx.deleteRaw("datakeys", dataKeyName(f.alice.UserID)) })
	if p, err := read(alices); !IsNotFound(err) {
		t.Errorf("after: %v %v", p, err)
	}
	if p, err := read(carols); err != nil || p["query"] != "recette du kouign-amann" {
		t.Errorf("somebody else's: %v %v", p, err)
	}
	x, err := f.Export(ctx, f.admin.Actor, true, "")
	if err != nil {
		t.Fatal(err)
	}
	defer x.Remove()
	b, err := os.ReadFile(x.Path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b, []byte("salaires")) || !bytes.Contains(b, []byte("kouign-amann")) {
		t.Error("the export holds what was erased, or not what was kept")
	}
	if rep, err := chain.VerifyExport(bytes.NewReader(b), chain.VerifyOptions{}); err != nil || !rep.OK {
		t.Errorf("export: %+v %v", rep, err)
	}
	again := ask(f.alice, "une autre question")
	if p, err := read(again); err != nil || p["query"] != "une autre question" {
		t.Errorf("a new key after the old one: %v %v", p, err)
	}
	if _, err := read(alices); err == nil {
		t.Error("the new key opened what the old one had sealed")
	}
	f.verifyLive(t)
}

// TestSealedAtRest: no private text is in the file in the clear.
func TestSealedAtRest(t *testing.T) {
	f := newFirm(t)
	if _, err := f.Record(context.Background(), f.alice.Actor, chain.Event{Action: chain.SearchQuery, Private: chain.Detail{"query": "hippocampe"}}); err != nil {
		t.Fatal(err)
	}
	path := t.TempDir() + "/copy"
	if err := f.Snapshot(path); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b, []byte("hippocampe")) {
		t.Error("a private part is readable in the file")
	}
}
