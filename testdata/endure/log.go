package main

import "sync"

type kind uint8

const (
	data  kind = iota // bytes at an offset
	size              // a new length
	mode              // new permission bits
	fsync             // of a file: its data, length and mode are on the disk
	entry             // names changed, all of them at once or none
	fsyncDir
)

// change is what a name in a directory leads to; child 0 is nothing.
type change struct {
	dir   uint64
	name  string
	child uint64
}

// op is one act of the box on its disk, in the order in which the kernel asked
// for it.
type op struct {
	kind    kind
	node    uint64
	offset  int64 // or the length
	bytes   []byte
	perm    uint32
	changes []change
}

// made tells what an inode was made as.
type made struct {
	dir  bool
	perm uint32
	from int // the op that made it
}

// record is everything that was asked of a disk. Its length is the moment at
// which something else, an answer to a client, was seen.
type record struct {
	mu    sync.Mutex
	ops   []op
	nodes map[uint64]made
	base  int // ops before it were there, durable, when the box started
}

func newRecord() *record { return &record{nodes: map[uint64]made{}} }

func (r *record) add(o op) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ops = append(r.ops, o)
}

func (r *record) makes(id uint64, m made) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m.from = len(r.ops)
	r.nodes[id] = m
}

// now is the moment: what was asked before it has a smaller number.
func (r *record) now() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.ops)
}

// settle makes everything so far durable: it was there before.
func (r *record) settle() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.base = len(r.ops)
}
