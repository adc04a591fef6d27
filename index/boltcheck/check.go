// Package boltcheck reads the pages of a closed bbolt file without trusting
// them. bbolt casts pages to structures, so a flipped bit in a header can make
// it read outside of its memory, which no recover catches; this package looks
// first, with every offset checked.
//
// The package's rule: it only reads, through encoding/binary, and knows pages,
// not what they hold. Format: bbolt's internal/common (page.go, meta.go,
// bucket.go), version 2.
package boltcheck

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
)

// ErrDamaged says that a file's pages do not fit together.
var ErrDamaged = errors.New("bbolt file is damaged")

const (
	magic   = 0xED0CDAED
	version = 2

	headerSize  = 16 // id 8, flags 2, count 2, overflow 4
	elementSize = 16
	metaSize    = 64
	bucketSize  = 16 // root page 8, sequence 8

	branchPage   = 0x01
	leafPage     = 0x02
	metaPage     = 0x04
	freelistPage = 0x10

	bucketElement = 0x01
	noFreelist    = ^uint64(0)

	minPageSize = 1 << 9
	maxPageSize = 1 << 16
)

// Bytes checks a file's content: both ends of every page, element and bucket
// that the newest valid meta page leads to, the order of keys, and that no
// page is used twice or free and in use. Errors: ErrDamaged.
func Bytes(data []byte) error {
	m, err := newestMeta(data)
	if err != nil {
		return err
	}
	return newChecker(data, m).all()
}

// Along tells of a bucket, by the names that lead to it, whether only one key
// is going to be looked up in it, and which.
type Along func(path [][]byte) (key []byte, only bool)

// Part is Bytes without those pages of buckets that bbolt doesn't read where
// but one key of theirs is looked up: of a large file a small part. What it
// leaves out must not be read before Bytes was content, and nothing written.
// Errors: ErrDamaged.
func Part(data []byte, along Along) error {
	m, err := newestMeta(data)
	if err != nil {
		return err
	}
	c := newChecker(data, m)
	if m.freelist != noFreelist { // else bbolt looks for free pages in all the others
		c.along = along
	}
	return c.all()
}

type meta struct {
	pageSize             uint64
	root, freelist, high uint64 // page numbers; pages from high on don't exist
	txid                 uint64
}

// newestMeta finds the valid meta page with the higher transaction.
func newestMeta(data []byte) (meta, error) {
	var best meta
	found := false
	consider := func(at uint64) {
		if m, ok := readMeta(data, at); ok && (at == 0 || at == m.pageSize) && (!found || m.txid > best.txid) {
			best, found = m, true
		}
	}
	consider(0)
	for size := uint64(minPageSize); size <= maxPageSize; size *= 2 {
		consider(size)
	}
	switch {
	case !found:
		return meta{}, fmt.Errorf("no valid meta page: %w", ErrDamaged)
	case best.high < 2 || best.high > uint64(len(data))/best.pageSize:
		return meta{}, fmt.Errorf("file is shorter than its pages: %w", ErrDamaged)
	}
	return best, nil
}

func readMeta(data []byte, at uint64) (meta, bool) {
	if uint64(len(data)) < at+headerSize+metaSize {
		return meta{}, false
	}
	e := binary.NativeEndian
	b := data[at+headerSize:]
	sum := fnv.New64a()
	sum.Write(b[:metaSize-8])
	if e.Uint16(data[at+8:])&metaPage == 0 || e.Uint32(b) != magic || e.Uint32(b[4:]) != version || e.Uint64(b[56:]) != sum.Sum64() {
		return meta{}, false
	}
	m := meta{
		pageSize: uint64(e.Uint32(b[8:])), root: e.Uint64(b[16:]), freelist: e.Uint64(b[32:]),
		high: e.Uint64(b[40:]), txid: e.Uint64(b[48:]),
	}
	ok := m.pageSize >= minPageSize && m.pageSize <= maxPageSize && m.pageSize&(m.pageSize-1) == 0
	return m, ok
}

type checker struct {
	data  []byte
	meta  meta
	used  []uint64 // a bit for each page
	along Along    // nil for everything
	path  [][]byte // of the bucket that is being checked
	key   []byte   // the only one that is looked up in it; nil for all

	visited int          // pages
	rest    func() error // called every restEvery of them, if there is one
}

// restEvery is 64 MB of pages of the usual size.
const restEvery = 1 << 14

func newChecker(data []byte, m meta) *checker {
	c := &checker{data: data, meta: m, used: make([]uint64, m.high/64+1)}
	c.used[0] = 3 // both meta pages
	return c
}

func (c *checker) all() error {
	if err := c.tree(c.meta.root, nil); err != nil {
		return err
	}
	return c.freelist()
}

func (c *checker) isUsed(id uint64) bool { return c.used[id/64]&(1<<(id%64)) != 0 }

// page returns a page with its overflow, and marks it used.
func (c *checker) page(id uint64) ([]byte, error) {
	if id < 2 || id >= c.meta.high {
		return nil, fmt.Errorf("page %d does not exist: %w", id, ErrDamaged)
	}
	at := id * c.meta.pageSize
	overflow := uint64(binary.NativeEndian.Uint32(c.data[at+12:]))
	if binary.NativeEndian.Uint64(c.data[at:]) != id || overflow >= c.meta.high-id {
		return nil, fmt.Errorf("header of page %d: %w", id, ErrDamaged)
	}
	for p := id; p <= id+overflow; p++ {
		if c.isUsed(p) {
			return nil, fmt.Errorf("page %d is used twice: %w", p, ErrDamaged)
		}
		c.used[p/64] |= 1 << (p % 64)
	}
	if c.visited++; c.rest != nil && c.visited%restEvery == 0 {
		if err := c.rest(); err != nil {
			return nil, err
		}
	}
	return c.data[at : at+(1+overflow)*c.meta.pageSize], nil
}

// tree checks the pages of a bucket from its root on. Below a branch, first is
// the key that leads there, which every commit makes the page's first: by any
// other key bbolt would still read, and at the next write put the page into its
// parent a second time. No check of bbolt's own sees that.
func (c *checker) tree(root uint64, first []byte) error {
	page, err := c.page(root)
	if err != nil {
		return err
	}
	if err := c.node(page, true); err != nil || first == nil {
		return err
	}
	if key, err := firstKey(page); err != nil || !bytes.Equal(key, first) {
		return fmt.Errorf("page %d does not begin with its key: %w", root, ErrDamaged)
	}
	return nil
}

// firstKey returns the first key of a page that node has found sound.
func firstKey(page []byte) ([]byte, error) {
	e := binary.NativeEndian
	if e.Uint16(page[10:]) == 0 {
		return nil, ErrDamaged
	}
	pos, size := headerSize, headerSize+4 // in a branch
	if e.Uint16(page[8:]) == leafPage {
		pos, size = headerSize+4, headerSize+8
	}
	return cut(page, headerSize+uint64(e.Uint32(page[pos:])), uint64(e.Uint32(page[size:])))
}

// node checks a branch or leaf page and what it leads to. A bucket small
// enough lies inside its parent's leaf, and can only be a leaf itself.
func (c *checker) node(page []byte, branches bool) error {
	flags := binary.NativeEndian.Uint16(page[8:])
	count := uint64(binary.NativeEndian.Uint16(page[10:]))
	if headerSize+count*elementSize > uint64(len(page)) {
		return fmt.Errorf("%d elements in %d bytes: %w", count, len(page), ErrDamaged)
	}
	switch {
	case flags == branchPage && branches && count > 0:
		return c.branch(page, count)
	case flags == leafPage:
		return c.leaf(page, count)
	}
	return fmt.Errorf("page flags %#x: %w", flags, ErrDamaged)
}

func (c *checker) branch(page []byte, count uint64) error {
	var last []byte
	var way func() error // to the one key, as bbolt goes it
	for i := range count {
		at := headerSize + i*elementSize
		pos, size := binary.NativeEndian.Uint32(page[at:]), binary.NativeEndian.Uint32(page[at+4:])
		key, err := cut(page, at+uint64(pos), uint64(size))
		if err != nil {
			return err
		}
		if i > 0 && bytes.Compare(last, key) >= 0 {
			return fmt.Errorf("keys out of order: %w", ErrDamaged)
		}
		last = key
		child := func() error { return c.tree(binary.NativeEndian.Uint64(page[at+8:]), key) }
		if c.key == nil {
			if err := child(); err != nil {
				return err
			}
		} else if i == 0 || bytes.Compare(key, c.key) <= 0 {
			way = child
		}
	}
	if way != nil {
		return way()
	}
	return nil
}

func (c *checker) leaf(page []byte, count uint64) error {
	var last []byte
	for i := range count {
		at := headerSize + i*elementSize
		e := binary.NativeEndian
		flags, pos := e.Uint32(page[at:]), uint64(e.Uint32(page[at+4:]))
		keySize, valueSize := uint64(e.Uint32(page[at+8:])), uint64(e.Uint32(page[at+12:]))
		key, err := cut(page, at+pos, keySize)
		if err != nil {
			return err
		}
		value, err := cut(page, at+pos+keySize, valueSize)
		if err != nil {
			return err
		}
		if i > 0 && bytes.Compare(last, key) >= 0 || flags > bucketElement {
			return fmt.Errorf("elements of a leaf: %w", ErrDamaged)
		}
		last = key
		if flags == bucketElement {
			if err := c.within(key, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// within checks a bucket by its name.
func (c *checker) within(name, value []byte) error {
	if c.along == nil {
		return c.bucket(value)
	}
	key := c.key
	c.path, c.key = append(c.path, name), nil
	if k, only := c.along(c.path); only {
		c.key = append([]byte{}, k...) // not nil
	}
	err := c.bucket(value)
	c.path, c.key = c.path[:len(c.path)-1], key
	return err
}

func (c *checker) bucket(value []byte) error {
	if len(value) < bucketSize {
		return fmt.Errorf("bucket of %d bytes: %w", len(value), ErrDamaged)
	}
	if root := binary.NativeEndian.Uint64(value); root != 0 {
		return c.tree(root, nil)
	}
	inline := value[bucketSize:]
	if len(inline) < headerSize {
		return fmt.Errorf("inline bucket of %d bytes: %w", len(value), ErrDamaged)
	}
	return c.node(inline, false)
}

// cut returns size bytes of a page from at on; elements lie before them.
func cut(page []byte, at, size uint64) ([]byte, error) {
	if at > uint64(len(page)) || size > uint64(len(page))-at {
		return nil, fmt.Errorf("element outside of its page: %w", ErrDamaged)
	}
	return page[at : at+size], nil
}

// freelist checks that free pages exist, ascend and aren't in use.
func (c *checker) freelist() error {
	if c.meta.freelist == noFreelist {
		return nil
	}
	page, err := c.page(c.meta.freelist)
	if err != nil {
		return err
	}
	e := binary.NativeEndian
	count, ids := uint64(e.Uint16(page[10:])), page[headerSize:]
	if count == 0xFFFF {
		count, ids = e.Uint64(ids), ids[8:]
	}
	if e.Uint16(page[8:]) != freelistPage || count > uint64(len(ids))/8 {
		return fmt.Errorf("free list of %d pages: %w", count, ErrDamaged)
	}
	last := uint64(1)
	for i := range count {
		id := e.Uint64(ids[8*i:])
		if id <= last || id >= c.meta.high || c.isUsed(id) {
			return fmt.Errorf("page %d is free and in use: %w", id, ErrDamaged)
		}
		last = id
	}
	return nil
}
