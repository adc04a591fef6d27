package idp

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/dexidp/dex/storage"
	"golang.org/x/crypto/bcrypt"
)

// TestBrowser signs in through Dex in a real Chromium: .ci/browser/idp.mjs starts a
// box, an administrator adds Dex on its page, and somebody comes.
func TestBrowser(t *testing.T) {
	binary, chromium := os.Getenv("COFFRE"), os.Getenv("CHROMIUM")
	if binary == "" || chromium == "" {
		t.Skip("needs COFFRE and CHROMIUM, a binary and a browser: bash .ci/run idp builds and finds them")
	}
	s, store := dexWith(t, storage.Connector{ID: "local", Type: "local", Name: "Email"})
	hash, err := bcrypt.GenerateFromPassword([]byte("sept lampes de laiton"), 10)
	if err != nil {
		t.Fatal(err)
	}
	person := storage.Password{Email: "zoe@acme.test", Hash: hash, Username: "Zoé Müller", PreferredUsername: "zoe", UserID: "08a8684b-db88-4b73-90a9-3cd1661f5466"}
	if err := store.CreatePassword(t.Context(), person); err != nil {
		t.Fatal(err)
	}
	// What an administrator would type at Dex: the address to come back to.
	control := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := store.UpdateClient(r.Context(), clientID, func(c storage.Client) (storage.Client, error) {
			c.RedirectURIs = []string{r.FormValue("callback")}
			return c, nil
		})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}))
	t.Cleanup(control.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "../../.ci/browser/idp.mjs", os.Getenv("SHOTS"))
	cmd.Env = append(os.Environ(), "DEX="+s.URL, "DEX_CA="+ca, "DEX_CLIENT="+clientID, "DEX_SECRET="+secret, "CONTROL="+control.URL)
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
}
