package store

import "golang.org/x/sys/unix"

// smallFiles tells whether a directory lies on FAT, whose files end at 4 GiB.
func smallFiles(dir string) bool {
	var st unix.Statfs_t
	return unix.Statfs(dir, &st) == nil && unix.ByteSliceToString(st.Fstypename[:]) == "msdos"
}
