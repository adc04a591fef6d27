package chain

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"testing"
)

// spread cuts data into messages whose lengths come from its own bytes.
func spread(data []byte) (messages [][]byte) {
	for len(data) > 0 {
		n := min(len(data)-1, int(data[0])*3)
		messages = append(messages, data[1:1+n])
		data = data[1+n:]
	}
	return messages
}

func checkSums(t *testing.T, messages [][]byte) {
	t.Helper()
	var padded [][]byte
	var want []Hash
	for _, m := range messages {
		padded = append(padded, appendPadding(bytes.Clone(m), len(m)))
		want = append(want, sha256.Sum256(m))
	}
	for _, two := range []bool{twoLanes, false} {
		h := newBlockHasher()
		h.two = two
		got := make([]Hash, len(want))
		if h.sums(got, padded); !slices.Equal(got, want) {
			t.Fatalf("two lanes %v: %d messages give other hashes than crypto/sha256's", two, len(messages))
		}
		if leaves := h.appendLeaves(nil, want); len(want) > 0 {
			for i, l := range leaves {
				if l != leafHash(want[i]) {
					t.Fatalf("two lanes %v: leaf %d of %d is another", two, i, len(want))
				}
			}
			whole := 1
			for whole*2 <= len(leaves) {
				whole *= 2
			}
			if h.foldPerfect(slices.Clone(leaves[:whole])) != foldPerfect(slices.Clone(leaves[:whole])) {
				t.Fatalf("two lanes %v: the root over %d leaves is another", two, whole)
			}
		}
	}
}

func TestTwoLanes(t *testing.T) {
	if !twoLanes {
		t.Log("this processor hashes one message at a time")
	}
	if twoLanes != lanesSound {
		t.Error("two lanes give other hashes than crypto/sha256")
	}
	var all [][]byte
	for n := range 300 {
		all = append(all, bytes.Repeat([]byte{byte(n), 0x80, 0, 0xff}, n)[:n])
	}
	for _, count := range []int{0, 1, 2, 3, 4, 5, 31, 32, 33, 64, 300} {
		checkSums(t, all[:count])
	}
	slices.Reverse(all)
	checkSums(t, all)
	long := bytes.Repeat([]byte{0x5c}, 1<<16)
	checkSums(t, [][]byte{nil, long, {1}, long[:70], {2}})
	checkSums(t, [][]byte{long, nil, nil, nil})
}

func FuzzTwoLanes(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x03abcabcabc\x00\x01xyz\xff"))
	f.Add(bytes.Repeat([]byte{21}, 1000))
	f.Fuzz(func(t *testing.T, data []byte) { checkSums(t, spread(data)) })
}
