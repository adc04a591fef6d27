package gate

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"testing"
)

// The environment's proxies are read once a process and never for loopback, so
// that only a child with them set, asking for another host, can show anything.
func TestProxyOfTheEnvironment(t *testing.T) {
	if os.Getenv("COFFRE_TEST_PROXY") == "" {
		reached := false
		proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
		defer proxy.Close()
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestProxyOfTheEnvironment$")
		child.Env = append(os.Environ(), "COFFRE_TEST_PROXY="+proxy.URL)
		for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"} {
			child.Env = append(child.Env, name+"="+proxy.URL)
		}
		if out, err := child.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
		if reached {
			t.Error("the proxy was asked")
		}
		return
	}
	h := &heard{}
	g := New(nil, h.add)
	defer g.Close()
	proxy, err := WayTo(os.Getenv("COFFRE_TEST_PROXY"), "")
	if err != nil {
		t.Fatal(err)
	}
	// Even where there is a way to the proxy, nobody asks it.
	g.Replace([]Way{proxy})
	res, err := g.Client("", 0).Get("http://192.0.2.1/")
	if err == nil {
		t.Errorf("answered %s", res.Status)
	}
	if h.reasons()[reasonClosed] != 1 {
		t.Errorf("refused %v", h.all)
	}
}
