package store

import (
	bolt "go.etcd.io/bbolt"
)

// TableSize says how much one table of a firm's database holds.
type TableSize struct {
	Name    string `json:"name"`
	Records int    `json:"records"`
	Bytes   int    `json:"bytes"` // of its pages that are in use
}

// TableSizes measures every table by walking its pages: it costs as much as
// reading the database once.
func (v *View) TableSizes() (out []TableSize) {
	for _, name := range buckets {
		b := v.tx.Bucket([]byte(name))
		if b == nil {
			continue
		}
		s := b.Stats()
		out = append(out, TableSize{name, s.KeyN, inUse(s)})
	}
	return out
}

func inUse(s bolt.BucketStats) int { return s.BranchInuse + s.LeafInuse }
