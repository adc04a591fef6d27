package main

import (
	"maps"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// disk is a file system in memory that records what is asked of it. The kernel
// hands every write on at once (no write-back cache), so that their order is
// the program's.
type disk struct {
	fuse.RawFileSystem
	rec *record

	mu    sync.Mutex
	nodes map[uint64]*node
	last  uint64
	reads map[uint64][]listed // of directories, by handle
	hands uint64
}

type node struct {
	id       uint64
	mode     uint32 // with its type
	uid, gid uint32
	links    int
	data     []byte
	kids     map[string]*node // nil for a file
	at       time.Time
}

type listed struct {
	name string
	n    *node
}

func newDisk(rec *record) *disk {
	d := &disk{RawFileSystem: fuse.NewDefaultRawFileSystem(), rec: rec, nodes: map[uint64]*node{}, reads: map[uint64][]listed{}, last: 1}
	d.nodes[1] = &node{id: 1, mode: syscall.S_IFDIR | 0o700, kids: map[string]*node{}, at: time.Now(), links: 1}
	rec.makes(1, made{dir: true, perm: 0o700})
	return d
}

// mounted serves the disk at dir until end is called.
func (d *disk) mounted(dir string) (end func() error, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	s, err := fuse.NewServer(d, dir, &fuse.MountOptions{
		DirectMountStrict: true, FsName: "powercut", Name: "powercut", MaxWrite: 1 << 20, DisableXAttrs: true,
	})
	if err != nil {
		return nil, err
	}
	go s.Serve()
	if err := s.WaitMount(); err != nil {
		return nil, err
	}
	return s.Unmount, nil
}

func (d *disk) fill(n *node, a *fuse.Attr) {
	*a = fuse.Attr{Ino: n.id, Size: uint64(len(n.data)), Blocks: uint64(len(n.data)+511) / 512, Mode: n.mode, Nlink: uint32(max(n.links, 1)), Blksize: 4096}
	a.Uid, a.Gid = n.uid, n.gid
	a.SetTimes(&n.at, &n.at, &n.at)
}

func (d *disk) found(n *node, out *fuse.EntryOut) {
	out.NodeId, out.Generation = n.id, 1
	out.SetEntryTimeout(time.Hour)
	out.SetAttrTimeout(0)
	d.fill(n, &out.Attr)
}

func (d *disk) String() string { return "powercut" }

func (d *disk) StatFs(_ <-chan struct{}, _ *fuse.InHeader, out *fuse.StatfsOut) fuse.Status {
	*out = fuse.StatfsOut{Blocks: 1 << 24, Bfree: 1 << 23, Bavail: 1 << 23, Files: 1 << 20, Ffree: 1 << 19, Bsize: 4096, NameLen: 255, Frsize: 4096}
	return fuse.OK
}

func (d *disk) Lookup(_ <-chan struct{}, h *fuse.InHeader, name string, out *fuse.EntryOut) fuse.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.nodes[h.NodeId].kids[name]
	if n == nil {
		return fuse.ENOENT
	}
	d.found(n, out)
	return fuse.OK
}

func (d *disk) GetAttr(_ <-chan struct{}, in *fuse.GetAttrIn, out *fuse.AttrOut) fuse.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fill(d.nodes[in.NodeId], &out.Attr)
	return fuse.OK
}

func (d *disk) Access(<-chan struct{}, *fuse.AccessIn) fuse.Status { return fuse.OK }

func (d *disk) OpenDir(_ <-chan struct{}, in *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.nodes[in.NodeId]
	d.hands++
	var all []listed
	for _, name := range slices.Sorted(maps.Keys(n.kids)) {
		all = append(all, listed{name, n.kids[name]})
	}
	d.reads[d.hands] = all
	out.Fh = d.hands
	return fuse.OK
}

func (d *disk) ReadDir(_ <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := d.reads[in.Fh]
	for i := in.Offset; i < uint64(len(all)); i++ {
		if !out.AddDirEntry(fuse.DirEntry{Name: all[i].name, Mode: all[i].n.mode, Ino: all[i].n.id}) {
			break
		}
	}
	return fuse.OK
}

func (d *disk) ReadDirPlus(_ <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := d.reads[in.Fh]
	for i := in.Offset; i < uint64(len(all)); i++ {
		e := out.AddDirLookupEntry(fuse.DirEntry{Name: all[i].name, Mode: all[i].n.mode, Ino: all[i].n.id})
		if e == nil {
			break
		}
		d.found(all[i].n, e)
	}
	return fuse.OK
}

func (d *disk) ReleaseDir(in *fuse.ReleaseIn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.reads, in.Fh)
}

func (d *disk) Open(<-chan struct{}, *fuse.OpenIn, *fuse.OpenOut) fuse.Status { return fuse.OK }

func (d *disk) Read(_ <-chan struct{}, in *fuse.ReadIn, buf []byte) (fuse.ReadResult, fuse.Status) {
	d.mu.Lock()
	defer d.mu.Unlock()
	b := d.nodes[in.NodeId].data
	if in.Offset >= uint64(len(b)) {
		return fuse.ReadResultData(nil), fuse.OK
	}
	return fuse.ReadResultData(buf[:copy(buf, b[in.Offset:])]), fuse.OK
}

func (d *disk) Release(<-chan struct{}, *fuse.ReleaseIn)         {}
func (d *disk) Flush(<-chan struct{}, *fuse.FlushIn) fuse.Status { return fuse.OK }
