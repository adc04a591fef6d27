package gate

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// edit is one change of a file.
type edit struct{ file, old, new string }

// mutations take one check out of the gate each. Under every one of them the
// named test must fail: a way round that is tried only in words is none.
var mutations = []struct {
	what string
	edit
	test string
	also []edit
}{
	{"Go's default transport is left as it is", edit{"seal.go", "http.DefaultTransport = shut", "_ = shut"}, "TestSeal", nil},
	{"Go's default client is left as it is", edit{"seal.go", "http.DefaultClient = &http.Client{Transport: shut}", "_ = shut"}, "TestSeal", []edit{{"seal.go", "http.DefaultTransport = shut", "_ = shut"}}},
	{"Go's resolver is left as it is", edit{"seal.go", "net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: refuseDefault}", ""}, "TestSeal", nil},
	{"no list of ways", edit{"gate.go", "if !g.permits(w) {", "if false {"}, "TestDial", nil},
	{"redirects are not judged", edit{"client.go", "case !g.permits(w):\n\t\treturn", "case false:\n\t\treturn"}, "TestClient", []edit{{"gate.go", "if !g.permits(w) {", "if false {"}, {"gate.go", "still := slices.ContainsFunc(g.ways, w.same)", "still := true"}}},
	{"redirects to odd addresses", edit{"client.go", "case err != nil:", "case err != nil && false:"}, "TestClient", []edit{{"gate.go", "if err != nil {\n\t\treturn nil, g.refuse(owner, host, int(port), reasonAddress)", "if false {\n\t\treturn nil, g.refuse(owner, host, int(port), reasonAddress)"}}},
	{"redirects to clear text", edit{"client.go", "case r.URL.Scheme != \"https\" &&", "case false &&"}, "TestRedirectToClearText", nil},
	{"redirects without end", edit{"client.go", "case len(via) > 5:", "case len(via) > 1<<30:"}, "TestClient", nil},
	{"a proxy of the environment", edit{"client.go", "DialContext:         g.For(owner),", "DialContext: g.For(owner), Proxy: http.ProxyFromEnvironment,"}, "TestProxyOfTheEnvironment", nil},
	{"names lead inside", edit{"resolve.go", "if !isElsewhere(a) {", "if false {"}, "TestNamesThatLeadInside$", nil},
	{"names lead inside by IPv6", edit{"address.go", "for _, a := range []netip.Addr{a, inner(a)} {", "for _, a := range []netip.Addr{a} {"}, "TestNamesThatLeadInsideByIPv6", nil},
	{"mapped addresses are others", edit{"way.go", "ip = ip.Unmap()", "_ = ip.Unmap()"}, "TestDial|TestInside", nil},
	{"a zone is dropped", edit{"way.go", "usual := ip.AppendTo(form[:0])", "usual := ip.WithZone(\"\").AppendTo(form[:0])"}, "TestDial", nil},
	{"odd numbers are names", edit{"way.go", "return strings.Trim(last, \"0123456789\") != \"\" && !strings.HasPrefix(last, \"0x\")", "return last != \"\""}, "TestDial", nil},
	{"names move", edit{"resolve.go", "if !pinned || reachOf(a) == pin {", "if true || !pinned || reachOf(a) == pin {"}, "TestNameMoves", nil},
	{"a place is remembered after closing", edit{"traffic.go", "delete(g.pins, k)", "_ = k"}, "TestNameMoves", nil},
	{"rebinding: the name is dialled, not the address", edit{"gate.go", "c, err := dialOne(ctx, network, netip.AddrPortFrom(a, uint16(w.Port)))", "again, _ := g.lookup(ctx, \"ip\", w.Host)\n\t\tc, err := dialOne(ctx, network, netip.AddrPortFrom(again[0], uint16(w.Port)))"}, "TestRebinding", nil},
	{"the search list", edit{"resolve.go", "return host + \".\"", "return host"}, "TestSearchList", nil},
	{"the C library resolves", edit{"resolve.go", "PreferGo: true, ", ""}, "TestResolver", nil},
	{"anything is a name server", edit{"resolve.go", "if err != nil || server.Port() != 53 {", "if err != nil {"}, "TestResolver", nil},
	{"/etc/hosts is believed", edit{"resolve.go", "if !isElsewhere(a) {", "if false {"}, "TestHostsFile|TestNamesThatLeadInside$", nil},
	{"names are asked for before the list is", edit{"gate.go", "if !g.permits(w) {", "if _, err := g.lookup(ctx, \"ip\", w.Host); err == nil || !g.permits(w) {"}, "TestNoNameIsAskedWithoutAWay", nil},
	{"other networks than TCP", edit{"gate.go", "if network != \"tcp\" && network != \"tcp4\" && network != \"tcp6\" {", "if false {"}, "TestDial", nil},
	{"one firm's ways are all firms'", edit{"way.go", "func (w Way) same(o Way) bool { return w.key() == o.key() }", "func (w Way) same(o Way) bool { return w.Host == o.Host && w.Port == o.Port }"}, "TestFirms", nil},
	{"open connections stay", edit{"gate.go", "shut = append(shut, c)", "_ = c"}, "TestReuse", nil},
	{"a way closed while dialling", edit{"gate.go", "still := slices.ContainsFunc(g.ways, w.same)", "still := true"}, "TestClosedWhileDialling", nil},
	{"nobody waits for the settings", edit{"gate.go", "if opened == nil {", "if true {"}, "TestHold", nil},
	{"every host of a flood is an entry", edit{"refusal.go", "if l.budgets[i].used >= f.most ||", "if false && l.budgets[i].used >= f.most ||"}, "TestRefusalsOfADay", nil},
	{"one loop is an entry a minute", edit{"refusal.go", "min(g.step+1, len(groupFor)-1)", "0"}, "TestRefusalsOfADay", nil},
	{"what is shown grows", edit{"refusal.go", "if len(l.recent) == mostRecent {", "if false {"}, "TestRefusalsOfADay|TestFloodIsAFirmsOwn", nil},
	{"an air gap takes carriers for this machine", edit{"way.go", "if reachOf(a) == reachHere && inner(a) == a.WithZone(\"\") {", "if reachOf(a) == reachHere {"}, "TestInside", nil},
}

// TestMutations runs the tests against copies of the gate that lack a check. The
// first goes along always, all of them with COFFRE_MUTATIONS=1 (bash .ci/run
// netns), since each compiles the package again.
func TestMutations(t *testing.T) {
	goTool, err := exec.LookPath("go")
	if err != nil || testing.Short() {
		t.Skip("needs the go command, and time: not with -short")
	}
	for i, m := range mutations {
		if i > 0 && os.Getenv("COFFRE_MUTATIONS") == "" {
			t.Skipf("COFFRE_MUTATIONS=1 tries the other %d", len(mutations)-i)
		}
		t.Run(m.what, func(t *testing.T) {
			dir := t.TempDir()
			overlay := mutate(t, dir, append([]edit{m.edit}, m.also...))
			bin := filepath.Join(dir, "gate.test")
			build := exec.CommandContext(t.Context(), goTool, "test", "-c", "-vet=off", "-overlay", overlay, "-o", bin, ".")
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("the mutant doesn't compile: %s", out)
			}
			run := exec.CommandContext(t.Context(), bin, "-test.timeout=2m", "-test.run", "^("+m.test+")")
			if out, err := run.CombinedOutput(); err == nil {
				t.Errorf("%s passes without the check: %s", m.test, out)
			}
		})
	}
}

// mutate writes changed copies into dir and returns the overlay that has them
// compiled instead.
func mutate(t *testing.T, dir string, edits []edit) string {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	for _, e := range edits {
		from := e.file
		if done := replace[filepath.Join(here, e.file)]; done != "" {
			from = done
		}
		src, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(src), e.old); n != 1 {
			t.Fatalf("%s holds %q %d times", e.file, e.old, n)
		}
		mutant := filepath.Join(dir, e.file)
		if err := os.WriteFile(mutant, []byte(strings.Replace(string(src), e.old, e.new, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(here, e.file)] = mutant
	}
	raw, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlay, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return overlay
}
