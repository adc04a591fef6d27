package cli

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"coffre/index"
)

// cache is an embedder that keeps what another one has computed, in a file that
// only grows: <first 16 hex digits of the id's SHA-256>.vectors. Two lines,
//
//	coffre vectors 1
//	{"embedder":"<id>","dim":<n>}
//
// then records without anything between: SHA-256 of "passage\n" or "query\n"
// and the text, n float32, CRC-32 (IEEE) of all that; numbers are little-endian.
// A record that is cut or doesn't match its sum counts as not there.
type cache struct {
	index.Embedder
	mu       sync.Mutex
	file     *os.File
	vectors  map[[sha256.Size]byte][]float32
	computed int
}

const cacheMagic = "coffre vectors 1\n"

// openCache reads an embedder's file in dir, making both where they are
// missing, and keeps it locked until close.
func openCache(dir string, e index.Embedder) (*cache, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make cache: %w", err)
	}
	sum := sha256.Sum256([]byte(e.ID()))
	f, err := os.OpenFile(filepath.Join(dir, hex.EncodeToString(sum[:8])+".vectors"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open cache: %w", err)
	}
	c := &cache{Embedder: e, file: f, vectors: map[[sha256.Size]byte][]float32{}}
	if err := c.read(); err != nil {
		return nil, errors.Join(fmt.Errorf("read cache: %w", err), f.Close())
	}
	return c, nil
}

// record is the length of one in bytes.
func (c *cache) record() int { return sha256.Size + 4*c.Dim() + crc32.Size }

func (c *cache) read() error {
	if err := syscall.Flock(int(c.file.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("lock file: %w", err)
	}
	id, err := json.Marshal(struct {
		Embedder string `json:"embedder"`
		Dim      int    `json:"dim"`
	}{c.ID(), c.Dim()})
	if err != nil {
		return err
	}
	head := cacheMagic + string(id) + "\n"
	r := bufio.NewReaderSize(c.file, 1<<20)
	got := make([]byte, len(head))
	switch n, err := io.ReadFull(r, got); {
	case n == 0 && err == io.EOF:
		_, err = c.file.WriteString(head)
		return err
	case err != nil || string(got) != head:
		return errors.New("not a file of this embedder's vectors")
	}
	end, b := int64(len(head)), make([]byte, c.record())
	for {
		if _, err := io.ReadFull(r, b); err == io.EOF || err == io.ErrUnexpectedEOF {
			break
		} else if err != nil {
			return err
		}
		end += int64(len(b))
		if k, v, ok := decodeRecord(b); ok {
			c.vectors[k] = v
		}
	}
	if err := c.file.Truncate(end); err != nil { // a record that was cut
		return err
	}
	_, err = c.file.Seek(end, io.SeekStart)
	return err
}

func (c *cache) close() error { return c.file.Close() }

func encodeRecord(key [sha256.Size]byte, v []float32) []byte {
	b := bytes.Clone(key[:])
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

func decodeRecord(b []byte) (key [sha256.Size]byte, v []float32, ok bool) {
	n := len(b) - crc32.Size
	if n < len(key) || (n-len(key))%4 != 0 || binary.LittleEndian.Uint32(b[n:]) != crc32.ChecksumIEEE(b[:n]) {
		return key, nil, false
	}
	for i := copy(key[:], b); i < n; i += 4 {
		v = append(v, math.Float32frombits(binary.LittleEndian.Uint32(b[i:])))
	}
	return key, v, true
}

func cacheKey(text string, query bool) [sha256.Size]byte {
	if query {
		return sha256.Sum256([]byte("query\n" + text))
	}
	return sha256.Sum256([]byte("passage\n" + text))
}

// Embed takes what it has and asks for the rest.
func (c *cache) Embed(ctx context.Context, texts []string, query bool) ([][]float32, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var lacking []string
	for _, text := range texts {
		if c.vectors[cacheKey(text, query)] == nil {
			lacking = append(lacking, text)
		}
	}
	if len(lacking) > 0 {
		if err := c.compute(ctx, lacking, query); err != nil {
			return nil, err
		}
	}
	all := make([][]float32, len(texts))
	for i, text := range texts {
		all[i] = c.vectors[cacheKey(text, query)]
	}
	return all, nil
}

func (c *cache) compute(ctx context.Context, texts []string, query bool) error {
	got, err := c.Embedder.Embed(ctx, texts, query)
	if err != nil {
		return err
	}
	if len(got) != len(texts) {
		return fmt.Errorf("%d vectors for %d texts", len(got), len(texts))
	}
	var b []byte
	for i, v := range got {
		if len(v) != c.Dim() {
			return fmt.Errorf("vector of %d components instead of %d", len(v), c.Dim())
		}
		key := cacheKey(texts[i], query)
		c.vectors[key] = v
		b = append(b, encodeRecord(key, v)...)
	}
	c.computed += len(got)
	if _, err := c.file.Write(b); err != nil {
		return fmt.Errorf("write cache: %w", err)
	}
	return nil
}

// Languages are the embedder's own.
func (c *cache) Languages() []string { return index.LanguagesOf(c.Embedder) }
