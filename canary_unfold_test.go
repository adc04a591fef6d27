package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	bolt "go.etcd.io/bbolt"
)

// unfold lists what a file holds in other forms than its bytes: the members of
// archives, and of databases each value with its texts, unescaped, and decoded
// where they are base64. Folds in folds are unfolded, too.
func unfold(t *testing.T, path string, b []byte) (out [][]byte) {
	t.Helper()
	switch {
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return nil
		}
		for _, f := range z.File {
			if r, err := f.Open(); err == nil {
				one, _ := io.ReadAll(r)
				out = append(append(out, one), unfold(t, path, one)...)
			}
		}
	case bytes.HasPrefix(b, []byte{0x1f, 0x8b}):
		if r, err := gzip.NewReader(bytes.NewReader(b)); err == nil {
			one, _ := io.ReadAll(r)
			out = append(append(out, one), unfold(t, path, one)...)
		}
	case filepath.Ext(path) == ".db":
		for _, v := range values(t, b) {
			out = append(append(out, v), texts(v)...)
		}
	}
	return out
}

// values reads every key and value of a bbolt file, from a copy, since whoever
// holds it may have it open.
func values(t *testing.T, b []byte) (out [][]byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		t.Errorf("a database can't be read: %v", err)
		return nil
	}
	defer db.Close()
	var walk func(*bolt.Bucket) error
	walk = func(bucket *bolt.Bucket) error {
		return bucket.ForEach(func(k, v []byte) error {
			out = append(out, bytes.Clone(k))
			if v == nil {
				return walk(bucket.Bucket(k))
			}
			out = append(out, bytes.Clone(v))
			return nil
		})
	}
	err = db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(_ []byte, bucket *bolt.Bucket) error { return walk(bucket) })
	})
	if err != nil {
		t.Error(err)
	}
	return out
}

// texts are the strings of a JSON value, wherever it begins in a record.
func texts(record []byte) (out [][]byte) {
	at := bytes.IndexAny(record, "{[")
	if at < 0 {
		return nil
	}
	var v any
	if json.NewDecoder(bytes.NewReader(record[at:])).Decode(&v) != nil {
		return nil
	}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			out = append(out, []byte(v))
			for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding} {
				if b, err := enc.DecodeString(v); err == nil && len(b) > 0 {
					out = append(out, b)
				}
			}
		case []any:
			for _, one := range v {
				walk(one)
			}
		case map[string]any:
			for name, one := range v {
				out = append(out, []byte(name))
				walk(one)
			}
		}
	}
	walk(v)
	return out
}

// TestCanaryIsFoundInFolds plants leaks where the bytes of a file don't show them.
func TestCanaryIsFoundInFolds(t *testing.T) {
	c := canary{"planted", []byte(`sk-"canari<&>+/%é-77142`), nil}
	zipped := func(b []byte) []byte {
		var out bytes.Buffer
		z := zip.NewWriter(&out)
		w, err := z.Create("in/side")
		if err != nil {
			t.Fatal(err)
		}
		w.Write(b)
		z.Close()
		return out.Bytes()
	}
	gzipped := func(b []byte) []byte {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		w.Write(append(bytes.Repeat([]byte("a long text that deflates. "), 40), b...))
		w.Close()
		return out.Bytes()
	}
	stored := func(v any) []byte {
		path := filepath.Join(t.TempDir(), "made.db")
		db, err := bolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := json.Marshal(v)
		err = db.Update(func(tx *bolt.Tx) error {
			b, err := tx.CreateBucket([]byte("outer"))
			if err == nil {
				b, err = b.CreateBucket([]byte("inner"))
			}
			if err != nil {
				return err
			}
			return b.Put([]byte("k"), append(make([]byte, 32), text...))
		})
		if err != nil {
			t.Fatal(err)
		}
		db.Close()
		b, _ := os.ReadFile(path)
		return b
	}
	twice := base64.StdEncoding.EncodeToString([]byte(`{"v":"` + base64.StdEncoding.EncodeToString(append([]byte("xx"), c.value...)) + `"}`))
	for name, content := range map[string][]byte{
		"archive.zip": zipped(append(bytes.Repeat([]byte("a long text that deflates. "), 40), c.value...)), "archive of archives": zipped(gzipped(c.value)), "log.gz": gzipped(c.value),
		"text.db": stored(map[string]any{"a": []any{string(c.value)}}), "bytes.db": stored(map[string]any{"a": map[string]any{"b": c.value}}),
		"nested.db": stored(map[string]string{"payload": twice}),
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
		if hits, _ := scan(t, []canary{c}, dir); len(hits) == 0 {
			t.Errorf("%s: not found", name)
		}
	}
}
