package page

import (
	"coffre/ui/words"
)

func (v Ask) heading() string {
	if v.Title != "" {
		return v.Title
	}
	return v.L.T("ask.hello")
}

// titled says that the conversation has a title of its own, which its first
// question doesn't say already.
func (v Ask) titled() bool { return len(v.Turns) > 0 && v.Title != v.Turns[0].Question }

func (v Ask) questionLabel() string {
	if len(v.Turns) > 0 {
		return v.L.T("ask.follow-up")
	}
	return v.L.T("ask.question")
}

func (v Ask) scopeLabel() string {
	var names []string
	for _, c := range v.Collections {
		if c.Selected {
			names = append(names, c.Label)
		}
	}
	if len(names) == 0 {
		return v.L.T("ask.all-collections")
	}
	return v.L.List(names)
}

// paragraphs groups the sentences at their breaks.
func (a Answer) paragraphs() [][]Sentence {
	var all [][]Sentence
	for i, s := range a.Sentences {
		if i == 0 || s.Break {
			all = append(all, nil)
		}
		all[len(all)-1] = append(all[len(all)-1], s)
	}
	return all
}

// groups parts the sources that the answer cites from those that were only
// read. While nothing is cited yet, and for an abstention, all are shown.
func (a Answer) groups() (shown, others []Source) {
	for _, s := range a.Sources {
		if s.Cited {
			shown = append(shown, s)
		} else {
			others = append(others, s)
		}
	}
	if len(shown) == 0 {
		return others, nil
	}
	return shown, others
}

func (a Answer) sourcesLabel(l words.Lang) string {
	if a.Abstained {
		return l.T("source.nearest", "n", len(a.Sources))
	}
	shown, _ := a.groups()
	return l.T("source.count", "n", len(shown))
}

func pageCurrent(current bool) string {
	if current {
		return "page"
	}
	return "false"
}
