package machine

// The states of a disk.
const (
	Encrypted = "encrypted"
	Plain     = "plain"
	Memory    = "memory"  // nothing is on a disk, and all is lost with the power
	Unknown   = "unknown" // what lies below can't be seen from here
)

// Disk is what lies below a directory.
type Disk struct {
	State string
	// Layer is what says so: "LUKS2", "FileVault", a kind of file system, or why
	// nothing could be read: "no-mount", "no-device", "deep".
	Layer string
	// FS is the file system's kind as the system names it, "" where unknown.
	FS string
	// Devices are the physical disks that were found below.
	Devices []string
	// FlushFree: every one of them tells that it has no cache that a power cut
	// would empty, so that a quick sync can be believed.
	FlushFree bool
}

// both is what two disks under one file system come to: the weaker of them.
func both(a, b Disk) Disk {
	rank := map[string]int{Plain: 0, Unknown: 1, Memory: 2, Encrypted: 3}
	if rank[b.State] < rank[a.State] {
		a.State, a.Layer = b.State, b.Layer
	}
	a.Devices = append(a.Devices, b.Devices...)
	a.FlushFree = a.FlushFree && b.FlushFree
	return a
}
