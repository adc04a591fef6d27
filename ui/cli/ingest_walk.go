package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// found is a file to be sent, under the name that the document gets. err says
// why it can't be read.
type found struct {
	path, name string
	err        error
	folder     string // elements between the folder that was named and the file
}

// walk lists the files of the paths named, in order. Inside folders hidden
// files, links and what is no regular file are skipped, and said so: a link
// could lead out of the folder that somebody meant.
func (c *Call) walk(paths []string) []found {
	var all []found
	for _, path := range paths {
		st, err := os.Stat(path)
		switch {
		case err != nil:
			all = append(all, found{path: path, name: filepath.Base(path), err: unreadable(err)})
		case st.IsDir():
			all = append(all, c.walkFolder(path)...)
		case !st.Mode().IsRegular():
			c.note("cli.ingest.skipped-kind", "path", clean(path))
		default:
			all = append(all, found{path: path, name: filepath.Base(path)})
		}
	}
	distinguish(all)
	return all
}

func (c *Call) walkFolder(root string) []found {
	var all []found
	filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		name := filepath.Base(path)
		switch {
		case err != nil:
			all = append(all, found{path: path, name: name, err: unreadable(err)})
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case path == root && d.IsDir():
			return nil
		case strings.HasPrefix(name, "."), strings.HasPrefix(name, "~$"):
			c.note("cli.ingest.skipped-hidden", "path", clean(path))
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		case d.Type()&fs.ModeSymlink != 0:
			c.note("cli.ingest.skipped-link", "path", clean(path))
			return nil
		case !d.Type().IsRegular():
			c.note("cli.ingest.skipped-kind", "path", clean(path))
			return nil
		}
		f := found{path: path, name: name}
		if rel, err := filepath.Rel(root, filepath.Dir(path)); err == nil && rel != "." {
			f.folder = rel
		}
		all = append(all, f)
		return nil
	})
	return all
}

// distinguish puts the folder before the name of files that share theirs:
// otherwise the box would take one for the next version of the other.
func distinguish(all []found) {
	count := map[string]int{}
	for _, f := range all {
		count[strings.ToLower(f.name)]++
	}
	for i, f := range all {
		if count[strings.ToLower(f.name)] > 1 && f.folder != "" {
			all[i].name = strings.ReplaceAll(f.folder, string(filepath.Separator), " - ") + " - " + f.name
		}
	}
}
