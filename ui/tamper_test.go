package ui

import (
	"io/fs"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"coffre/store"
	"coffre/ui/words"
)

func entriesOf(export string) []string {
	lines := strings.Split(strings.TrimSuffix(export, "\n"), "\n")
	return lines[1 : len(lines)-1]
}

var verdictMark = regexp.MustCompile(`data-verdict="(\w+)"`)

func verdictsIn(body string) (out []string) {
	for _, m := range verdictMark.FindAllStringSubmatch(body, -1) {
		out = append(out, m[1])
	}
	return out
}

// TestTamperPage does each thing to a copy, in both languages: what the page
// shows is what the verifier found, and the live journal is what it was.
func TestTamperPage(t *testing.T) {
	d := newBox(t, func(deps *Deps) { deps.Demo = true })
	d.person(d.a, "adam", store.Admin)
	auditor := d.session(d.person(d.a, "audrey", store.Auditor))
	d.call(auditor, "POST", "/api/v1/ask", `{"question":"Quel préavis ?"}`)
	before := entriesOf(d.call(auditor, "GET", "/api/v1/audit/export", nil).body)
	for kind, want := range map[string][]string{
		store.TamperWord: {"fault"}, store.TamperDelete: {"fault"}, store.TamperSwap: {"fault"},
		store.TamperCut: {"sound", "fault"}, store.TamperRewrite: {"sound", "fault"},
	} {
		for _, lang := range words.Langs {
			seq, _ := d.a.Head()
			seq -= 2
			r := d.call(auditor.speaking(string(lang)), "POST", "/journal/tamper", url.Values{"kind": {kind}, "entry": {strconv.FormatUint(seq, 10)}})
			if got := verdictsIn(r.body); r.status != ok || strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("%s %s: %d, verdicts %v, want %v", kind, lang, r.status, got, want)
			}
			if lesson := lang.T("tampered.lesson"); strings.Contains(r.body, lesson) != (len(want) == 2) {
				t.Errorf("%s %s: what is needed to see it is not said", kind, lang)
			}
			if !strings.Contains(r.body, lang.T("tampered.untouched", "n", strconv.FormatUint(seq+3, 10))) {
				t.Errorf("%s %s: not said that the journal of %d entries is untouched", kind, lang, seq+3)
			}
		}
	}
	after := entriesOf(d.call(auditor, "GET", "/api/v1/audit/export", nil).body)
	if len(after) < len(before) || strings.Join(after[:len(before)], "\n") != strings.Join(before, "\n") {
		t.Error("the live journal has changed")
	}
	if r := d.call(auditor, "POST", "/api/v1/audit/verify", nil); !strings.Contains(r.body, `"ok":true`) {
		t.Errorf("the live journal: %s", r.body)
	}
	filepath.WalkDir(d.dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(e.Name(), ".tamper") {
			t.Errorf("left behind: %s", path)
		}
		return err
	})
	for _, entry := range []string{"0", "x", "", "-1", "1e3", "99999999999999999999999"} {
		r := d.call(auditor, "POST", "/journal/tamper", url.Values{"kind": {store.TamperWord}, "entry": {entry}})
		if r.status != unproc || len(verdictsIn(r.body)) > 0 {
			t.Errorf("entry %q: %d", entry, r.status)
		}
	}
	if r := d.call(auditor, "POST", "/journal/tamper", url.Values{"kind": {"erase"}, "entry": {"1"}}); r.status != 400 {
		t.Errorf("a kind that is none: %d", r.status)
	}
}

// TestTamperOnlyInTheDemo: elsewhere the address doesn't exist, for anybody; in
// the demonstration it needs the right to verify.
func TestTamperOnlyInTheDemo(t *testing.T) {
	form := url.Values{"kind": {store.TamperWord}, "entry": {"1"}}
	for _, demo := range []bool{false, true} {
		d := newBox(t, func(deps *Deps) { deps.Demo = demo })
		for role, may := range map[store.Role]bool{store.Admin: true, store.Auditor: true, store.Member: false} {
			c := d.session(d.person(d.a, "somebody-"+string(role), role))
			want := hidden
			if demo && may {
				want = ok
			}
			if r := d.call(c, "GET", "/journal/tamper", nil); r.status != want {
				t.Errorf("demo %v, GET as %s: %d", demo, role, r.status)
			}
			if r := d.call(c, "POST", "/journal/tamper", form); r.status != want {
				t.Errorf("demo %v, POST as %s: %d", demo, role, r.status)
			}
			if journal := d.call(c, "GET", "/journal", nil).body; strings.Contains(journal, `"/journal/tamper"`) != (want == ok) {
				t.Errorf("demo %v: the button, for %s", demo, role)
			}
		}
		want := hidden
		if demo {
			want = unauth
		}
		if r := d.call(caller{host: hostA}, "POST", "/journal/tamper", form); r.status != want {
			t.Errorf("demo %v, POST as nobody: %d", demo, r.status)
		}
	}
}

// TestVerifyWithWhatIsKeptElsewhere: the banner says what the journal was held
// against.
func TestVerifyWithWhatIsKeptElsewhere(t *testing.T) {
	d := newBox(t, nil)
	d.person(d.a, "adam", store.Admin)
	auditor := d.session(d.person(d.a, "audrey", store.Auditor))
	var facts store.Facts
	d.a.View(func(v *store.View) (err error) { facts, err = v.Facts(); return err })
	_, note := d.a.Head()
	_, foreign := d.b.Head()
	for _, q := range []struct {
		name string
		form url.Values
		want string
		says []string
	}{
		{"nothing", url.Values{}, "sound", []string{words.English.T("verify.key-none"), words.English.T("verify.checkpoint-none")}},
		{"the key", url.Values{"key": {facts.FirstKey}}, "sound", []string{words.English.T("verify.key-held"), words.English.T("verify.checkpoint-none")}},
		{"both, pasted by Windows", url.Values{"key": {" " + facts.FirstKey + "\r\n"}, "checkpoint": {strings.ReplaceAll(note, "\n", "\r\n")}}, "sound", []string{words.English.T("verify.key-held"), words.English.T("verify.held-line")}},
		{"another firm's checkpoint", url.Values{"checkpoint": {foreign}}, "fault", []string{words.English.T("looks.foreign"), words.English.T("verify.key-none")}},
	} {
		r := d.call(auditor.speaking("en"), "POST", "/journal/verify", q.form, "HX-Request", "true")
		for range 600 { // under the race detector it takes more than the page waits for
			if len(verdictsIn(r.body)) > 0 {
				break
			}
			time.Sleep(50 * time.Millisecond)
			r = d.call(auditor.speaking("en"), "GET", "/journal/verify", nil, "HX-Request", "true")
		}
		if got := verdictsIn(r.body); len(got) != 1 || got[0] != q.want {
			t.Errorf("%s: %d %v", q.name, r.status, got)
		}
		for _, s := range q.says {
			if !strings.Contains(r.body, s) {
				t.Errorf("%s: does not say %q", q.name, s)
			}
		}
	}
}
