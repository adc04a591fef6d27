package machine

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Loose is a file or directory that more than its owner may use, or that
// belongs to somebody else. Path is below the directory that was looked at.
type Loose struct {
	Path    string
	Mode    fs.FileMode
	Foreign bool // another user owns it
}

const (
	modesSeen = 200_000 // files that are looked at, so that the look ends
	looseMost = 20
)

// LooseModes looks at everything below dir: directories and files that the group
// or others may read or write, and those of another user than uid. The
// certificate of the box's authority and pictures of no secret stay as they are:
// public are the names in open. seen is how many were looked at.
func LooseModes(dir string, uid int, open func(path string) bool) (out []Loose, seen int, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if os.IsNotExist(err) {
				return nil // files come and go
			}
			return err
		}
		if seen++; seen > modesSeen || len(out) >= looseMost {
			return filepath.SkipAll
		}
		info, err := d.Info()
		if err != nil || d.Type()&fs.ModeSymlink != 0 {
			return nil
		}
		rel, _ := filepath.Rel(dir, path)
		st, ok := info.Sys().(*syscall.Stat_t)
		foreign := ok && int(st.Uid) != uid
		if foreign || info.Mode().Perm()&0o077 != 0 && !open(rel) {
			out = append(out, Loose{rel, info.Mode(), foreign})
		}
		return nil
	})
	return out, seen, err
}
