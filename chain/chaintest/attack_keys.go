package chaintest

import "coffre/chain"

// withKeys are the attacks of somebody who holds the box: its disk and the key
// that signs today, or a key of earlier that he took in its time.
var withKeys = []Attack{
	{"cut-tail-signed", Note, "the newest entries are cut off and today's key signs what is left", func(l *Log) ([]byte, string) {
		kept := l.Checkpoint()
		l.cut(l.in(l.epoch()-1, l.Size()-1))
		return l.Export(false), kept
	}},
	{"cut-everything-signed", Nothing, "all but entry 1 is cut off, and today's key is not the one that entry 1 names", func(l *Log) ([]byte, string) {
		kept, today := l.Checkpoint(), l.Key()
		l.cut(1)
		l.Keys = append(l.Keys, today)
		return l.Export(false), kept
	}},
	{"cut-everything-first-day", Note, "all but entry 1 is cut off, before the first hand-over", func(l *Log) ([]byte, string) {
		l.cut(l.Moves[0].Size - 1)
		kept := l.Checkpoint()
		l.cut(1)
		return l.Export(false), kept
	}},
	{"rewrite-today", Note, "an entry since the last hand-over is edited, all after it computed again, and today's key signs", func(l *Log) ([]byte, string) {
		kept := l.Checkpoint()
		return l.rewritten(l.in(l.epoch(), l.Size())).Export(false), kept
	}},
	{"rewrite-longer", Note, "the same, with entries added until the chain is longer than what was kept", func(l *Log) ([]byte, string) {
		kept := l.Checkpoint()
		return l.rewritten(l.in(l.epoch(), l.Size())).Some(1 + l.rng.IntN(5)).Export(false), kept
	}},
	{"rewrite-yesterday", Nothing, "an entry before the last hand-over is edited, whose note only destroyed keys could sign again", func(l *Log) ([]byte, string) {
		kept := l.Checkpoint()
		return l.rewritten(l.in(2, l.epoch()-2)).Export(false), kept
	}},
	{"rewrite-yesterday-new-notes", Nothing, "the same, with the hand-overs' notes signed by keys of the attacker's, which entry 1 does not lead to", func(l *Log) ([]byte, string) {
		kept, first := l.Checkpoint(), l.Payloads[0]
		thief := l.thief()
		thief.cut(0)
		thief.AppendRaw(first, nil, nil)
		return thief.Some(3).HandOver().Some(4).Export(false), kept
	}},
	{"rewrite-from-genesis", FirstKey, "everything is written again from entry 1, with the thief's own keys", func(l *Log) ([]byte, string) {
		kept := l.Checkpoint()
		return l.thief().Some(int(l.Size())).HandOver().Some(5).Export(false), kept
	}},
	{"rewrite-from-genesis-shorter", FirstKey, "the same, and fewer entries", func(l *Log) ([]byte, string) {
		kept := l.Checkpoint()
		return l.thief().Some(2).Export(false), kept
	}},
	{"old-key-signs", Nothing, "the newest checkpoint is signed by the key of an earlier epoch", func(l *Log) ([]byte, string) {
		kept := l.Checkpoint()
		l.Keys = append(l.Keys, l.Keys[l.rng.IntN(len(l.Keys)-1)])
		return l.Export(false), kept
	}},
	{"old-key-fork", Note, "a key that was stolen in its time continues the chain from there, as if no later hand-over had been", func(l *Log) ([]byte, string) {
		kept := l.Checkpoint()
		n := l.rng.IntN(len(l.Moves))
		l.cut(l.Moves[n].Size - 1)
		return l.Some(1 + l.rng.IntN(40)).Export(false), kept
	}},
	{"old-key-fork-hand-over", Note, "the same, with hand-overs to keys of the thief's", func(l *Log) ([]byte, string) {
		kept := l.Checkpoint()
		l.cut(l.Moves[0].Size - 1)
		return l.Clone().Some(4).HandOver().Some(9).HandOver().Some(20).Export(false), kept
	}},
	{"roll-back", Note, "the whole data directory, keys too, is last week's", func(l *Log) ([]byte, string) {
		kept := l.Checkpoint()
		l.cut(l.in(1, l.Size()-1))
		return l.Export(false), kept
	}},
	{"fork", Note, "two auditors are shown two futures of one past", func(l *Log) ([]byte, string) {
		other := l.Clone()
		kept := other.Some(1 + l.rng.IntN(9)).Checkpoint()
		return l.Some(1 + l.rng.IntN(9)).Export(false), kept
	}},
	{"restore-forged", Nothing, "a restore that the recovery key did not sign hides the newest entries", func(l *Log) ([]byte, string) {
		kept := l.Checkpoint()
		l.Recovery = l.newSigner()
		return l.Restore(l.Size() - 2).Some(3).Export(false), kept
	}},
	{"restore-other-root", Nothing, "a restore names another root than the backup's", func(l *Log) ([]byte, string) {
		kept := l.Checkpoint()
		next := l.newSigner()
		backup := l.State()
		flip(&backup.Root)
		e := chain.RestoreEvent(next, backup, chain.Checkpoint{})
		l.restores++
		l.Moves = append(l.Moves, Move{l.Append(box, e), l.sign(l.Recovery, next)})
		l.Keys = append(l.Keys, next)
		return l.Some(2).Export(false), kept
	}},
	{"prune-other-hash", Nothing, "the entry that prunes names another chain hash than the one left", func(l *Log) ([]byte, string) {
		kept := l.Checkpoint()
		to := l.in(2, l.Size()-2)
		l.Append(box, chain.PruneEvent(to, l.hash(to+1), l.State()))
		l.Pruned = to
		return l.Some(2).Export(false), kept
	}},
	{"prune-other-root", Nothing, "the entry that prunes names another checkpoint than the one before it", func(l *Log) ([]byte, string) {
		kept, to, before := l.Checkpoint(), l.in(2, l.Size()-2), l.State()
		flip(&before.Root)
		l.Append(box, chain.PruneEvent(to, l.hash(to), before))
		l.Pruned = to
		return l.Some(2).Export(false), kept
	}},
}

// thief returns a chain of the same customer with none of its keys.
func (l *Log) thief() *Log {
	t := New(l.rng.Uint64(), l.Customer.ID)
	t.now = l.now
	return t
}
