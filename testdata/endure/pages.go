package main

import (
	"encoding/binary"
	"os"
)

// bboltUsed is what the pages of a database hold, MB: its file is longer, since
// bbolt doubles a small one each time that it is full (to 32 KiB, 64 KiB … 16 MiB)
// and lengthens a larger one by 16 MiB, and its free pages wait for the next
// commits. Layout: bbolt's internal/common, page.go and meta.go.
func bboltUsed(path string) float64 {
	f, err := os.Open(path)
	if err != nil {
		return 0
	}
	defer f.Close()
	page := int64(os.Getpagesize())
	var used, newest uint64
	for i := range int64(2) { // two metas, by turns
		b := make([]byte, 72)
		if _, err := f.ReadAt(b, i*page+16); err != nil {
			return 0
		}
		list, end, tx := binary.NativeEndian.Uint64(b[32:]), binary.NativeEndian.Uint64(b[40:]), binary.NativeEndian.Uint64(b[48:])
		if tx < newest {
			continue
		}
		newest, used = tx, end
		// A free list of more than 65,534 pages has its count in its first element.
		head := make([]byte, 24)
		if _, err := f.ReadAt(head, int64(list)*page); err != nil {
			continue
		}
		free := uint64(binary.NativeEndian.Uint16(head[10:]))
		if free == 0xFFFF {
			free = binary.NativeEndian.Uint64(head[16:])
		}
		used -= free
	}
	return float64(used) * float64(page) / 1e6
}
