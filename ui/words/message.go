package words

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"
)

// message is a parsed sentence: its parts in order.
type message []part

// part is a piece of text, a parameter, a choice of forms, or an optional run
// of parts. Exactly one of its ways is set; forms belong to param.
type part struct {
	text     string
	param    string
	size     bool // the parameter is a number of bytes
	forms    []string
	optional message
}

// parseMessage reads the marks described in the package comment.
func parseMessage(s string) (message, error) {
	m, rest, err := parseParts(s, false)
	if err != nil {
		return nil, fmt.Errorf("parse message %q: %w", s, err)
	}
	if rest != "" {
		return nil, fmt.Errorf("parse message %q: ] without [", s)
	}
	return m, nil
}

func parseParts(s string, inside bool) (message, string, error) {
	var m message
	for s != "" {
		i := strings.IndexAny(s, "{}[]")
		if i < 0 {
			i = len(s)
		}
		if i > 0 {
			m, s = append(m, part{text: s[:i]}), s[i:]
			continue
		}
		switch s[0] {
		case '{':
			inner, rest, ok := strings.Cut(s[1:], "}")
			inner, size := strings.CutSuffix(inner, ":size")
			names := strings.Split(inner, "|")
			if !ok || names[0] == "" || (len(names) != 1 && len(names) != 3) {
				return nil, "", fmt.Errorf("bad parameter near %q", s)
			}
			m, s = append(m, part{param: names[0], size: size, forms: names[1:]}), rest
		case '[':
			if inside {
				return nil, "", fmt.Errorf("[ within [")
			}
			group, rest, err := parseParts(s[1:], true)
			if err != nil {
				return nil, "", err
			}
			if !strings.HasPrefix(rest, "]") {
				return nil, "", fmt.Errorf("[ without ]")
			}
			m, s = append(m, part{optional: group}), rest[1:]
		case ']':
			return m, s, nil
		default:
			return nil, "", fmt.Errorf("} without {")
		}
	}
	return m, "", nil
}

func (m message) render(l Lang, values map[string]any) string {
	var b strings.Builder
	m.write(&b, l, values)
	return b.String()
}

func (m message) write(b *strings.Builder, l Lang, values map[string]any) {
	for _, p := range m {
		switch {
		case p.optional != nil:
			if p.optional.filled(values) {
				p.optional.write(b, l, values)
			}
		case p.param == "":
			b.WriteString(p.text)
		case len(p.forms) == 2:
			b.WriteString(p.forms[l.plural(values[p.param])])
		case p.size:
			b.WriteString(l.bytes(values[p.param]))
		default:
			b.WriteString(l.value(values[p.param]))
		}
	}
}

func (m message) filled(values map[string]any) bool {
	for name := range m.params() {
		if v, ok := values[name]; !ok || v == "" {
			return false
		}
	}
	return true
}

// params is the set of parameters that the message names.
func (m message) params() map[string]bool {
	set := map[string]bool{}
	for _, p := range m {
		if p.param != "" {
			set[p.param] = true
		}
		for name := range p.optional.params() {
			set[name] = true
		}
	}
	return set
}

func (m message) paramList() string {
	var names []string
	for name := range m.params() {
		names = append(names, name)
	}
	sort.Strings(names)
	return strings.Join(names, " ")
}

// plural is 0 for the singular and 1 for the plural form. French counts zero
// and anything below two as singular, English one alone (CLDR plural rules;
// the French form for whole millions is not needed here).
func (l Lang) plural(v any) int {
	n, err := strconv.ParseInt(fmt.Sprint(v), 10, 64)
	if err == nil && (n == 1 || n == -1 || (n == 0 && l == French)) {
		return 0
	}
	return 1
}

// bytes writes a number of bytes as a size; anything else stands as it is.
func (l Lang) bytes(v any) string {
	n, err := strconv.ParseInt(fmt.Sprint(v), 10, 64)
	if err != nil {
		return l.value(v)
	}
	return l.Size(n)
}

func (l Lang) value(v any) string {
	switch v := v.(type) {
	case nil:
		return "…"
	case string:
		return v
	case int:
		return l.Number(int64(v))
	case int64:
		return l.Number(v)
	case uint32:
		return l.Number(int64(v))
	case uint64:
		return l.Number(int64(min(v, 1<<63-1)))
	case float64:
		return l.Decimal(v, 1)
	case time.Time:
		return l.DateTime(v)
	}
	return fmt.Sprint(v)
}
