package backupfile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"
)

// Format is the version of the layout of a file that holds everything,
// FormatApart of one whose originals lie beside it, as objects of a folder,
// FormatDamaged of one of either kind with a firm that didn't open, and FormatHTTPS of
// one of any of these with what HTTPS needs: programs that know no such thing refuse it.
const (
	Format        = 1
	FormatApart   = 2
	FormatDamaged = 3
	FormatHTTPS   = 4

	newest = FormatHTTPS
)

// Kind is what Facts.Kind says of every backup.
const Kind = "coffre-backup"

// Names of the members that every backup has.
const (
	FactsName    = "coffre-backup.json"
	ManifestName = "manifest.json"
	ObjectsName  = "objects.json"
	BoxName      = "box.db"
	MasterName   = "keys/master.age"
)

// Names of members that HTTPS needs: the box's own certificate authority with its
// key, and the firm's certificate with its own. A box may have others, see IsHTTPS.
const (
	AuthorityName    = "keys/ca.pem"
	AuthorityKeyName = "keys/ca.key"
	FirmName         = "keys/firm.pem"
)

// Limits of what is read into memory.
const (
	maxFacts    = 4 << 20
	maxManifest = 512 << 20
)

// Facts is the first member. It is written before anything else is known, so
// that a reader can refuse what it can't restore at once.
type Facts struct {
	Kind   string    `json:"kind"`
	Format int       `json:"format"`
	ID     string    `json:"id"` // of the entry backup.create
	Coffre string    `json:"coffre"`
	Made   time.Time `json:"made"`
	// Store is the format of the databases.
	Store  int     `json:"store"`
	Chains []Chain `json:"chains"`
	// Damaged are the firms that didn't open: none of them has a chain here.
	Damaged []Damaged `json:"damaged,omitempty"`
	// Members and Bytes count what lies between this member and the manifest.
	Members int   `json:"members"`
	Bytes   int64 `json:"bytes"`
	// Apart and ApartBytes count the originals that lie beside the file, in clear.
	Apart      int   `json:"apart,omitempty"`
	ApartBytes int64 `json:"apart_bytes,omitempty"`
	// Rest is how many bytes of tar follow this member, to its very end: a file that
	// was cut is told from one that was changed.
	Rest int64 `json:"rest"`
}

// Beside tells whether originals lie beside the file.
func (f Facts) Beside() bool {
	return f.Format == FormatApart || f.Format > FormatApart && f.Apart > 0
}

// FormatOf is the layout of a backup that has these members.
func (f Facts) FormatOf(sources []Source) int {
	switch {
	case slices.ContainsFunc(sources, func(s Source) bool { return IsHTTPS(s.Name) }):
		return FormatHTTPS
	case len(f.Damaged) > 0:
		return FormatDamaged
	case slices.ContainsFunc(sources, func(s Source) bool { return s.Name == ObjectsName }):
		return FormatApart
	}
	return Format
}

// Chain is where one chain stands in the backup. Tenant is "box" for the box's own.
type Chain struct {
	Tenant      string `json:"tenant"`
	Size        uint64 `json:"size"`
	Note        string `json:"checkpoint"`
	FirstKey    string `json:"first_key"`
	RecoveryKey string `json:"recovery_key"`
}

// Damaged is a firm that didn't open when the backup was made.
type Damaged struct {
	Tenant string `json:"tenant"`
	Code   string `json:"code"` // of the error that its opening ended in
	// Files are in the backup as they were, under damaged/; Originals are what their
	// names say; Unread could not be read and are missing.
	Files     int `json:"files"`
	Originals int `json:"originals"`
	Unread    int `json:"unread,omitempty"`
}

// Member is a file of the backup; SHA256 is lower-case hex.
type Member struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Manifest is the last member. SHA256 is of the lines "<sha256>  <name>\n" of all
// Members in order, as sha256sum prints them.
type Manifest struct {
	Members []Member `json:"members"`
	Bytes   int64    `json:"bytes"`
	SHA256  string   `json:"sha256"`
}

// What is wrong with a file. Errors of reading or writing a disk are none of these.
var (
	ErrNotBackup = errors.New("not a backup")
	ErrIdentity  = errors.New("no identity opens the backup")
	ErrCut       = errors.New("the backup ends too early")
	ErrDamaged   = errors.New("the backup is damaged")
	ErrUnsafe    = errors.New("the backup holds what no backup holds")
	ErrNewer     = errors.New("the backup is of a newer format")
)

const (
	tenantPattern = `[a-z0-9][a-z0-9-]{0,62}`
	httpsPattern  = `keys/(?:ca\.pem|ca\.key|firm\.pem|request\.pem|acme-[0-9a-f]{16}\.key)`
)

var (
	memberName = regexp.MustCompile(`^(coffre-backup\.json|manifest\.json|objects\.json|box\.db|keys/master\.age|` + httpsPattern + `|tenants/` + tenantPattern +
		`/(store\.db|erasures\.jsonl|index/vectors\.db|files/[0-9a-f]{64})|damaged/` + tenantPattern + `/(store\.db|erasures\.jsonl|files/[0-9a-f]{64}))$`)
	tenantName   = regexp.MustCompile(`^(tenants|damaged)/(` + tenantPattern + `)/(.*)$`)
	httpsName    = regexp.MustCompile(`^` + httpsPattern + `$`)
	originalName = regexp.MustCompile(`^tenants/(` + tenantPattern + `)/files/([0-9a-f]{64})$`)
)

// KnownName tells whether a backup may hold a member of that name.
func KnownName(name string) bool { return memberName.MatchString(name) }

// Place is where a member lies in a data directory, with slashes.
func Place(name string) string {
	if m := tenantName.FindStringSubmatch(name); m != nil {
		return "tenants/" + m[2] + "/" + m[3]
	}
	return name
}

// belongs tells whether a file whose facts name damaged firms may hold a member: what
// a firm has as it was is under damaged/, and what was verified is not.
func belongs(name string, damaged map[string]bool) bool {
	m := tenantName.FindStringSubmatch(name)
	switch {
	case m == nil:
		return true
	case m[1] == "damaged":
		return damaged[m[2]]
	}
	return !damaged[m[2]] || OriginalHash(name) != ""
}

// IsHTTPS tells whether a member is of what HTTPS needs: the box's own certificate
// authority, the firm's certificate, a signing request that waits for its
// certificate, and accounts at ACME authorities.
func IsHTTPS(name string) bool { return httpsName.MatchString(name) }

// OriginalHash returns the SHA-256 by which an original is named, "" for another
// member.
func OriginalHash(name string) string {
	if m := originalName.FindStringSubmatch(name); m != nil {
		return m[2]
	}
	return ""
}

// manifestOf sums up members.
func manifestOf(members []Member) Manifest {
	m := Manifest{Members: members}
	h := sha256.New()
	for _, one := range members {
		fmt.Fprintf(h, "%s  %s\n", one.SHA256, one.Name)
		m.Bytes += one.Size
	}
	m.SHA256 = hex.EncodeToString(h.Sum(nil))
	return m
}

func encode(v any) ([]byte, error) {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encode member: %w", err)
	}
	return append(b, '\n'), nil
}
