//go:build !linux

package vectors

import (
	"os"

	bolt "go.etcd.io/bbolt"
)

func (f *File) unmapped(*bolt.Tx, int64) {}

func largePages([]byte) {}

func readAhead(*os.File) {}
