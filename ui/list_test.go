package ui

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"coffre/chain"
	"coffre/store"
)

func TestFolded(t *testing.T) {
	for in, want := range map[string]string{
		"Élise": "elise", "ŒUVRE": "oeuvre", "Straße": "strasse", "I\u0307stanbul": "istanbul", "L’Étude": "l'etude",
		"\u202eabc\u200f": "abc", "שָׂרָה": "שרה", "ﬁn": "fin", "": "",
	} {
		if got := folded(in); got != want {
			t.Errorf("folded(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestFinder(t *testing.T) {
	for _, c := range []struct {
		find, in string
		want     bool
	}{
		{"", "anything", true}, {"  ", "anything", true}, {"ELISE", "Élise Mercier", true}, {"mercier élise", "Élise Mercier", true},
		{"merc li", "Élise Mercier", true}, {"elsie", "Élise Mercier", false}, {`"a, b"`, `Groupe "a, b"`, true}, {strings.Repeat("é", 5000), "Élise", false},
		{"\xff\xfe", "Élise", true}, {"%", "Élise", false}, {"o'brien", "O’Brien", true},
	} {
		if got := newFinder(c.find).in(c.in); got != c.want {
			t.Errorf("%.20q in %q: %v", c.find, c.in, got)
		}
	}
	if n := len([]rune(newFinder(strings.Repeat("é", 5000)).text)); n != findRunes {
		t.Errorf("%d characters count", n)
	}
}

func FuzzFinder(f *testing.F) {
	f.Add("Élise", "Élise Mercier")
	f.Add("\xff", "\u202e")
	f.Fuzz(func(t *testing.T, find, in string) {
		if folded(folded(in)) != folded(in) {
			t.Errorf("folding %q twice is not folding it once", in)
		}
		newFinder(find).in(in)
	})
}

var rowName = regexp.MustCompile(`class="row-name" href="[^"]*"><bdi>([^<]*)</bdi>`)

// rows lists the names on a page of a list.
func rows(body string) (names []string) {
	for _, m := range rowName.FindAllStringSubmatch(body, -1) {
		names = append(names, m[1])
	}
	return names
}

// TestListsAreWalked: page by page, as a browser without scripts goes, everybody
// is seen once, in order, and what was looked for stays in the address.
func TestListsAreWalked(t *testing.T) {
	w := newWalk(t)
	w.manyOf()
	admin := w.session(w.admin).speaking("en")
	next := regexp.MustCompile(`rel="next" href="([^"]*)"`)
	for path, want := range map[string]int{
		"/people": sizePeople + 4, "/groups": sizeGroups + 1, "/collections": sizeCollections + 2,
		"/people?q=LEFEVRE": sizePeople, "/people?q=zoe+1&role=member": 119, "/collections?q=clos+dossiers&reads=nobody": 0, "/groups?q=etude": sizeGroups,
	} {
		seen := map[string]bool{}
		last := ""
		for at, n := path, 0; at != ""; n++ {
			body := w.call(admin, "GET", at, nil).body
			for _, name := range rows(body) {
				if seen[name] || folded(name) < folded(last) {
					t.Errorf("%s: %s twice or out of order", at, name)
				}
				seen[name], last = true, name
			}
			at = ""
			if m := next.FindStringSubmatch(body); m != nil {
				at = strings.ReplaceAll(m[1], "&amp;", "&")
				if strings.Contains(path, "q=") && !strings.Contains(at, "q=") {
					t.Fatalf("%s: what was looked for is lost in %s", path, at)
				}
			}
			if n > 50 {
				t.Fatalf("%s: no end", path)
			}
		}
		if len(seen) != want {
			t.Errorf("%s: %d rows, want %d", path, len(seen), want)
		}
	}
}

// TestListsFilter: each filter keeps what it says.
func TestListsFilter(t *testing.T) {
	w := newWalk(t)
	people, groups, collections := w.manyOf()
	admin := w.session(w.admin).speaking("en")
	w.do(w.a, chain.UserUpdate, func(tx *store.Tx) error {
		u, err := tx.User(people[7].ID)
		if err != nil {
			return err
		}
		u.Disabled, u.Source = true, "directory"
		return tx.UpdateUser(u)
	})
	for path, want := range map[string]string{
		"/people?state=closed":                                               "[" + people[7].Name + "]",
		"/people?source=directory":                                           "[" + people[7].Name + "]",
		"/people?role=auditor":                                               "[Name of audrey]",
		"/people?q=OSCAR":                                                    "[Name of oscar]",
		"/collections?reads=everyone":                                        "[Commun]",
		"/collections?q=dossiers&reads=group:" + groups[49].ID:               "[Dossiers clos 047 Dossiers clos 048 Dossiers clos 049 Dossiers clos 097 Dossiers clos 098 Dossiers clos 099]",
		"/collections?q=clos+04&reads=user:" + w.insider.id:                  "[]",
		"/people?state=%00&role=admin%27--&source=%22%3E%3Cscript%3E":        "[]",
		"/people?q=" + url.QueryEscape(strings.Repeat("x", 10_000)):          "[]",
		"/groups?q=" + url.QueryEscape(strings.Repeat("e ", 5_000)+"zzz"):    "",
		"/collections?page=-3&q=clos+000":                                    "[Dossiers clos 000]",
		"/collections?page=999999999999999999999&q=clos+000":                 "[Dossiers clos 000]",
		"/collections?page=77&q=clos+000&reads=user:" + people[0].ID:         "[Dossiers clos 000]",
		"/groups/" + groups[0].ID + "?q=" + url.QueryEscape("martin 003"):    "[" + people[3].Name + "]",
		"/collections/" + collections[0].ID + "?q=" + url.QueryEscape("zoe"): "[" + people[0].Name + "]",
	} {
		r := w.call(admin, "GET", path, nil)
		if got := fmt.Sprint(rows(r.body)); r.status != ok || want != "" && got != want {
			t.Errorf("%.80s: %d %s, want %s", path, r.status, got, want)
		}
		if want == "[]" && !strings.Contains(r.body, "Show all") {
			t.Errorf("%.80s: nothing leads back to the whole list", path)
		}
		if len(r.body) > sizeMost {
			t.Errorf("%.80s: %d bytes", path, len(r.body))
		}
	}
}

// TestListsTakeOddNames: quotes, commas, another writing direction and 200
// characters are found, shown and changed like any other.
func TestListsTakeOddNames(t *testing.T) {
	w := newWalk(t)
	admin := w.session(w.admin).speaking("fr")
	for _, name := range []string{`Dupont, "père & fils"`, "מחלקה משפטית", "\u202eesrever", strings.Repeat("é", 100), `a'); DROP TABLE g; --`, "{n} ⟂ %s"} {
		r := w.call(admin, "POST", "/groups", url.Values{"name": {name}})
		at := r.header.Get("Location")
		if r.status != seeOther || !strings.HasPrefix(at, "/groups/") {
			t.Fatalf("%.20q: %d", name, r.status)
		}
		if got := rows(w.call(admin, "GET", "/groups?q="+url.QueryEscape(name), nil).body); len(got) != 1 {
			t.Errorf("%.20q is found %d times", name, len(got))
		}
		for _, step := range []url.Values{{"add": {w.insider.id, w.outsider.id, w.insider.id}, "seen": {"1"}}, {"remove": {w.outsider.id}, "seen": {"1"}}} {
			if r := w.call(admin, "POST", at+"/members", step); r.status != seeOther {
				t.Errorf("%.20q: %v: %d", name, step, r.status)
			}
		}
		body := w.call(admin, "GET", at, nil).body
		if got := rows(body); len(got) != 1 || got[0] != "Name of irene" {
			t.Errorf("%.20q has the members %v", name, got)
		}
		if r := w.call(admin, "GET", "/access?group="+strings.TrimPrefix(at, "/groups/"), nil); r.status != ok {
			t.Errorf("%.20q: /access: %d", name, r.status)
		}
	}
	for path, form := range map[string]url.Values{
		"/groups/" + w.group + "/members":         {"add": {"nobody"}, "seen": {"1"}},
		"/people/" + w.insider.id + "/groups":     {"join": {"nothing"}, "seen": {"1"}},
		"/collections/" + w.secret.ID + "/grants": {"grant": {"group:nothing"}, "may": {"read"}, "seen": {"1"}},
	} {
		if r := w.call(admin, "POST", path, form); r.status != unproc {
			t.Errorf("%s with what doesn't exist: %d", path, r.status)
		}
	}
}

// TestRestListsByCursor: every list gives all by pages; a cursor of somebody else
// shows nothing that one's own list doesn't hold, one that is none is refused.
func TestRestListsByCursor(t *testing.T) {
	w := newWalk(t)
	w.manyOf()
	admin, member := w.session(w.admin), w.session(w.insider)
	page := func(c caller, list, query string) (names []string, cursor string, status int) {
		var out map[string]any
		r := w.call(c, "GET", "/api/v1/"+list+"?"+query, nil)
		r.json(t, &out)
		all, _ := out[list].([]any)
		for _, x := range all {
			names = append(names, x.(map[string]any)["name"].(string))
		}
		cursor, _ = out["cursor"].(string)
		return names, cursor, r.status
	}
	for list, want := range map[string]int{"users": sizePeople + 4, "groups": sizeGroups + 1, "collections": sizeCollections + 2} {
		n, cursor := 0, ""
		for range 100 {
			names, next, _ := page(admin, list, "limit=7&cursor="+cursor)
			if n += len(names); next == "" {
				break
			}
			cursor = next
		}
		if n != want {
			t.Errorf("%s: %d, want %d", list, n, want)
		}
		for _, bad := range []string{"%00", "ö", "a", strings.Repeat("A", 10_000)} {
			if _, _, status := page(admin, list, "cursor="+url.QueryEscape(bad)); status != 400 {
				t.Errorf("%s: cursor %.9q: %d", list, bad, status)
			}
		}
		if names, _, status := page(admin, list, "q="+strings.Repeat("z", 10_000)); status != ok || len(names) > 0 {
			t.Errorf("%s: a query of 10 kB: %d, %d found", list, status, len(names))
		}
	}
	if names, _, _ := page(admin, "users", "q=ZOE+007"); len(names) != 1 {
		t.Errorf("by name: %v", names)
	}
	_, cursor, _ := page(admin, "collections", "limit=1")
	if names, _, _ := page(member, "collections", "cursor="+cursor); fmt.Sprint(names) != "[Coulisses]" {
		t.Errorf("with the administrator's cursor a member sees %v", names)
	}
	foreign := base64.RawURLEncoding.EncodeToString([]byte("\xff\xff"))
	if names, _, status := page(member, "collections", "cursor="+foreign); status != ok || len(names) > 0 {
		t.Errorf("a place behind everything: %d %v", status, names)
	}
}
