//go:build !linux

package vectors

import bolt "go.etcd.io/bbolt"

func (f *File) unmapped(*bolt.Tx, int64) {}
