package store

import "syscall"

// smallFiles tells whether a directory lies on FAT, whose files end at 4 GiB
// (statfs(2), MSDOS_SUPER_MAGIC).
func smallFiles(dir string) bool {
	var st syscall.Statfs_t
	return syscall.Statfs(dir, &st) == nil && st.Type == 0x4d44
}
