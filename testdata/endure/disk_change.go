package main

import (
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// exchange is RENAME_EXCHANGE of renameat2(2), noReplace RENAME_NOREPLACE.
const (
	noReplace = 1
	exchange  = 2
)

func (d *disk) SetAttr(_ <-chan struct{}, in *fuse.SetAttrIn, out *fuse.AttrOut) fuse.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.nodes[in.NodeId]
	if s, ok := in.GetSize(); ok {
		n.data = resized(n.data, int64(s))
		d.rec.add(op{kind: size, node: n.id, offset: int64(s)})
	}
	if m, ok := in.GetMode(); ok {
		n.mode = n.mode&syscall.S_IFMT | m&0o7777
		d.rec.add(op{kind: mode, node: n.id, perm: m & 0o777})
	}
	if t, ok := in.GetMTime(); ok {
		n.at = t
	}
	if uid, ok := in.GetUID(); ok {
		n.uid = uid
	}
	if gid, ok := in.GetGID(); ok {
		n.gid = gid
	}
	d.fill(n, &out.Attr)
	return fuse.OK
}

func resized(b []byte, to int64) []byte {
	if int64(len(b)) > to {
		return b[:to:to]
	}
	return append(b, make([]byte, to-int64(len(b)))...)
}

func (d *disk) Write(_ <-chan struct{}, in *fuse.WriteIn, b []byte) (uint32, fuse.Status) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.nodes[in.NodeId]
	n.data = overwritten(n.data, int64(in.Offset), b)
	n.at = time.Now()
	d.rec.add(op{kind: data, node: n.id, offset: int64(in.Offset), bytes: append([]byte{}, b...)})
	return uint32(len(b)), fuse.OK
}

func overwritten(b []byte, at int64, with []byte) []byte {
	if end := at + int64(len(with)); end > int64(len(b)) {
		b = resized(b, end)
	}
	copy(b[at:], with)
	return b
}

func (d *disk) Fsync(_ <-chan struct{}, in *fuse.FsyncIn) fuse.Status {
	d.rec.add(op{kind: fsync, node: in.NodeId})
	return fuse.OK
}

func (d *disk) FsyncDir(_ <-chan struct{}, in *fuse.FsyncIn) fuse.Status {
	d.rec.add(op{kind: fsyncDir, node: in.NodeId})
	return fuse.OK
}

// put makes a node and its name; d.mu is held.
func (d *disk) put(dir uint64, name string, m uint32, h *fuse.InHeader, out *fuse.EntryOut) fuse.Status {
	parent := d.nodes[dir]
	if parent.kids[name] != nil {
		return fuse.Status(syscall.EEXIST)
	}
	d.last++
	n := &node{id: d.last, mode: m, uid: h.Uid, gid: h.Gid, at: time.Now(), links: 1}
	if m&syscall.S_IFMT == syscall.S_IFDIR {
		n.kids = map[string]*node{}
	}
	d.nodes[n.id], parent.kids[name] = n, n
	d.rec.makes(n.id, made{dir: n.kids != nil, perm: m & 0o777})
	if t := m & syscall.S_IFMT; t == syscall.S_IFREG || t == syscall.S_IFDIR { // a socket is nothing that lasts
		d.rec.add(op{kind: entry, changes: []change{{dir, name, n.id}}})
	}
	d.found(n, out)
	return fuse.OK
}

func (d *disk) Create(_ <-chan struct{}, in *fuse.CreateIn, name string, out *fuse.CreateOut) fuse.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.put(in.NodeId, name, syscall.S_IFREG|in.Mode&^in.Umask&0o7777, &in.InHeader, &out.EntryOut)
}

func (d *disk) Mknod(_ <-chan struct{}, in *fuse.MknodIn, name string, out *fuse.EntryOut) fuse.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.put(in.NodeId, name, in.Mode&^in.Umask, &in.InHeader, out)
}

func (d *disk) Mkdir(_ <-chan struct{}, in *fuse.MkdirIn, name string, out *fuse.EntryOut) fuse.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.put(in.NodeId, name, syscall.S_IFDIR|in.Mode&^in.Umask&0o7777, &in.InHeader, out)
}

func (d *disk) Link(_ <-chan struct{}, in *fuse.LinkIn, name string, out *fuse.EntryOut) fuse.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	parent, n := d.nodes[in.NodeId], d.nodes[in.Oldnodeid]
	if parent.kids[name] != nil {
		return fuse.Status(syscall.EEXIST)
	}
	parent.kids[name] = n
	n.links++
	d.rec.add(op{kind: entry, changes: []change{{in.NodeId, name, n.id}}})
	d.found(n, out)
	return fuse.OK
}

func (d *disk) remove(h *fuse.InHeader, name string, empty bool) fuse.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	parent := d.nodes[h.NodeId]
	n := parent.kids[name]
	if n == nil {
		return fuse.ENOENT
	}
	if empty && len(n.kids) > 0 {
		return fuse.Status(syscall.ENOTEMPTY)
	}
	delete(parent.kids, name)
	n.links--
	d.rec.add(op{kind: entry, changes: []change{{h.NodeId, name, 0}}})
	return fuse.OK
}

func (d *disk) Unlink(_ <-chan struct{}, h *fuse.InHeader, name string) fuse.Status {
	return d.remove(h, name, false)
}

func (d *disk) Rmdir(_ <-chan struct{}, h *fuse.InHeader, name string) fuse.Status {
	return d.remove(h, name, true)
}

func (d *disk) Rename(_ <-chan struct{}, in *fuse.RenameIn, from, to string) fuse.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	a, b := d.nodes[in.NodeId], d.nodes[in.Newdir]
	n, was := a.kids[from], b.kids[to]
	switch {
	case n == nil || in.Flags&exchange != 0 && was == nil:
		return fuse.ENOENT
	case was != nil && in.Flags&noReplace != 0:
		return fuse.Status(syscall.EEXIST)
	case was != nil && in.Flags&exchange == 0 && len(was.kids) > 0:
		return fuse.Status(syscall.ENOTEMPTY)
	}
	left := uint64(0)
	delete(a.kids, from)
	if in.Flags&exchange != 0 {
		a.kids[from], left = was, was.id
	} else if was != nil {
		was.links--
	}
	b.kids[to] = n
	d.rec.add(op{kind: entry, changes: []change{{in.NodeId, from, left}, {in.Newdir, to, n.id}}})
	return fuse.OK
}
