package auth

import (
	"strconv"

	"coffre/store"
)

// What a firm may make a password's hash cost: memory in MiB, and passes over it.
// More costs whoever has stolen the hashes more, and each sign-in too; a hash whose
// costs are others than today's is replaced at its person's next sign-in.
const (
	SettingHashMemory = "auth.hash_memory"
	SettingHashPasses = "auth.hash_passes"
)

// Bounds: the least lie above OWASP's minimum (19 MiB, 2 passes), the most are what
// two at once leave room for on a small box.
const (
	HashMemoryLeast = 32
	HashMemoryMost  = 512
	HashPassesLeast = 2
	HashPassesMost  = 10
)

// hashes is the hasher at the costs that a firm has chosen. All firms' hashers share
// the places in which a hash is worked out.
func (s *Service) hashes(t *store.Tenant) *hasher {
	if s.opts.Params != (Params{}) {
		return s.hash
	}
	p := DefaultParams
	_ = t.View(func(v *store.View) error { // what can't be read costs what it does by default
		if n, err := strconv.Atoi(v.Setting(SettingHashMemory, "")); err == nil && n >= HashMemoryLeast && n <= HashMemoryMost {
			p.MemoryKiB = uint32(n) << 10
		}
		if n, err := strconv.Atoi(v.Setting(SettingHashPasses, "")); err == nil && n >= HashPassesLeast && n <= HashPassesMost {
			p.Time = uint32(n)
		}
		return nil
	})
	return s.hash.at(p)
}

// at is h with other costs.
func (h *hasher) at(p Params) *hasher {
	o := *h
	o.params, o.dummy.params = p, p
	return &o
}
