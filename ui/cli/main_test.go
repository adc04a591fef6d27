package cli

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"coffre/store"
)

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"", ExitUsage, "No command is given"},
		{"frobnicate", ExitUsage, "There is no command “frobnicate”"},
		{"frobnicate --lang fr", ExitUsage, "La commande «\u00a0frobnicate\u00a0» n’existe pas"},
		{"audit", ExitUsage, "audit verify, audit export, audit checkpoint, audit kit, audit witness, audit watch, audit receipt, audit prove, audit retention, audit hold and audit erase"},
		{"audit frob", ExitUsage, "“coffre audit” wants one more word"},
		{"ask", ExitUsage, "Type “coffre ask QUESTION"},
		{"version now", ExitUsage, "“now” is one too many"},
		{"version --frob", ExitUsage, "has no flag “--frob”"},
		{"--lang=fr version --frob", ExitUsage, "ne connaît pas l’option"},
		{"--limit 3 search x", ExitUsage, "Type the command first"},
		{"search x --limit", ExitUsage, "Type “--limit N”"},
		{"search x --limit 0", ExitUsage, "not a number from 1 to 100"},
		{"search x --limit 5 --limit 6", ExitUsage, "given twice"},
		{"version --json=1", ExitUsage, "takes no value"},
		{"version --lang de", ExitUsage, "“de” is not available"},
		{"user add bob --role king", ExitUsage, "no role “king”"},
		{"user add bob", ExitUsage, "No password was given"},
		{"key create k", ExitUsage, "needs the flag --user"},
		{"settings set llm.url", ExitUsage, "not of the form NAME=VALUE"},
		{"audit export", ExitUsage, "needs the flag --out"},
		{"audit export --out x --from yesterday", ExitUsage, "neither a day nor a moment"},
		{"audit prove --seq x", ExitUsage, "is not a number"},
		{"audit prove --seq 1 --from-size 2", ExitUsage, "one of them"},
		{"audit verify --key nonsense", ExitUsage, "neither a key nor a file"},
		{"audit retention --class question", ExitUsage, "--class and --days together"},
		{"audit retention --class question --days soon", ExitUsage, "is not a number"},
		{"audit hold --put --lift x", ExitUsage, "not both"},
		{"audit hold --put --from yesterday", ExitUsage, "neither a day nor a moment"},
		{"init --firm F", ExitUsage, "needs the flag --admin"},
	} {
		run(t, &api{}, strings.Fields(c.args)...).want(t, c.code, "", c.says)
	}
}

func TestHelp(t *testing.T) {
	run(t, nil, "--help").want(t, ExitDone, "audit verify", "")
	run(t, nil, "help", "--lang", "fr").want(t, ExitDone, "Codes de sortie", "")
	run(t, nil, "audit", "--help").want(t, ExitDone, "audit checkpoint", "")
	for _, cmd := range Commands() {
		for _, lang := range []string{"fr", "en"} {
			run(t, nil, append(strings.Fields(cmd.Name), "--help", "--lang", lang)...).want(t, ExitDone, "coffre "+cmd.Name, "")
		}
	}
	run(t, nil, "help", "ask").want(t, ExitDone, "coffre ask QUESTION", "")
}

func TestVersion(t *testing.T) {
	runWith(t, Env{Version: "v9"}, "version").want(t, ExitDone, "coffre v9\n", "")
	runWith(t, Env{Version: "v9"}, "--version").want(t, ExitDone, "coffre v9\n", "")
	if o := runWith(t, Env{Version: "v9"}, "version", "--json"); o.lines(t)[0]["version"] != "v9" {
		t.Errorf("version --json: %s", o.out)
	}
}

// TestProblems holds every kind of refusal to its exit code, with the sentence
// that the box sent.
func TestProblems(t *testing.T) {
	for _, c := range []struct {
		status int
		code   string
		exit   int
	}{
		{http.StatusUnauthorized, "session-expired", ExitDenied},
		{http.StatusForbidden, "denied", ExitDenied},
		{http.StatusNotFound, "not-found", ExitFailed},
		{http.StatusUnprocessableEntity, "invalid-setting", ExitFailed},
		{http.StatusTooManyRequests, "rate-limited", ExitUnreachable},
		{http.StatusServiceUnavailable, "busy", ExitUnreachable},
		{http.StatusInternalServerError, "damaged", ExitUnverified},
		{http.StatusInternalServerError, "internal", ExitFailed},
	} {
		a := &api{answers: map[string]http.HandlerFunc{"GET /users": fails(c.status, c.code, "A sentence from the box.")}}
		run(t, a, "user", "list").want(t, c.exit, "", "coffre: A sentence from the box.\n")
	}
	a := &api{answers: map[string]http.HandlerFunc{"GET /users": fails(500, "internal", "Oh.")}}
	run(t, a, "user", "list").want(t, ExitFailed, "", "Request number: req-1")
	plain := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusForbidden) })
	run(t, plain, "user", "list", "--lang", "fr").want(t, ExitDenied, "", "Demandez-le à votre administrateur")
	half := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(`{"users":[`))
		panic(http.ErrAbortHandler)
	})
	run(t, half, "user", "list").want(t, ExitUnreachable, "", "connection to the box was lost")
}

func TestOpenFails(t *testing.T) {
	for _, c := range []struct {
		err  error
		exit int
	}{
		{store.Fail(store.Unavailable, "in-use"), ExitUnreachable},
		{store.Fail(store.Corrupt, "damaged"), ExitUnverified},
		{store.Fail(store.Denied, "denied"), ExitDenied},
		{store.Fail(store.NotFound, "no-box"), ExitUnreachable},
		{&fs.PathError{Op: "open", Path: "/x", Err: syscall.EACCES}, ExitDenied},
		{&fs.PathError{Op: "open", Path: "/x", Err: syscall.ENOENT}, ExitFailed},
		{&fs.PathError{Op: "write", Path: "/x", Err: syscall.ENOSPC}, ExitFailed},
		{errors.New("something else"), ExitFailed},
	} {
		e := Env{Open: func(string) (http.Handler, func() error, error) { return nil, nil, c.err }}
		o := runWith(t, e, "user", "list")
		o.want(t, c.exit, "", "coffre: ")
		if strings.Count(o.errout, "\n") != 1 {
			t.Errorf("%v: more than a sentence: %q", c.err, o.errout)
		}
	}
	e := Env{Open: func(string) (http.Handler, func() error, error) { panic("page 3: invalid page type") }}
	runWith(t, e, "user", "list").want(t, ExitUnverified, "", "coffre: ")
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
	var out, errout strings.Builder
	code := Main(ctx, Env{
		Args: []string{"user", "list", "--data", t.TempDir()}, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errout,
		Getenv: func(string) string { return "" }, Open: opens(h),
	})
	outcome{code, out.String(), errout.String()}.want(t, ExitFailed, "", "Interrupted")
}

func TestLanguageOfTheLocale(t *testing.T) {
	for _, c := range []struct{ all, messages, lang, want string }{
		{"", "", "", "en"}, {"", "", "fr_FR.UTF-8", "fr"}, {"", "fr_CH", "en_GB", "fr"},
		{"C.UTF-8", "", "fr_FR", "en"}, {"", "", "de_DE", "en"}, {"fr", "en", "en", "fr"},
	} {
		e := Env{Getenv: func(name string) string {
			return map[string]string{"LC_ALL": c.all, "LC_MESSAGES": c.messages, "LANG": c.lang}[name]
		}}
		if l, err := e.language(); err != nil || string(l) != c.want {
			t.Errorf("%+v: %s, %v", c, l, err)
		}
	}
}

func TestCommonFlagsReachTheBox(t *testing.T) {
	a := &api{answers: map[string]http.HandlerFunc{"GET /search": says(`{"language":"fr","hits":[]}`)}}
	run(t, a, "--tenant", "acme", "search", "le", "--lang=fr", "bail", "--limit=7").want(t, ExitDone, "", "Aucun passage")
	q := a.last(t, "GET /search")
	if q.lang != "fr" || q.tenant != "acme" || q.query != "limit=7&q=le+bail" {
		t.Errorf("the box was asked %+v", q)
	}
	run(t, a, "search", "--", "--limit", "is a flag")
	if q := a.last(t, "GET /search"); q.query != "q=--limit+is+a+flag" {
		t.Errorf("after --: %+v", q)
	}
}

func TestClean(t *testing.T) {
	if got := clean("a\x1b[2Jb\u202Ec\td\ne\u0085\x7f"); got != "a[2Jbc d\ne" {
		t.Errorf("clean: %q", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"ask a b", "--lang fr ask -- --x", "audit verify --key k --checkpoint=a --checkpoint b", "help audit", "- -- -", "--=x", "--json=1"} {
		f.Add(s)
	}
	table := Commands()
	f.Fuzz(func(t *testing.T, line string) {
		typed, err := parse(strings.Split(line, " "), table)
		if err != nil {
			if exit, sentence, _ := exitOf("fr", err); exit != ExitUsage || sentence == "" {
				t.Errorf("%q: exit %d, %q", line, exit, sentence)
			}
			return
		}
		for name := range typed.flags {
			if _, ok := typed.find(name); !ok {
				t.Errorf("%q: flag %q slipped through", line, name)
			}
		}
	})
}
