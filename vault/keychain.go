package vault

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
)

// The macOS Keychain, through Apple's own tool, since its library wants cgo. The
// secret goes in through the tool's standard input: an argument would be seen in
// the list of processes. Tried with a stand-in for the tool, not on a Mac yet.

// keychainTool is Apple's; tests put another in its place.
var keychainTool = "/usr/bin/security"

// keychainWorks tells whether the system has one.
var keychainWorks = func() bool { return runtime.GOOS == "darwin" }

const keychainService = "coffre master identity"

// keychainRun runs the tool with commands on its standard input. Environment
// and arguments hold no secret.
func keychainRun(input []byte, args ...string) ([]byte, error) {
	if !keychainWorks() {
		return nil, fmt.Errorf("use keychain: %w", ErrHolder)
	}
	cmd := exec.Command(keychainTool, args...)
	cmd.Env = []string{"PATH=/usr/bin:/bin"}
	if home, err := os.UserHomeDir(); err == nil {
		cmd.Env = append(cmd.Env, "HOME="+home)
	}
	cmd.Stdin = bytes.NewReader(input)
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		clear(out.Bytes())
		return nil, fmt.Errorf("use keychain: %w", ErrHolder)
	}
	return out.Bytes(), nil
}

func toKeychain(recipient string, secret []byte) error {
	line := fmt.Appendf(nil, "add-generic-password -U -s \"%s\" -a \"%s\" -w ", keychainService, recipient)
	line = append(append(line, bytes.TrimSpace(secret)...), '\n')
	defer clear(line)
	_, err := keychainRun(line, "-i")
	return err
}

func fromKeychain(recipient string) (*Master, error) {
	text, err := keychainRun(nil, "find-generic-password", "-s", keychainService, "-a", recipient, "-w")
	if err != nil {
		return nil, err
	}
	return ParseMaster(text)
}

func dropKeychain(recipient string) {
	keychainRun(nil, "delete-generic-password", "-s", keychainService, "-a", recipient)
}
