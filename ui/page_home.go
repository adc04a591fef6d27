package ui

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"coffre/auth"
	"coffre/index"
	"coffre/store"
	"coffre/ui/page"
)

// What the home page offers, and how large a document may be to be looked
// through for a question to try.
const (
	homeQuestions = 3
	homeDocuments = 4
	homePassages  = 400
	homeLooked    = 8 // documents looked through for questions
)

// fillHome adds what a new person should try: questions out of their own
// documents, the newest documents, whom to ask for access, and for an
// administrator the next steps.
func (q *request) fillHome(view *store.View, v *page.Ask) error {
	docs, _, err := q.newestDocuments(view, "")
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, c := range v.Collections {
		names[c.Value] = c.Label
	}
	for _, d := range docs[:min(len(docs), homeDocuments)] {
		v.Recent = append(v.Recent, page.RecentDocument{ID: d.ID, Title: titleOf(d), Collection: names[d.Collection], Added: d.Latest().Added.Local()})
	}
	if len(v.Examples) == 0 {
		if v.Examples, err = q.ownQuestions(view, docs); err != nil {
			return err
		}
	}
	v.Examples = v.Examples[:min(len(v.Examples), homeQuestions)]
	us, err := view.Users()
	active := 0
	for _, u := range us {
		if u.Disabled {
			continue
		}
		active++
		if u.Role == store.Admin && u.ID != q.p.UserID {
			v.Admins = append(v.Admins, u.Name)
		}
	}
	if auth.Allowed(q.p, auth.SettingsAdmin) {
		v.Steps = page.Steps{Shown: v.Documents == 0 || active < 2, Documents: v.Documents > 0, People: active > 1, Model: !v.Quotes}
	}
	return err
}

// ownQuestions are questions that the person's own documents answer, made of
// the headings of the newest ones in the page's language; another language's
// only where there are none.
func (q *request) ownQuestions(view *store.View, docs []store.Document) ([]string, error) {
	for _, sameLang := range []bool{true, false} {
		var first, second []string
		asked := map[string]bool{}
		looked := 0
		for _, d := range docs {
			ver := d.Latest()
			if looked == homeLooked || len(first) == homeQuestions {
				break
			}
			if ver.Status != store.Ready || ver.Passages > homePassages || (ver.Lang == string(q.lang)) != sameLang {
				continue
			}
			looked++
			topics, err := topicsOf(view, ver, titleOf(d))
			if err != nil {
				return nil, err
			}
			for i, topic := range topics {
				question := q.lang.T("ask.example", "title", titleOf(d), "topic", topic)
				if asked[topic] {
					continue
				}
				asked[topic] = true
				if i == 0 {
					first = append(first, question)
				} else {
					second = append(second, question)
				}
			}
		}
		if all := append(first, second...); len(all) > 0 {
			return all[:min(len(all), homeQuestions)], nil
		}
	}
	return nil, nil
}

// numbering is what stands before the words of a heading.
var numbering = regexp.MustCompile(`^(?i:(?:article|art\.|titre|title|section|chapitre|chapter|annexe|annex|partie|part)\s+(?:[0-9]+[a-z]?|[ivxlc]+)\b|[0-9]+(?:\.[0-9]+)*)\s*[–—:.)-]*\s*`)

// topicsOf are up to three headings of the version that say what stands under
// them, and more than its title does.
func topicsOf(view *store.View, ver store.Version, title string) ([]string, error) {
	ps, err := view.VersionPassages(ver)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, p := range ps {
		heading := p.Heading
		if i := strings.LastIndex(heading, "›"); i >= 0 {
			heading = heading[i+len("›"):]
		}
		topic := strings.TrimSpace(numbering.ReplaceAllString(strings.TrimSpace(heading), ""))
		if len(p.Text) < 120 || !worthAsking(topic, title, ver.Lang) || slices.Contains(out, topic) {
			continue
		}
		if out = append(out, topic); len(out) == homeQuestions {
			break
		}
	}
	return out, nil
}

// worthAsking: a few words that name something, most of which the title doesn't
// hold. Labels of forms ("Invoice to"), letterheads in capitals, sentences and
// lines with figures stand above a text without saying what it is about.
func worthAsking(topic, title, lang string) bool {
	words := strings.Fields(topic)
	if len(words) < 2 || len(words) > 7 || utf8.RuneCountInString(topic) > 60 {
		return false
	}
	content := index.Words(topic, lang)
	if len(content) == 0 || content[len(content)-1].End != len(topic) {
		return false
	}
	if strings.ContainsAny(topic, ":;0123456789") || strings.ToUpper(topic) == topic {
		return false
	}
	known := 0
	title = strings.ToLower(strings.ReplaceAll(title, "’", "'"))
	for _, w := range words {
		if strings.Contains(title, strings.ToLower(strings.ReplaceAll(w, "’", "'"))) {
			known++
		}
	}
	return known*2 <= len(words)
}
