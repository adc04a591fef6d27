package chain

// The values of Report.Looks: what the fault looks like to somebody who has to
// ask who did it. They are a reading of the evidence, not part of it: a fault
// is certain, its cause is not.
const (
	LooksEdit      = "edit"      // an entry's content was changed afterwards
	LooksDeletion  = "deletion"  // entries were taken out
	LooksInsertion = "insertion" // an entry was put in, or added without a signature
	LooksDuplicate = "duplicate" // an entry is there twice
	LooksReorder   = "reorder"   // entries have changed places
	LooksCut       = "cut"       // the newest entries were cut off
	LooksRewrite   = "rewrite"   // the chain was computed anew, or signed by a stranger
	LooksForeign   = "foreign"   // another chain than the one that was meant
	LooksOldKey    = "old-key"   // signed by the chain's key of an earlier time
	LooksOtherKey  = "other-key" // signed by somebody with a key of his own
	LooksDamage    = "damage"    // the file itself can't be read as it should
)

var looks = map[string]string{
	FaultHash: LooksEdit, FaultCanonical: LooksEdit, FaultPayload: LooksEdit, FaultLine: LooksEdit, FaultPrivate: LooksEdit,
	FaultMissing: LooksDeletion, FaultNeighbour: LooksDeletion, FaultExtra: LooksInsertion, FaultTime: LooksReorder,
	FaultTruncated: LooksCut, FaultShorter: LooksCut,
	FaultRoot: LooksRewrite, FaultOutside: LooksRewrite, FaultSignature: LooksRewrite, FaultCheckpoint: LooksRewrite,
	FaultHandover: LooksRewrite, FaultHandoverMissing: LooksRewrite, FaultHandoverMismatch: LooksRewrite,
	FaultHandoverProof: LooksRewrite, FaultHandoverSigned: LooksRewrite, FaultRestore: LooksRewrite, FaultPruned: LooksRewrite,
	FaultGenesis: LooksForeign, FaultFirstEntry: LooksForeign, FaultFirstKey: LooksForeign, FaultRecoveryKey: LooksForeign,
	FaultOutsideOther: LooksForeign, FaultReceipt: LooksEdit,
}

// LooksOf is what a fault's code alone says of its kind, "" where several are
// as likely. LooksOfSequence tells those of FaultSequence apart.
func LooksOf(code string) string { return looks[code] }

// LooksOfSequence reads the numbers that stand from the faulty place on: the
// first of them stands where number place belongs.
func LooksOfSequence(place uint64, found []uint64) string {
	if len(found) == 0 {
		return LooksCut
	}
	for _, seq := range found[1:] {
		if found[0] > place && seq == place {
			return LooksReorder
		}
	}
	if found[0] > place {
		return LooksDeletion
	}
	return LooksInsertion
}
