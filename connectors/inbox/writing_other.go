//go:build !linux

package inbox

import "os"

// writing can't be told here: a file that stands still is whole.
func writing(*os.File) bool { return false }
