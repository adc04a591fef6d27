// Package passage cuts an extracted text into the pieces that are searched,
// quoted and cited.
//
// Its rule: the passages partition the text. Joined in order they give Body
// byte for byte; none is empty or cuts a character; none crosses a page. Within
// that they follow the structure: a heading starts a passage and stays with
// what it heads, a table or list stays together where it fits, a long paragraph
// is cut between sentences.
//
// Size: a passage closes once it has 800 characters and may have 1200, about
// two paragraphs: enough for an answer and its reason, little enough that a
// citation points at something. It also stays under 240 estimated word pieces,
// because the built-in embedder reads 256 and would not see the rest: English
// reaches 1200 characters before that, French, which the English vocabulary
// spells in twice as many pieces, about 700.
package passage

import (
	"strings"
	"unicode/utf8"

	"coffre/connectors/extract"
)

// Passage is Body[Start:End) of the text that was split.
type Passage struct {
	Start, End int
	Page       int    // from 1; 0 where the format has no pages
	Heading    string // the headings above it, outermost first, joined by " › "
	Lang       string // "fr", "en" or ""
}

// Options of Split. Zero values take the defaults.
type Options struct {
	Target    int // characters after which a passage closes; 800
	Max       int // characters that a passage may have; 1200
	MaxPieces int // estimated word pieces that it may have; 240
	// Detect tells the language of a text ("" if unsure); index.DetectLanguage.
	// Without it every passage has the language that the file declares.
	Detect func(string) string
}

func (o Options) withDefaults() Options {
	if o.Target <= 0 {
		o.Target = 800
	}
	if o.Max <= 0 {
		o.Max = 1200
	}
	if o.MaxPieces <= 0 {
		o.MaxPieces = 240
	}
	if o.Detect == nil {
		o.Detect = func(string) string { return "" }
	}
	return o
}

const (
	minDetect    = 80       // bytes; shorter texts don't tell their language
	sampleDetect = 16 << 10 // bytes of a document that tell its language
)

// Split cuts t.Body. It accepts blocks in any state and still partitions.
func Split(t extract.Text, o Options) []Passage {
	if t.Body == "" {
		return nil
	}
	s := &splitter{body: t.Body, o: o.withDefaults(), lang: t.Lang}
	if lang := s.o.Detect(sample(t.Body)); lang != "" {
		s.lang = lang
	}
	us := units(t)
	for i := range us {
		s.unit(us, i)
	}
	s.close()
	return s.out
}

// sample is the middle of a text: its beginning is titles and addresses.
func sample(body string) string {
	if len(body) <= sampleDetect {
		return body
	}
	from := (len(body) - sampleDetect) / 2
	return strings.ToValidUTF8(body[from:from+sampleDetect], "")
}

// splitter holds the passage that is being filled.
type splitter struct {
	body, lang string
	o          Options
	out        []Passage

	start, end int // of the open passage; equal when none is open
	size       size
	page       int
	onlyHeads  bool
	path       []head
}

type head struct {
	level int
	text  string
}

// unit adds one unit, after closing what may not or should not go with it.
func (s *splitter) unit(us []unit, i int) {
	u := us[i]
	text := s.body[u.start:u.end]
	lang := s.langOf(text)
	z := measure(text, lang)
	if u.page != s.page || u.kind == extract.KindHeading && !s.onlyHeads {
		s.close()
	}
	s.page = u.page
	if u.kind == extract.KindHeading {
		s.push(u)
	}
	switch {
	case s.start == s.end:
	case s.onlyHeads: // a heading keeps what follows, whole or in part
	case s.size.chars >= s.o.Target, !s.fits(s.size.plus(z)):
		s.close()
	case u.firstOfRun && !s.fits(s.size.plus(s.runSize(us, i, lang))) && s.fits(s.runSize(us, i, lang)):
		s.close()
	}
	if s.fits(s.size.plus(z)) {
		s.take(u.start, u.end, z, u.kind == extract.KindHeading)
		return
	}
	for _, a := range atoms(text, s.o, lang) {
		az := measure(text[a.start:a.end], lang)
		if !s.fits(s.size.plus(az)) {
			s.close()
		}
		s.take(u.start+a.start, u.start+a.end, az, u.kind == extract.KindHeading)
	}
}

// runSize is the size of the list or table that begins at i, or of as much of
// it as shows that it doesn't fit.
func (s *splitter) runSize(us []unit, i int, lang string) size {
	var z size
	for j := i; j < len(us) && us[j].page == us[i].page && us[j].kind == us[i].kind; j++ {
		if z = z.plus(measure(s.body[us[j].start:us[j].end], lang)); !s.fits(z) {
			break
		}
	}
	return z
}

func (s *splitter) fits(z size) bool { return z.chars <= s.o.Max && z.pieces <= s.o.MaxPieces }

func (s *splitter) take(start, end int, z size, heading bool) {
	if s.start == s.end {
		s.start, s.onlyHeads = start, true
	}
	s.end = end
	s.size = s.size.plus(z)
	s.onlyHeads = s.onlyHeads && heading
}

func (s *splitter) close() {
	if s.start == s.end {
		return
	}
	text := s.body[s.start:s.end]
	s.out = append(s.out, Passage{Start: s.start, End: s.end, Page: s.page, Heading: s.heading(), Lang: s.langOf(text)})
	s.start, s.size, s.onlyHeads = s.end, size{}, false
}

func (s *splitter) langOf(text string) string {
	if len(text) >= minDetect {
		if lang := s.o.Detect(text); lang != "" {
			return lang
		}
	}
	return s.lang
}

// push makes u the innermost heading in force.
func (s *splitter) push(u unit) {
	for len(s.path) > 0 && s.path[len(s.path)-1].level >= u.level {
		s.path = s.path[:len(s.path)-1]
	}
	s.path = append(s.path, head{u.level, shorten(s.body[u.start:u.end], 120)})
}

func (s *splitter) heading() string {
	parts := make([]string, len(s.path))
	for i, h := range s.path {
		parts[i] = h.text
	}
	return strings.Join(parts, " › ")
}

// shorten makes text one line of at most n characters.
func shorten(text string, n int) string {
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	r := []rune(text)
	return strings.TrimRight(string(r[:n-1]), " ") + "…"
}
