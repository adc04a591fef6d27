package chaintest

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"

	"coffre/chain"
)

// Log is a chain in memory with every key that it ever had. It implements
// chain.Nodes and chain.LogSource.
type Log struct {
	Customer chain.Customer
	Genesis  chain.Hash
	Hashes   []chain.Hash // chain_hash[1] first
	Payloads [][]byte
	Private  [][]byte // canonical private parts, or nil
	Salts    [][]byte
	Keys     []*chain.Signer // every checkpoint key, the first one first
	Recovery *chain.Signer
	Moves    []Move
	Pruned   uint64

	restores int
	tree     chain.Range
	tiles    map[tile][]chain.Hash
	now      time.Time
	rng      *rand.Rand
}

// Move is a note signed by two keys; Size is the seq of its entry.
type Move struct {
	Size uint64
	Note string
}

type tile struct {
	level uint
	index uint64
}

// New begins the chain of a tenant: entry 1 names the first and the recovery
// key. One seed gives one chain.
func New(seed uint64, tenant string) *Log {
	name := fnv.New64()
	name.Write([]byte(tenant))
	l := &Log{
		now:   time.Date(2026, 1, 15, 9, 0, 0, 0, time.UTC),
		tiles: map[tile][]chain.Hash{}, rng: rand.New(rand.NewPCG(seed, name.Sum64())),
	}
	l.Customer = must(chain.NewCustomer(tenant, l.now))
	l.Genesis = must(l.Customer.Genesis())
	first := l.newSigner()
	l.Keys, l.Recovery = []*chain.Signer{first}, l.newSigner()
	l.Append(chain.Actor{Kind: "system", ID: "box"}, chain.Event{
		Action: chain.TenantCreate, Object: chain.Object{Kind: "tenant", ID: tenant},
		Detail: chain.Detail{"key": first.Verifier(), "recovery_key": l.Recovery.Verifier()},
	})
	return l
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (l *Log) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(l.rng.Uint32())
	}
	return b
}

// newSigner makes a key from the log's own randomness.
func (l *Log) newSigner() *chain.Signer {
	name, seed := chain.KeyName(l.Customer, l.Genesis), l.bytes(32)
	// A private key names its public half by four bytes of hash, which only the
	// public half gives: so it is spelled once without, to learn them.
	vkey := must(note.NewEd25519VerifierKey(name, publicOf(seed)))
	hash := must(note.NewVerifier(vkey)).KeyHash()
	encoded := base64.StdEncoding.EncodeToString(append([]byte{1}, seed...))
	return must(chain.ParseSigner(fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", name, hash, encoded)))
}

// Size returns how many entries there are.
func (l *Log) Size() uint64 { return uint64(len(l.Hashes)) }

// Key returns the key that signs now.
func (l *Log) Key() *chain.Signer { return l.Keys[len(l.Keys)-1] }

// FirstKey returns the verifier key of the printed kit.
func (l *Log) FirstKey() string { return l.Keys[0].Verifier() }

// Rand returns the log's source of randomness.
func (l *Log) Rand() *rand.Rand { return l.rng }

// Append writes one entry, up to four seconds after the one before, and returns
// its seq.
func (l *Log) Append(by chain.Actor, e chain.Event) uint64 {
	l.now = l.now.Add(time.Duration(l.rng.IntN(4000)) * time.Millisecond)
	p := chain.Payload{
		Seq: l.Size() + 1, Time: l.now, Nonce: hex.EncodeToString(l.bytes(16)), Actor: by,
		Action: e.Action, Outcome: e.Outcome, Object: e.Object, Session: e.Session, Request: e.Request, Detail: e.Detail,
	}
	if p.Outcome == "" {
		p.Outcome = chain.OK
	}
	var private, salt []byte
	if e.Private != nil {
		private, salt = must(chain.Canonical(e.Private)), l.bytes(32)
		p.Sealed = chain.Commit(private, salt).String()
	}
	l.AppendRaw(must(p.Canonical()), private, salt)
	return l.Size()
}

// AppendRaw links any payload as the next entry.
func (l *Log) AppendRaw(payload, private, salt []byte) {
	h := chain.Link(l.hash(l.Size()), payload)
	l.Hashes, l.Payloads = append(l.Hashes, h), append(l.Payloads, payload)
	l.Private, l.Salts = append(l.Private, private), append(l.Salts, salt)
	l.tree.Append(h)
	for _, w := range must(chain.CompletedTiles(l, l.Size()-1, l.Size())) {
		l.tiles[tile{w.Level, w.Index}] = w.Hashes
	}
}

// hash returns chain_hash[seq].
func (l *Log) hash(seq uint64) chain.Hash {
	if seq == 0 {
		return l.Genesis
	}
	return l.Hashes[seq-1]
}

// Clone returns a copy that goes its own way.
func (l *Log) Clone() *Log {
	c := *l
	c.Hashes, c.Payloads = slices.Clone(l.Hashes), slices.Clone(l.Payloads)
	c.Private, c.Salts = slices.Clone(l.Private), slices.Clone(l.Salts)
	c.Keys, c.Moves, c.tiles = slices.Clone(l.Keys), slices.Clone(l.Moves), maps.Clone(l.tiles)
	c.tree = l.tree.Clone()
	c.rng = rand.New(rand.NewPCG(l.rng.Uint64(), l.rng.Uint64()))
	return &c
}

// ChainHashes implements chain.Nodes.
func (l *Log) ChainHashes(first, n uint64) ([]chain.Hash, error) {
	if first < 1 || first-1+n > l.Size() {
		return nil, chain.ErrNodes
	}
	return l.Hashes[first-1 : first-1+n], nil
}

// Tile implements chain.Nodes.
func (l *Log) Tile(level uint, index uint64) ([]chain.Hash, error) {
	return l.tiles[tile{level, index}], nil
}
