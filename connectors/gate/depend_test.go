package gate

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// review is what somebody found who looked at a package that can dial.
type review struct {
	names  string // all that it names of what only the gate may
	within string // the functions that do, between commas; the linker left them out of the program
	why    string // nothing reaches it
	handed bool   // it is in the program, and always handed a client of the gate's: why says what shows that
}

// reviewed are the packages of others that name what only the gate may. A new
// one, or another name, fails the test until somebody has looked at it; so does
// one that is built in and names it no more. Whatever a review overlooks meets
// Seal: net/http's defaults reach nothing.
var reviewed = map[string]review{
	"golang.org/x/crypto/ssh": {
		"net.DialTimeout", "golang.org/x/crypto/ssh.Dial",
		"Ollama's package auth reads a key file with it, and the program calls that not at all: OLLAMA_AUTH is unset at the start", false,
	},
	"github.com/ollama/ollama/api": {
		"net/http.DefaultClient", "github.com/ollama/ollama/api.ClientFromEnvironment",
		"llm.NewOllama calls api.NewClient with a client of the gate's; only_test.go forbids the other in our own code", false,
	},
	"github.com/go-ldap/ldap/v3": {
		"crypto/tls.DialWithDialer, net.DialTimeout, net.Dialer",
		"github.com/go-ldap/ldap/v3.Dial, github.com/go-ldap/ldap/v3.DialTLS, github.com/go-ldap/ldap/v3.DialURL, github.com/go-ldap/ldap/v3.(*DialContext).dial",
		"auth/ldap calls NewConn with a connection of the gate's; only_test.go forbids the others in our own code", false,
	},
	"github.com/Azure/go-ntlmssp": {
		"net/http.DefaultTransport", "github.com/Azure/go-ntlmssp.Negotiator.RoundTrip, github.com/Azure/go-ntlmssp.(*Negotiator).RoundTrip",
		"go-ldap takes NTLM's messages from it, and nobody its HTTP", false,
	},
	"github.com/go-webauthn/webauthn/metadata": {
		"github.com/go-webauthn/x/revoke.VerifyCertificate, http.Client without Transport", "github.com/go-webauthn/webauthn/metadata.Fetch",
		"auth/factor asks no metadata service; only_test.go forbids it in our own code", false,
	},
	"github.com/go-webauthn/x/revoke": {
		"net/http.DefaultClient", "github.com/go-webauthn/x/revoke.VerifyCertificate, github.com/go-webauthn/x/revoke.fetchCRL",
		"only metadata's decoder asks whether a certificate was revoked, and nobody decodes metadata", false,
	},
	"github.com/google/go-tpm/tpmutil": {
		"net.Dial", "github.com/google/go-tpm/tpmutil.NewEmulatorReadWriteCloser, github.com/google/go-tpm/tpmutil.OpenTPM",
		"go-webauthn reads TPM statements with it, and opens no TPM; a unix socket in any case", false,
	},
	"github.com/google/go-tpm/legacy/tpm2": {
		"github.com/google/go-tpm/tpmutil.OpenTPM", "github.com/google/go-tpm/legacy/tpm2.OpenTPM",
		"as above", false,
	},
	"github.com/coreos/go-oidc/v3/oidc": {
		"net/http.DefaultClient", "github.com/coreos/go-oidc/v3/oidc.doRequest",
		"auth/oidc hands it a client in every context; its tests run every flow with a default transport that fails", true,
	},
	"golang.org/x/crypto/acme": {
		"net/http.DefaultClient", "golang.org/x/crypto/acme.(*Client).httpClient",
		"ui/certs/order hands every client one of the gate's", true,
	},
	"golang.org/x/oauth2": {
		"net/http.DefaultTransport", "golang.org/x/oauth2.(*Transport).base",
		"a transport for clients that send tokens, which auth/oidc makes none of: a token is checked and forgotten", false,
	},
	"golang.org/x/oauth2/internal": {
		"net/http.DefaultClient", "golang.org/x/oauth2/internal.ContextClient",
		"auth/oidc hands it a client in every context; its tests run every flow with a default transport that fails", true,
	},
}

// TestDependencies reads every package that the program is built of, but Go's
// own, whose dialling functions are what is looked for.
func TestDependencies(t *testing.T) {
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("needs the go command")
	}
	list := exec.CommandContext(t.Context(), goTool, "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}|{{.Dir}}|{{join .GoFiles \",\"}}{{end}}", ".")
	list.Dir = "../.."
	out, err := list.Output()
	if err != nil {
		t.Fatalf("list packages: %v", err)
	}
	found, read := map[string][]string{}, map[string]bool{}
	packages := 0
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimSpace(line), "|")
		if len(f) != 3 || f[0] == "coffre" || strings.HasPrefix(f[0], "coffre/") {
			continue
		}
		packages++
		read[f[0]] = true
		for name := range strings.SplitSeq(f[2], ",") {
			src, err := os.ReadFile(filepath.Join(f[1], name))
			if err != nil {
				t.Fatal(err)
			}
			all, err := scan(f[0]+"/"+name, src)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range all {
				if what := x.what; !slices.Contains(found[f[0]], what) {
					found[f[0]] = append(found[f[0]], what)
				}
			}
		}
	}
	if packages < 30 {
		t.Fatalf("only %d packages were read", packages)
	}
	for pkg, what := range found {
		slices.Sort(what)
		if reviewed[pkg].names != strings.Join(what, ", ") {
			t.Errorf("%s: %s: nobody has reviewed that", pkg, strings.Join(what, ", "))
		}
	}
	for pkg := range reviewed {
		if read[pkg] && len(found[pkg]) == 0 {
			t.Errorf("%s is reviewed, and reaches out no more", pkg)
		}
	}
	t.Logf("%d packages of others read, %d name what dials", packages, len(found))
}

// TestDependenciesAreNotLinked looks for the reviewed functions in the program
// itself: their names stand in its tables of functions, of inlined ones too, if
// anything can call them.
func TestDependenciesAreNotLinked(t *testing.T) {
	goTool, err := exec.LookPath("go")
	if err != nil || os.Getenv("COFFRE_MUTATIONS") == "" {
		t.Skip("builds the program: with COFFRE_MUTATIONS=1 (bash .ci/run netns)")
	}
	bin := filepath.Join(t.TempDir(), "coffre")
	build := exec.CommandContext(t.Context(), goTool, "build", "-o", bin, ".")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %s", out)
	}
	program, err := os.ReadFile(bin)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(program, []byte("coffre/connectors/gate.dialOne\x00")) {
		t.Fatal("names of functions can't be found in the program: this shows nothing")
	}
	for pkg, r := range reviewed {
		for name := range strings.SplitSeq(r.within, ", ") {
			if !r.handed && bytes.Contains(program, []byte(name+"\x00")) {
				t.Errorf("%s: %s is in the program, though %s", pkg, name, r.why)
			}
		}
	}
}
