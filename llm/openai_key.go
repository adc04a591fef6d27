package llm

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
)

// keyPlace is where the key of a server lies: a folder of the machine's and a name in it, "" for no key. A name
// that leads out of the folder, by itself or by a link, opens nothing: an administrator of the web page chooses
// the name and the address, and must not be able to send another file of the box's to a server of his own.
type keyPlace struct{ dir, name string }

// mostKey bounds a key file, bytes.
const mostKey = 8 << 10

var keyName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// ValidKeyName reports whether name can name a key file: a plain name of at most 64 letters, digits, dots,
// hyphens and underscores, not a path.
func ValidKeyName(name string) bool { return keyName.MatchString(name) }

// read returns the key. A file that others on the machine can read is refused: the key would be no secret.
func (p keyPlace) read() (string, error) {
	if p.name == "" {
		return "", nil
	}
	if p.dir == "" || !ValidKeyName(p.name) {
		return "", fmt.Errorf("read key: %w: not a name in the folder of keys", ErrKeyFile)
	}
	folder, err := os.OpenRoot(p.dir)
	if err != nil {
		return "", fmt.Errorf("read key: %w: no folder of keys", ErrKeyFile)
	}
	defer folder.Close()
	info, err := folder.Lstat(p.name)
	switch {
	case err != nil:
		return "", fmt.Errorf("read key: %w: not there", ErrKeyFile)
	case !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 || info.Size() > mostKey:
		return "", fmt.Errorf("read key: %w: not a small file of mode 0600", ErrKeyFile)
	}
	f, err := folder.Open(p.name)
	if err != nil {
		return "", fmt.Errorf("read key: %w: not readable", ErrKeyFile)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mostKey+1))
	if err != nil || len(text) > mostKey {
		return "", fmt.Errorf("read key: %w: not readable", ErrKeyFile)
	}
	key := strings.TrimSpace(string(text))
	if key == "" || strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return "", fmt.Errorf("read key: %w: not one line of printable signs", ErrKeyFile)
	}
	return key, nil
}
