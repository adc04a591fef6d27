// Package store keeps the truth of every tenant.
//
// Its rules: no change commits without its audit entry (Tenant.Update is the
// only way to write), and no passage leaves without the right to it (every
// read of text takes a Principal and checks the access class again).
//
// On disk:
//
//	data/
//	  box.db               the box itself: the same type as a tenant, id "box"; registry of tenants
//	  destroyed.jsonl      the firms that were destroyed, for restores of older backups
//	  keys/                master.age, checkpoint-<tenant>.key; mode 0600. What HTTPS needs lies there
//	                       too, of which this package knows what backups hold (backup_https.go)
//	  restore/             a backup that is restored at first run, until the next opening (restore_first.go)
//	  tenants/<id>/
//	    store.db           everything of a tenant, its chain included, one bbolt file
//	    files/<sha256>     originals, immutable
//	    index/             derived, may be deleted
//	    scratch.db         may be lost: what went over the ways out (scratch.go)
//
// Buckets of a store.db; keys are strings or big-endian integers:
//
//	meta                   format, customer, clock of the last entry, newest checkpoint
//	entries    seq         chain_hash (32 bytes), then the canonical payload
//	tree       level,index rows of the Merkle tree: up to 256 subtree roots
//	private    seq         subject, salt, sealed private part
//	datakeys   subject     wrapped data key
//	checkpoints size       signed notes kept for history (the last of each hour)
//	changes    seq         document ordinals that the index must look at again
//	open_questions seq     questions whose answer is not written yet
//	users, groups, sessions, apikeys, collections, documents, conversations,
//	messages, jobs, settings: JSON records; *_by_* buckets are look-ups
//	trials                 question list q:<id>, its runs r:<seq> and their details o:<seq>
//	ordinals   ordinal     document id
//	passages   ordinal     passage record
//	pages      version,n   page record with its character map
package store
