package auth

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"coffre/store"
)

// Bounds of a list of people: bytes of the file, people in it.
const (
	MaxImportBytes = 512 << 10
	MaxImportRows  = 1000
	maxRowGroups   = 50
)

// ImportRow is one line of a list of people, as it was read. Code says why it
// can't be taken, "" where it can; Param is the word that the code is about.
type ImportRow struct {
	Line              int // of the file, from 1
	Login, Name, Mail string
	Role              store.Role // "" where the list has no such column, or says nothing
	Groups            []string
	Code, Param       string
}

// ReadPeople reads a list of people: comma-separated values (RFC 4180) with a
// line of titles, as spreadsheets write them. The separator (; , or a tab) and
// the encoding (UTF-8 and UTF-16 with their marks, else Windows-1252) are found
// out. Titles are French or English, in any order; those that mean nothing are
// left out. Errors are Invalid: "import-empty", "import-large" (max),
// "import-titles", "import-form" (line).
func ReadPeople(data []byte) ([]ImportRow, error) {
	if len(data) > MaxImportBytes {
		return nil, store.Fail(store.TooLarge, "import-large", "max", strconv.Itoa(MaxImportRows))
	}
	text := DecodeText(data)
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace = separator(text), -1, true, true
	titles, err := r.Read()
	if err != nil || strings.TrimSpace(text) == "" {
		return nil, store.Fail(store.Invalid, "import-empty")
	}
	cols, err := columns(titles)
	if err != nil {
		return nil, err
	}
	var out []ImportRow
	first := map[string]int{}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var bad *csv.ParseError
		if errors.As(err, &bad) {
			return nil, store.Fail(store.Invalid, "import-form", "line", strconv.Itoa(bad.Line))
		}
		if err != nil {
			return nil, err
		}
		if strings.TrimSpace(strings.Join(cells, "")) == "" {
			continue
		}
		if len(out) == MaxImportRows {
			return nil, store.Fail(store.TooLarge, "import-large", "max", strconv.Itoa(MaxImportRows))
		}
		row := cols.row(cells)
		row.Line, _ = r.FieldPos(0)
		key := strings.ToLower(row.Login)
		if n := first[key]; row.Code == "" && n > 0 {
			row.Code, row.Param = "import-twice", strconv.Itoa(n)
		} else if n == 0 {
			first[key] = row.Line
		}
		out = append(out, row)
	}
	if len(out) == 0 {
		return nil, store.Fail(store.Invalid, "import-empty")
	}
	return out, nil
}

// DecodeText brings a file to UTF-8 without a mark.
func DecodeText(data []byte) string {
	order := map[string]binary.ByteOrder{"\xff\xfe": binary.LittleEndian, "\xfe\xff": binary.BigEndian}
	if len(data) >= 2 && order[string(data[:2])] != nil {
		units := make([]uint16, 0, len(data)/2)
		for b := data[2:]; len(b) >= 2; b = b[2:] {
			units = append(units, order[string(data[:2])].Uint16(b))
		}
		return string(utf16.Decode(units))
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if utf8.Valid(data) {
		return string(data)
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(data)
	if err != nil {
		return strings.ToValidUTF8(string(data), "\ufffd")
	}
	return string(out)
}

// separator is what the line of titles has most of.
func separator(text string) rune {
	line, _, _ := strings.Cut(strings.TrimLeft(text, "\r\n"), "\n")
	best, most := ';', 0
	for _, c := range []rune{';', ',', '\t'} {
		if n := strings.Count(line, string(c)); n > most {
			best, most = c, n
		}
	}
	return best
}

// titleWords are the titles of a column, folded.
var titleWords = map[string][]string{
	"login":  {"identifiant", "login", "utilisateur", "user", "username", "user name", "compte", "account", "nom d'utilisateur", "nom utilisateur", "sign-in name"},
	"name":   {"nom", "name", "nom complet", "full name", "fullname", "nom affiche", "display name", "displayname", "nom et prenom", "prenom et nom"},
	"given":  {"prenom", "first name", "firstname", "given name", "givenname"},
	"family": {"nom de famille", "last name", "lastname", "surname", "family name"},
	"mail":   {"courriel", "email", "e-mail", "mail", "adresse", "adresse courriel", "adresse e-mail", "adresse mail", "email address"},
	"role":   {"role", "fonction", "droit"},
	"groups": {"groupes", "groupe", "groups", "group", "equipes", "equipe", "teams", "team", "services", "service"},
}

// roleWords are the names of the roles, folded.
var roleWords = map[string]store.Role{
	"member": store.Member, "membre": store.Member, "user": store.Member, "utilisateur": store.Member, "utilisatrice": store.Member,
	"auditor": store.Auditor, "auditeur": store.Auditor, "auditrice": store.Auditor,
	"admin": store.Admin, "administrator": store.Admin, "administrateur": store.Admin, "administratrice": store.Admin,
}

// fold drops accents, case and doubled spaces.
func fold(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r) || r == '\ufeff':
			return -1
		case r == '’':
			return '\''
		case r == '_':
			return ' '
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(s))
	return strings.Join(strings.Fields(s), " ")
}

// columnsOf is where each kind of title stands.
type columnsOf map[string]int

func columns(titles []string) (columnsOf, error) {
	cols := columnsOf{}
	for i, title := range titles {
		for kind, all := range titleWords {
			if _, have := cols[kind]; !have && slices.Contains(all, fold(title)) {
				cols[kind] = i
			}
		}
	}
	_, name := cols["name"]
	_, family := cols["family"]
	_, login := cols["login"]
	if !login || !name && !family {
		return nil, store.Fail(store.Invalid, "import-titles")
	}
	return cols, nil
}

func (c columnsOf) cell(cells []string, kind string) string {
	i, ok := c[kind]
	if !ok || i >= len(cells) {
		return ""
	}
	return strings.TrimSpace(norm.NFC.String(strings.ToValidUTF8(cells[i], "\ufffd")))
}

func (c columnsOf) row(cells []string) ImportRow {
	at := func(kind string) string { return c.cell(cells, kind) }
	name := at("name")
	if name == "" {
		name = at("family")
	}
	row := ImportRow{Login: cleanLogin(at("login")), Name: strings.TrimSpace(at("given") + " " + name), Mail: at("mail")}
	row.Groups = splitGroups(at("groups"))
	role, known := roleWords[fold(at("role"))]
	switch row.Role = role; {
	case at("role") != "" && !known:
		row.Code, row.Param = "import-role", printable(at("role"), 40)
	case !validLogin(row.Login):
		row.Code = "import-login"
	case !validName(row.Name):
		row.Code = "import-name"
	case row.Mail != "" && !validMail(row.Mail):
		row.Code, row.Param = "import-mail", printable(row.Mail, 80)
	case len(row.Groups) > maxRowGroups:
		row.Code = "import-groups"
	}
	for _, g := range row.Groups {
		if row.Code == "" && !validName(g) {
			row.Code, row.Param = "import-group", printable(g, 40)
		}
	}
	return row
}

// splitGroups takes a cell apart that names several groups: by |, ; or a comma.
func splitGroups(cell string) []string {
	var out []string
	for _, g := range strings.FieldsFunc(cell, func(r rune) bool { return r == '|' || r == ';' || r == ',' || r == '\n' }) {
		g = strings.TrimSpace(g)
		if g != "" && !slices.ContainsFunc(out, func(o string) bool { return strings.EqualFold(o, g) }) {
			out = append(out, g)
		}
	}
	return out
}

func validLogin(login string) bool {
	return login != "" && len(login) <= 64 && !strings.ContainsAny(login, " \t\r\n\x00") && printable(login, 64) == login
}

// validMail asks for no more than one @ with something on both sides: whether an
// address is there is known only by writing to it.
func validMail(mail string) bool {
	local, domain, ok := strings.Cut(mail, "@")
	return ok && local != "" && domain != "" && len(mail) <= 254 && !strings.ContainsAny(mail, " \t\r\n<>,;\"") && !strings.Contains(domain, "@") && printable(mail, 254) == mail
}
