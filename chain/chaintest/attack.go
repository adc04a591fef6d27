package chaintest

import (
	"fmt"
	"math/rand/v2"
)

// Evidence is what somebody must have from elsewhere to see an attack.
type Evidence int

// The kinds of evidence, from the weakest on. Whatever a first key shows, a
// note shows too.
const (
	Nothing  Evidence = iota // the file gives itself away
	FirstKey                 // the first key of the printed kit
	Note                     // a checkpoint from after the changed entry: kept, in a receipt, or cosigned by a witness
	Never                    // sound, or beyond what this kind of file can show
)

// String names the evidence.
func (e Evidence) String() string {
	return [...]string{"nothing", "first key", "checkpoint, receipt or witness", "never"}[e]
}

// Case is a chain's export, and what belongs to it elsewhere.
type Case struct {
	Name     string   // of the attack; sound ones begin with "sound"
	Export   []byte   // an export or a receipt
	FirstKey string   // the true one
	Kept     string   // a note of the true chain's, or "" where none was kept
	Needs    Evidence // to see that something is wrong
	Sound    bool     // nothing is wrong
}

// Faulty tells what a verifier must find that is given the first key, the note,
// both or neither.
func (c Case) Faulty(key, note bool) bool {
	switch c.Needs {
	case Nothing:
		return true
	case FirstKey:
		return key || note
	case Note:
		return note
	}
	return false
}

// Attack makes a case out of a true chain. It may use the keys that its
// attacker has, and no other.
type Attack struct {
	Name  string
	Needs Evidence
	// Why says in a few words who can do this and what gives him away.
	Why  string
	make func(l *Log) (export []byte, kept string)
}

// Sound lists the chains with nothing wrong.
func Sound() []Attack { return append(sound[:len(sound):len(sound)], soundReceipts...) }

// Attacks lists every way of tampering that is known here.
func Attacks() []Attack {
	var all []Attack
	for _, list := range [][]Attack{onLines, onHeader, withKeys, onFiltered, onReceipts} {
		all = append(all, list...)
	}
	return all
}

// Make applies the attack to a chain of its own. One seed gives one case.
func (a Attack) Make(seed uint64) Case {
	l := victim(seed)
	first := l.FirstKey()
	export, kept := a.make(l)
	return Case{Name: a.Name, Export: export, FirstKey: first, Kept: kept, Needs: a.Needs, Sound: a.Needs == Never && isSound(a.Name)}
}

func isSound(name string) bool {
	for _, s := range Sound() {
		if s.Name == name {
			return true
		}
	}
	return false
}

// victim is a chain of some 10 to 60 entries with two or three hand-overs, the
// last of which has entries before and after it.
func victim(seed uint64) *Log {
	l := New(seed, fmt.Sprintf("etude-%d", seed%97))
	for range 2 + l.rng.IntN(2) {
		l.Some(2 + l.rng.IntN(12)).HandOver()
	}
	return l.Some(3 + l.rng.IntN(12))
}

// Random returns a case drawn by seed, sound in one of four.
func Random(seed uint64) Case {
	rng := rand.New(rand.NewPCG(seed, 7))
	list := Attacks()
	if rng.IntN(4) == 0 {
		list = Sound()
	}
	return list[rng.IntN(len(list))].Make(seed)
}

// in returns a number from low to high.
func (l *Log) in(low, high uint64) uint64 { return low + l.rng.Uint64N(high-low+1) }

// epoch returns the seq of the first entry of the current key's time.
func (l *Log) epoch() uint64 {
	if len(l.Moves) == 0 {
		return 1
	}
	return l.Moves[len(l.Moves)-1].Size + 1
}

var sound = []Attack{
	{"sound", Never, "a whole chain, against a checkpoint from earlier", func(l *Log) ([]byte, string) {
		kept := l.Checkpoint()
		return l.Some(l.rng.IntN(9)).Export(false), kept
	}},
	{"sound-long", Never, "more entries than one goroutine takes", func(l *Log) ([]byte, string) {
		kept := l.Some(200).Checkpoint()
		return l.Some(900).HandOver().Export(false), kept
	}},
	{"sound-short", Never, "entry 1 alone", func(l *Log) ([]byte, string) {
		l.cut(1)
		return l.Export(false), l.Checkpoint()
	}},
	{"sound-private", Never, "with private parts", func(l *Log) ([]byte, string) { return l.Export(true), l.Moves[0].Note }},
	{"sound-pruned", Never, "the first payloads pruned", func(l *Log) ([]byte, string) {
		kept := l.Checkpoint()
		return l.Prune(l.in(1, l.Size()-1)).Some(3).Export(true), kept
	}},
	{"sound-restored", Never, "an honest restore, against a checkpoint of the life that is lost", func(l *Log) ([]byte, string) {
		kept := l.Checkpoint()
		return l.Restore(l.in(l.Moves[0].Size, l.Size()-1)).Some(4).Export(false), kept
	}},
	{"sound-restored-twice", Never, "a restore of a restore", func(l *Log) ([]byte, string) {
		l.Restore(l.in(l.Moves[0].Size, l.Size())).Some(4).HandOver().Some(2)
		kept := l.Checkpoint()
		return l.Restore(l.Size() - l.rng.Uint64N(2)).Some(2).Export(false), kept
	}},
	{"sound-filtered", Never, "some lines, each with its proof", func(l *Log) ([]byte, string) {
		return l.someLines(), l.Checkpoint()
	}},
	{"sound-filtered-empty", Never, "a filter that nothing fits", func(l *Log) ([]byte, string) {
		return l.Filtered(map[string]any{"actor": "u-nobody"}, func(uint64) bool { return false }), l.Checkpoint()
	}},
	{"sound-filtered-pruned", Never, "filtered, after pruning", func(l *Log) ([]byte, string) {
		l.Prune(l.in(1, l.Size()-1)).Some(6)
		return l.someLines(), l.Checkpoint()
	}},
}
