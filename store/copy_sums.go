package store

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"coffre/vault/backupfile"
)

// Beside each copy lies a list as sha256sum prints them: the copy and its objects.
// With it anybody checks the copy without opening it, and the sweep knows which
// objects a copy needs. Its last line says how many there are, so that a list that
// was cut is taken for none.

var sumLine = regexp.MustCompile(`^([0-9a-f]{64})  (objects/[0-9a-f]{16}/[0-9a-f]{2}/[0-9a-f]{64}\.age|runs/[0-9A-Za-z_-]+\.age)$`)

func (c *copyRun) sumsText(own string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s  %s/%s%s\n", own, copyRuns, c.rec.Name, copyEnding)
	for _, o := range c.objects.Objects {
		path := backupfile.ObjectPath(c.set, o.Name)
		fmt.Fprintf(&b, "%s  %s\n", c.sums[path], path)
	}
	fmt.Fprintf(&b, "# %d\n", len(c.objects.Objects)+1)
	return b.Bytes()
}

// parseSums reads a list; ok is false for one that isn't whole.
func parseSums(text []byte) (sums map[string]string, ok bool) {
	sums = map[string]string{}
	end := ""
	for line := range strings.Lines(string(text)) {
		if end != "" || !strings.HasSuffix(line, "\n") {
			return nil, false
		}
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "# ") {
			end = line
			continue
		}
		m := sumLine.FindStringSubmatch(line)
		if m == nil {
			return nil, false
		}
		sums[m[2]] = m[1]
	}
	return sums, end == fmt.Sprintf("# %d", len(sums))
}

// sumsOf reads the list beside a copy.
func sumsOf(f CopyFile) (map[string]string, bool) {
	text, err := os.ReadFile(strings.TrimSuffix(f.Path, copyEnding) + copySums)
	if err != nil {
		return nil, false
	}
	return parseSums(text)
}

// knownSums takes the checksums of objects from the newest copies that say them,
// until each one that is wanted is known.
func (c *copyRun) knownSums() error {
	all, err := copiesIn(c.home)
	if err != nil {
		return err
	}
	want := map[string]bool{}
	for _, o := range c.objects.Objects {
		want[backupfile.ObjectPath(c.set, o.Name)] = true
	}
	for _, f := range all {
		if len(want) == 0 {
			break
		}
		sums, _ := sumsOf(f)
		for path, sum := range sums {
			if want[path] {
				c.sums[path] = sum
				delete(want, path)
			}
		}
	}
	return nil
}

// mendSums writes the checksums of objects that were written anew into the lists of
// the copies that need them.
func (c *copyRun) mendSums() error {
	if len(c.suspect) == 0 {
		return nil
	}
	all, err := copiesIn(c.home)
	if err != nil {
		return err
	}
	for _, f := range all {
		path := filepath.Join(c.home, copyRuns, f.name()+copySums)
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		mended := text
		for bad := range c.suspect {
			if sum := c.sums[bad]; sum != "" {
				mended = regexp.MustCompile(`(?m)^[0-9a-f]{64}  `+regexp.QuoteMeta(bad)+`$`).ReplaceAll(mended, []byte(sum+"  "+bad))
			}
		}
		if !bytes.Equal(mended, text) {
			if err := putShared(path, mended); err != nil {
				return err
			}
		}
	}
	return nil
}
