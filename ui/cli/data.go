package cli

import (
	"crypto/sha256"
	"encoding/hex"
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
	dataDir = realPath(dataDir)
	path := filepath.Join(dataDir, "coffre.sock")
	if len(path) <= maxSocketPath {
		return path
	}
	sum := sha256.Sum256([]byte(dataDir))
	return filepath.Join("/tmp", "coffre-"+hex.EncodeToString(sum[:8]), "coffre.sock")
}

// realPath is a directory's absolute path without links, as far as it exists.
func realPath(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	return dir
}
