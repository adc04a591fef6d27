package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
)

var getuid = os.Getuid

// defaultData is the platform's data directory, "" where the environment names
// no home:
//
//	Linux, root:  /var/lib/coffre
//	Linux:        $XDG_DATA_HOME/coffre, or ~/.local/share/coffre
//	macOS, root:  /Library/Application Support/coffre
//	macOS:        ~/Library/Application Support/coffre
func defaultData(goos string, uid int, getenv func(string) string) string {
	home := getenv("HOME")
	switch {
	case goos == "darwin" && uid == 0:
		return "/Library/Application Support/coffre"
	case goos == "darwin" && home != "":
		return filepath.Join(home, "Library", "Application Support", "coffre")
	case goos == "darwin":
		return ""
	case uid == 0:
		return "/var/lib/coffre"
	}
	if dir := getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "coffre")
	}
	if home == "" {
		return ""
	}
	return filepath.Join(home, ".local", "share", "coffre")
}

// maxSocketPath keeps within sockaddr_un, 104 bytes on macOS.
const maxSocketPath = 100

// SocketPath is where the box of a data directory listens for commands:
// coffre.sock in it, or, where that path is longer than 100 bytes,
// /tmp/coffre-HASH/coffre.sock with 16 hex digits of the path's SHA-256. It
// depends on nothing but the directory, because the box and the command may
// run in different environments.
func SocketPath(dataDir string) string {
	if abs, err := filepath.Abs(dataDir); err == nil {
		dataDir = abs
	}
	if real, err := filepath.EvalSymlinks(dataDir); err == nil {
		dataDir = real
	}
	path := filepath.Join(dataDir, "coffre.sock")
	if len(path) <= maxSocketPath {
		return path
	}
	sum := sha256.Sum256([]byte(dataDir))
	return filepath.Join("/tmp", "coffre-"+hex.EncodeToString(sum[:8]), "coffre.sock")
}

// PrepareSocket makes the socket's directory and removes a socket that nobody
// answers any more. The caller holds the data directory's lock, listens on the
// path at once and sets its mode to 0600.
func PrepareSocket(dataDir string) (string, error) {
	path := SocketPath(dataDir)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", fmt.Errorf("create socket directory: %w", err)
	}
	if err := trusted(path, os.Geteuid()); err != nil {
		return "", err
	}
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return "", fmt.Errorf("remove old socket: %w", err)
	}
	return path, nil
}
