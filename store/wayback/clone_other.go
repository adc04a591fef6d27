//go:build !linux

package wayback

import "os"

// clone: io.Copy is what there is. On macOS clonefile(2) wants to make the file
// itself, and copying is right everywhere.
func clone(_, _ *os.File) bool { return false }
