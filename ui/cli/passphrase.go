package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"coffre/ui/words"
)

// credentialName is what a systemd unit calls the passphrase: LoadCredential= or
// LoadCredentialEncrypted= (systemd.exec(5)).
const credentialName = "coffre-passphrase"

// AskPassphrase returns what asks for the master identity's passphrase at the
// start of a box: the file that COFFRE_PASSPHRASE_FILE names, systemd's
// credential, or the terminal where there is one. Nothing typed, or nobody to
// ask, leaves the box locked.
func AskPassphrase(getenv func(string) string, stdin io.Reader, stderr io.Writer) func() ([]byte, error) {
	return func() ([]byte, error) {
		if path := getenv("COFFRE_PASSPHRASE_FILE"); path != "" {
			return passphraseFile(path)
		}
		if dir := getenv("CREDENTIALS_DIRECTORY"); dir != "" {
			b, err := passphraseFile(filepath.Join(dir, credentialName))
			if !errors.Is(err, fs.ErrNotExist) {
				return b, err
			}
		}
		tty, ok := terminal(stdin)
		if !ok {
			return nil, nil
		}
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		l, err := (&Env{Getenv: getenv}).language()
		if err != nil {
			l = words.English
		}
		line, err := readHidden(ctx, tty, func() { fmt.Fprint(stderr, l.T("cli.passphrase.prompt")+" ") })
		fmt.Fprintln(stderr)
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return []byte(line), err
	}
}

// passphraseFile reads the first line of a file.
func passphraseFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open passphrase file: %w", err)
	}
	defer f.Close()
	line, err := readLine(f)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	return []byte(strings.TrimSuffix(line, "\r")), err
}
