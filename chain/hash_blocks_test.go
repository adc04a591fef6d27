package chain

import (
	"bytes"
	"crypto/sha256"
	"testing"
)

func TestBlockHasher(t *testing.T) {
	if !statesKnown {
		t.Log("this build of Go keeps a digest's state in a form of its own: hashing is plain, and slower")
	}
	for _, known := range []bool{statesKnown, false} {
		was := statesKnown
		statesKnown = known
		h := newBlockHasher()
		for n := range 300 {
			message := bytes.Repeat([]byte{byte(n), 0x80, 0}, n)[:n]
			b := appendPadding(bytes.Clone(message), n)
			if len(b)%sha256.BlockSize != 0 || len(b) != padded(n) || h.sum(b, n) != Hash(sha256.Sum256(message)) {
				t.Errorf("a message of %d bytes, padded to %d", n, len(b))
			}
		}
		a, b := numbered(1), numbered(2)
		if h.appendLeaves(nil, []Hash{a})[0] != leafHash(a) || h.foldPerfect([]Hash{a, b}) != nodeHash(a, b) {
			t.Error("a leaf or a node is another")
		}
		statesKnown = was
	}
}
