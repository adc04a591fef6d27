package chain

import "testing"

func TestLooksOfSequence(t *testing.T) {
	for _, c := range []struct {
		place uint64
		found []uint64
		want  string
	}{
		{5, []uint64{6, 7, 8}, LooksDeletion},
		{5, []uint64{9}, LooksDeletion},
		{5, []uint64{6, 5, 7}, LooksReorder},
		{5, []uint64{8, 6, 7, 5}, LooksReorder},
		{5, []uint64{4, 5, 6}, LooksInsertion},
		{5, []uint64{1, 2}, LooksInsertion},
		{5, nil, LooksCut},
	} {
		if got := LooksOfSequence(c.place, c.found); got != c.want {
			t.Errorf("%v where %d belongs looks like %q, want %q", c.found, c.place, got, c.want)
		}
	}
}

// TestEveryFaultLooksLikeSomething: a new fault gets a reading or is named here.
func TestEveryFaultLooksLikeSomething(t *testing.T) {
	open := map[string]bool{
		FaultSequence: true, FaultHeader: true, FaultLineLong: true, FaultEnd: true, FaultProof: true,
		FaultOutsideSigned: true, FaultUndecided: true,
	}
	for _, code := range []string{
		FaultHeader, FaultGenesis, FaultCheckpoint, FaultPruned, FaultLine, FaultLineLong, FaultCanonical, FaultPayload,
		FaultMissing, FaultSequence, FaultHash, FaultTime, FaultPrivate, FaultTruncated, FaultExtra, FaultRoot, FaultProof,
		FaultEnd, FaultNeighbour, FaultFirstEntry, FaultFirstKey, FaultRecoveryKey, FaultHandover, FaultHandoverMissing,
		FaultHandoverMismatch, FaultHandoverProof, FaultHandoverSigned, FaultRestore, FaultSignature, FaultShorter,
		FaultOutside, FaultOutsideOther, FaultOutsideSigned, FaultUndecided, FaultReceipt,
	} {
		if (LooksOf(code) == "") != open[code] {
			t.Errorf("%s looks like %q", code, LooksOf(code))
		}
	}
}
