package takeout

import "strings"

// markdown writes text so that a reader of CommonMark shows the very characters:
// what would be a sign of Markdown or HTML has a backslash before it (CommonMark
// 0.31, 2.4 and 4).
func markdown(text string) string {
	var b strings.Builder
	b.Grow(len(text) + len(text)/8)
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		line = strings.TrimRight(line, " \r")
		indent := len(line) - len(strings.TrimLeft(line, " \t"))
		// Four spaces would be a block of code.
		if indent >= 4 || strings.ContainsRune(line[:indent], '\t') {
			b.WriteString("   ")
		} else {
			b.WriteString(line[:indent])
		}
		escapeLine(&b, line[indent:])
	}
	return b.String()
}

func escapeLine(b *strings.Builder, line string) {
	digits := 0
	for digits < len(line) && line[digits] >= '0' && line[digits] <= '9' {
		digits++
	}
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case strings.IndexByte("\\`*_<>[]|~&$", c) >= 0,
			i == 0 && strings.IndexByte("#+-=", c) >= 0,
			i == digits && digits > 0 && (c == '.' || c == ')'):
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
}

// oneLine is a text as a heading or in a list shows it.
func oneLine(text string) string {
	return markdown(strings.Join(strings.Fields(text), " "))
}
