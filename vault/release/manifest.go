package release

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Bounds of what a file may say of itself.
const (
	MaxManifest = 1 << 20 // bytes
	MaxPrograms = 32
	MaxProgram  = 1 << 30 // bytes, unpacked
	maxNotes    = 100 << 10
)

// Errors of reading.
var (
	ErrNotRelease = errors.New("not a release file")
	ErrSignature  = errors.New("no signature by a known key holds")
	ErrManifest   = errors.New("manifest doesn't hold together")
	ErrCut        = errors.New("release file ends too early")
	ErrDamaged    = errors.New("program is not what the manifest says")
)

// Program is one program of a release.
type Program struct {
	OS     string `json:"os"`     // as Go names it: linux, darwin
	Arch   string `json:"arch"`   // amd64, arm64
	Size   int64  `json:"size"`   // bytes, unpacked
	SHA256 string `json:"sha256"` // of the unpacked bytes, hex
	// Packed are bytes in the file, PackedSHA256 theirs.
	Packed       int64  `json:"packed"`
	PackedSHA256 string `json:"packed_sha256"`
}

// Notes say what is new, for whoever decides.
type Notes struct {
	FR string `json:"fr"`
	EN string `json:"en"`
}

// Manifest is what is signed.
type Manifest struct {
	Version string    `json:"version"` // semver.org, without a v
	Date    time.Time `json:"date"`
	// Format is the store format that the version writes, Oldest the oldest that
	// it leads there.
	Format   int       `json:"format"`
	Oldest   int       `json:"oldest"`
	Notes    Notes     `json:"notes"`
	Programs []Program `json:"programs"`
}

// parseManifest reads and checks a manifest; errors wrap ErrManifest.
func parseManifest(b []byte) (m Manifest, err error) {
	if err := json.Unmarshal(b, &m); err != nil {
		return m, fmt.Errorf("%w: decode: %w", ErrManifest, err)
	}
	return m, m.check()
}

func (m Manifest) check() error {
	if _, ok := parseVersion(m.Version); !ok {
		return fmt.Errorf("%w: version", ErrManifest)
	}
	if m.Format < 1 || m.Oldest < 1 || m.Oldest > m.Format {
		return fmt.Errorf("%w: formats", ErrManifest)
	}
	if len(m.Notes.FR)+len(m.Notes.EN) > maxNotes {
		return fmt.Errorf("%w: notes", ErrManifest)
	}
	if len(m.Programs) == 0 || len(m.Programs) > MaxPrograms {
		return fmt.Errorf("%w: number of programs", ErrManifest)
	}
	seen := map[string]bool{}
	for _, p := range m.Programs {
		name := p.OS + "/" + p.Arch
		if p.OS == "" || p.Arch == "" || seen[name] || p.Size < 1 || p.Size > MaxProgram || p.Packed < 1 || p.Packed > MaxProgram+MaxProgram/100 ||
			!isSHA256(p.SHA256) || !isSHA256(p.PackedSHA256) {
			return fmt.Errorf("%w: program %d", ErrManifest, len(seen)+1)
		}
		seen[name] = true
	}
	return nil
}

func isSHA256(s string) bool {
	if len(s) != 64 {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// For is the program of a platform.
func (m Manifest) For(os, arch string) (Program, bool) {
	for _, p := range m.Programs {
		if p.OS == os && p.Arch == arch {
			return p, true
		}
	}
	return Program{}, false
}
