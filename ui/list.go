package ui

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"

	"coffre/ui/look"
	"coffre/ui/page"
)

// listStep is how many people, groups or collections a page of a list has.
const listStep = 25

// pickMost is how many names are offered at once to whoever adds one; where there
// are no more, all of them stand there without a search.
const pickMost = 12

// named is what a list is put in order by.
type named interface{ Listed() (name, id string) }

// listed sorts by name as people do, accents and case aside.
func listed[T named](all []T) {
	keys := map[string]string{}
	for _, x := range all {
		name, id := x.Listed()
		keys[id] = folded(name)
	}
	slices.SortStableFunc(all, func(a, b T) int {
		_, i := a.Listed()
		_, j := b.Listed()
		return cmp.Or(cmp.Compare(keys[i], keys[j]), cmp.Compare(i, j))
	})
}

// step fills in how long a list is and returns the part that its page shows. keep
// are the parameters of the address that hold on the next page too.
func step[T named](q *request, l *page.List, all []T, keep ...string) []T {
	listed(all)
	l.Found, l.Pages = len(all), max(1, (len(all)+listStep-1)/listStep)
	l.Page, _ = strconv.Atoi(q.wish("page"))
	l.Page = min(max(l.Page, 1), l.Pages)
	at := func(n int) string {
		u := url.Values{}
		for _, k := range append(keep, "q") {
			if s := q.wish(k); s != "" && k != "q" {
				u.Set(k, s)
			}
		}
		if l.Query != "" {
			u.Set("q", l.Query)
		}
		if n > 1 {
			u.Set("page", strconv.Itoa(n))
		}
		if len(u) == 0 {
			return l.At
		}
		return l.At + "?" + u.Encode()
	}
	if l.Page > 1 {
		l.Previous = at(l.Page - 1)
	}
	if l.Page < l.Pages {
		l.Next = at(l.Page + 1)
	}
	from := (l.Page - 1) * listStep
	return all[from:min(from+listStep, len(all))]
}

// choice is a filter's drop-down with the value that the address asks for.
func choice(name, label, current string, all []look.Choice) page.Filter {
	for i := range all {
		all[i].Selected = all[i].Value == current
	}
	return page.Filter{Name: name, Label: label, Choices: all}
}

// filtered tells whether the address leaves anything out of the list.
func (q *request) filtered(names ...string) bool {
	return slices.ContainsFunc(append(names, "q"), func(n string) bool { return q.wish(n) != "" })
}

// pick offers those of all that match what was looked for, the first by name.
func (q *request) pick(p page.Picker, all []page.Pick) page.Picker {
	f := newFinder(q.wish("find"))
	listed(all)
	p.Find, p.All, p.Path = f.text, len(all), q.r.URL.Path
	for _, x := range all {
		if !f.in(x.Label, x.Under) {
			continue
		}
		if p.Found++; len(p.Choices) < pickMost {
			p.Choices = append(p.Choices, x)
		}
	}
	return p
}

// listedIn is a list of values of a form; said is false where the form has no
// such field, and then what it stands for stays. An empty value alone is none.
func (q *request) listedIn(field string) (values []string, said bool) {
	all, said := q.r.PostForm[field]
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s == "" }), said
}
