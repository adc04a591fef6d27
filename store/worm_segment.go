package store

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"coffre/chain"
)

// putSegment writes the entries that a checkpoint closes: from the segment
// before to its size. Where payloads at the beginning are pruned it begins after
// them, and where all are there is nothing to write. made is 1 if it was written.
func (k *wormKeeper) putSegment(ctx context.Context, dir string, c SignedCheckpoint) (name string, made int, err error) {
	var first uint64
	var last chain.Hash
	err = k.t.View(func(v *View) (err error) {
		if first, err = v.closedBefore(c.Size); err != nil {
			return err
		}
		if first, err = v.firstPayload(first+1, c.Size); err != nil {
			return err
		}
		hashes, err := treeNodes{v.tx}.ChainHashes(c.Size, 1)
		if err != nil {
			return Fail(Corrupt, "damaged").Because(err)
		}
		last = hashes[0]
		return nil
	})
	if err != nil || first > c.Size {
		return "", 0, err
	}
	name = filepath.Join(dir, fmt.Sprintf("segment-%016d-%016d.ndjson", first, c.Size))
	if _, err := os.Lstat(name); err == nil {
		return name, 0, sameSegment(name, c.Note, last)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return name, 0, fmt.Errorf("find segment: %w", err)
	}
	// The database is read into a local file first: a folder in the network may
	// be slow, and an open read pins pages.
	local, err := os.CreateTemp(k.t.dir, ".export-*")
	if err != nil {
		return name, 0, fmt.Errorf("create segment: %w", err)
	}
	defer os.Remove(local.Name())
	defer local.Close()
	before := segmentBefore(filepath.Dir(dir), first)
	if err := k.t.View(func(v *View) error { return v.writeSegment(ctx, local, c, first, before) }); err != nil {
		return name, 0, err
	}
	if _, err := local.Seek(0, io.SeekStart); err != nil {
		return name, 0, fmt.Errorf("read segment: %w", err)
	}
	if err := putOnce(name, local); err != nil {
		return name, 0, err
	}
	return name, 1, nil
}

// firstPayload returns the first entry from first to last whose payload is not
// pruned, last+1 if none is left.
func (v *View) firstPayload(first, last uint64) (uint64, error) {
	c := v.tx.Bucket([]byte("entries")).Cursor()
	seq := first
	for key, b := c.Seek(u64(first)); key != nil && seq <= last; key, b = c.Next() {
		if !bytes.Equal(key, u64(seq)) {
			return 0, Fail(Corrupt, "damaged").Because(fmt.Errorf("read entry %d: %w", seq, errDamaged))
		}
		if len(b) > 32 {
			break
		}
		seq++
	}
	return seq, nil
}

// wormWhole is after how many hand-overs a segment carries all of them once more,
// so that an archive of which a part was lost can be verified from there on.
const wormWhole = 64

// segmentBefore tells whether the folder of a chain holds the segment that ends
// before an entry, in whatever life.
func segmentBefore(home string, first uint64) bool {
	found, _ := filepath.Glob(filepath.Join(home, "*", fmt.Sprintf("segment-*-%016d.ndjson", first-1)))
	return len(found) > 0
}

// writeSegment writes the entries first to c.Size as an export that says of
// those before it only what its checkpoint needs. Where the segment before is
// there, the hand-overs that it or an earlier one holds are left out: with one a
// day, all of them in each would outgrow the entries within a few years.
func (v *View) writeSegment(ctx context.Context, w io.Writer, c SignedCheckpoint, first uint64, before bool) error {
	src, err := newLogSourceAt(v.tx, c)
	if err != nil {
		return Fail(Corrupt, "damaged").Because(err)
	}
	h := src.Header()
	if h.First, h.Pruned = first, nil; first > 1 {
		hashes, err := treeNodes{v.tx}.ChainHashes(first-1, 1)
		if err != nil {
			return Fail(Corrupt, "damaged").Because(err)
		}
		old, err := chain.RangeOf(treeNodes{v.tx}, first-1)
		if err != nil {
			return Fail(Corrupt, "damaged").Because(err)
		}
		h.Pruned = &chain.Pruned{To: first - 1, ChainHash: hashes[0], Range: old.Roots()}
		own := slices.IndexFunc(src.handed, func(size uint64) bool { return size >= first })
		if own < 0 {
			own = len(src.handed)
		}
		if h.Segment = before && own%wormWhole != 0; h.Segment {
			h.Handovers = h.Handovers[own:]
		}
	}
	out, err := chain.NewWriter(w, h)
	if err != nil {
		return fmt.Errorf("write segment: %w", err)
	}
	cur, seq := v.tx.Bucket([]byte("entries")).Cursor(), first
	for key, b := cur.Seek(u64(first)); key != nil && seq <= c.Size; key, b = cur.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(b) <= 32 || !bytes.Equal(key, u64(seq)) {
			return Fail(Corrupt, "damaged").Because(fmt.Errorf("read entry %d: %w", seq, errDamaged))
		}
		if err := out.Entry(chain.Hash(b[:32]), b[32:], nil, nil); err != nil {
			return fmt.Errorf("write segment: %w", err)
		}
		seq++
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("write segment: %w", err)
	}
	return nil
}

// sameSegment looks at the ends of a segment that is there: its checkpoint, which
// vouches for every line, and its last line, which shows that it is whole. What
// lies between is for whoever verifies the file. Error: errDiffers.
func sameSegment(name, note string, last chain.Hash) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("open segment: %w", err)
	}
	defer f.Close()
	var head struct {
		Checkpoint string `json:"checkpoint"`
	}
	first, err := bufio.NewReader(io.LimitReader(f, chain.MaxHeaderLine)).ReadBytes('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read segment: %w", err)
	}
	if json.Unmarshal(first, &head) != nil || head.Checkpoint != note {
		return errDiffers
	}
	st, err := f.Stat()
	if err != nil {
		return fmt.Errorf("find segment: %w", err)
	}
	tail := make([]byte, min(st.Size(), chain.MaxLine))
	if _, err := f.ReadAt(tail, st.Size()-int64(len(tail))); err != nil {
		return fmt.Errorf("read segment: %w", err)
	}
	line := bytes.TrimSuffix(tail, []byte{'\n'})
	line = line[bytes.LastIndexByte(line, '\n')+1:]
	if len(line) == len(tail) || !bytes.HasPrefix(line, []byte(`{"chain_hash":"`+last.String()+`"`)) {
		return errDiffers
	}
	return nil
}
