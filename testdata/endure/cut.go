package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
)

// How much of what was never synced a power cut leaves.
type loss uint8

const (
	lost    loss = iota // nothing of it
	torn                // any part of it, in any order, in sectors
	ordered             // names as far as a journal got, data in any part
	kept                // all of it, as after a SIGKILL
)

var losses = map[loss]string{lost: "lost", torn: "torn", ordered: "ordered", kept: "kept"}

const (
	block  = 4096
	sector = 512
)

// platter is what surely is on the disk at a moment, and what may be.
type platter struct {
	files   map[uint64][]byte
	perms   map[uint64]uint32
	names   map[uint64]map[string]uint64 // by directory
	pending map[uint64][]op              // of files
	entries []op
	lies    func(name string) bool // a sync of what had these names does nothing: a planted fault
	named   map[uint64]string      // every name that an inode had, each after a slash
}

func newPlatter(lies func(string) bool) *platter {
	return &platter{
		files: map[uint64][]byte{}, perms: map[uint64]uint32{}, names: map[uint64]map[string]uint64{},
		pending: map[uint64][]op{}, named: map[uint64]string{}, lies: lies,
	}
}

// take adds the next op; before base everything is durable at once.
func (p *platter) take(o op, durable bool) {
	switch o.kind {
	case data, size, mode:
		if durable {
			p.apply(o)
			return
		}
		p.pending[o.node] = append(p.pending[o.node], o)
	case fsync:
		if p.lies(p.named[o.node]) {
			return
		}
		for _, w := range p.pending[o.node] {
			p.apply(w)
		}
		delete(p.pending, o.node)
	case entry:
		for _, c := range o.changes {
			if c.child != 0 {
				p.named[c.child] += "/" + c.name
			}
		}
		if durable {
			p.rename(p.names, o)
			return
		}
		p.entries = append(p.entries, o)
	case fsyncDir:
		if !p.lies(p.named[o.node]) {
			p.syncDir(o.node)
		}
	}
}

func (p *platter) apply(o op) {
	switch o.kind {
	case data:
		p.files[o.node] = overwritten(p.files[o.node], o.offset, o.bytes)
	case size:
		p.files[o.node] = resized(p.files[o.node], o.offset)
	case mode:
		p.perms[o.node] = o.perm
	}
}

func (p *platter) rename(names map[uint64]map[string]uint64, o op) {
	for _, c := range o.changes {
		if names[c.dir] == nil {
			names[c.dir] = map[string]uint64{}
		}
		if c.child == 0 {
			delete(names[c.dir], c.name)
		} else {
			names[c.dir][c.name] = c.child
		}
	}
}

// syncDir makes durable what changed in a directory, and what that rests on: a
// rename is whole or not at all, and a name has its changes in their order.
func (p *platter) syncDir(dir uint64) {
	touched := map[change]bool{}
	key := func(c change) change { return change{c.dir, c.name, 0} }
	must := make([]bool, len(p.entries))
	for i := len(p.entries) - 1; i >= 0; i-- {
		for _, c := range p.entries[i].changes {
			must[i] = must[i] || c.dir == dir || touched[key(c)]
		}
		for _, c := range p.entries[i].changes {
			touched[key(c)] = touched[key(c)] || must[i]
		}
	}
	var left []op
	for i, o := range p.entries {
		if must[i] {
			p.rename(p.names, o)
		} else {
			left = append(left, o)
		}
	}
	p.entries = left
}

// survives chooses which names are as they were last, and returns all names.
func (p *platter) survives(how loss, random *rand.Rand) map[uint64]map[string]uint64 {
	names := map[uint64]map[string]uint64{}
	for dir, all := range p.names {
		names[dir] = maps.Clone(all)
	}
	until, gone := random.IntN(len(p.entries)+1), map[change]bool{}
	for i, o := range p.entries {
		drop := how == lost || how == ordered && i >= until || how == torn && random.IntN(2) == 0
		for _, c := range o.changes {
			drop = drop || gone[change{c.dir, c.name, 0}]
		}
		if !drop {
			p.rename(names, o)
			continue
		}
		for _, c := range o.changes {
			gone[change{c.dir, c.name, 0}] = true
		}
	}
	return names
}

// content is a file with what survives of its unsynced writes.
func (p *platter) content(id uint64, how loss, random *rand.Rand) []byte {
	waiting := p.pending[id]
	if len(waiting) == 0 || how == lost {
		return p.files[id]
	}
	b := slices.Clone(p.files[id])
	for _, o := range waiting {
		switch {
		case o.kind == mode:
		case how == kept && o.kind == data:
			b = overwritten(b, o.offset, o.bytes)
		case o.kind == size:
			if how == kept || random.IntN(2) == 0 {
				b = resized(b, o.offset)
			}
		default:
			b = tear(b, o, random)
		}
	}
	return b
}

// tear writes the blocks that made it, now and then only some of their sectors.
func tear(b []byte, o op, random *rand.Rand) []byte {
	for at := o.offset; at < o.offset+int64(len(o.bytes)); {
		end := min((at/block+1)*block, o.offset+int64(len(o.bytes)))
		switch {
		case random.IntN(2) == 0:
		case random.IntN(8) > 0:
			b = overwritten(b, at, o.bytes[at-o.offset:end-o.offset])
		default:
			for s := at; s < end; {
				stop := min((s/sector+1)*sector, end)
				if random.IntN(2) == 0 {
					b = overwritten(b, s, o.bytes[s-o.offset:stop-o.offset])
				}
				s = stop
			}
		}
		at = end
	}
	return b
}

// lay writes what a cut leaves under dir.
func (p *platter) lay(dir string, nodes map[uint64]made, how loss, random *rand.Rand) error {
	names, seen := p.survives(how, random), map[uint64]string{}
	var walk func(id uint64, path string) error
	walk = func(id uint64, path string) error {
		perm := nodes[id].perm
		if set, ok := p.perms[id]; ok {
			perm = set
		}
		if !nodes[id].dir {
			if other := seen[id]; other != "" {
				return os.Link(other, path)
			}
			seen[id] = path
			if err := os.WriteFile(path, p.content(id, how, random), 0o600); err != nil {
				return err
			}
			return os.Chmod(path, os.FileMode(perm))
		}
		if seen[id] != "" {
			return fmt.Errorf("directory %s is also %s: the model is wrong", path, seen[id])
		}
		seen[id] = path
		if err := os.MkdirAll(path, 0o700); err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(names[id])) {
			if err := walk(names[id][name], filepath.Join(path, name)); err != nil {
				return err
			}
		}
		return os.Chmod(path, os.FileMode(perm))
	}
	return walk(1, dir)
}
