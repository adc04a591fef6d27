package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"coffre/chain"
)

// ArchiveReport is the verdict on an archive folder.
type ArchiveReport struct {
	chain.Report
	File        string `json:"file,omitempty"` // in which the fault is
	Segments    int    `json:"segments"`       // found sound
	Checkpoints int    `json:"checkpoints"`    // of the folder that they were held against
}

// archive is one verification of a folder.
type archive struct {
	o       chain.VerifyOptions
	rep     ArchiveReport
	ends    map[uint64]*chain.Anchor // by size, of the latest life that has one there
	decided map[int]bool             // checkpoints from elsewhere
}

var segmentName = regexp.MustCompile(`^segment-(\d{16})-(\d{16})\.ndjson$`)

type archivedSegment struct {
	path        string
	first, last uint64
}

// VerifyArchive verifies the segments and checkpoints of one chain's archive
// folder (SettingWormDir), each against the end of the one before; dir may also be
// the folder above where it holds one chain's alone. Checkpoints in o that no
// segment decides are a fault. It reads in constant memory, but for 200 bytes a
// segment. Errors: NotFound "not-found" where there is no segment; those of
// chain.VerifySegment.
func VerifyArchive(ctx context.Context, dir string, o chain.VerifyOptions) (ArchiveReport, error) {
	a := &archive{o: o, ends: map[uint64]*chain.Anchor{}, decided: map[int]bool{}}
	lives, err := archivedLives(dir)
	if err != nil {
		return a.rep, err
	}
	a.rep.OK, a.rep.Authentic, a.rep.Complete = true, o.FirstKey != "", true
	for _, life := range lives {
		if err := a.life(ctx, life); err != nil || !a.rep.OK {
			return a.rep, err
		}
	}
	for i := range o.Checkpoints {
		if !a.decided[i] {
			a.fail("", chain.Report{Fault: chain.FaultUndecided, Against: i + 1, Detail: fmt.Sprintf("no segment holds what checkpoint %d from elsewhere covers", i+1)})
			break
		}
	}
	return a.rep, nil
}

// archivedLives lists the folders of a chain's lives, the first one first.
func archivedLives(dir string) (out []string, err error) {
	for range 2 {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, fmt.Errorf("read archive: %w", err)
		}
		lives, others := []int{}, []string{}
		for _, e := range entries {
			if n, err := strconv.Atoi(e.Name()); err == nil && e.IsDir() {
				lives = append(lives, n)
			} else if e.IsDir() {
				others = append(others, e.Name())
			}
		}
		slices.Sort(lives)
		for _, n := range lives {
			out = append(out, filepath.Join(dir, strconv.Itoa(n)))
		}
		if len(out) > 0 || len(others) != 1 {
			break
		}
		dir = filepath.Join(dir, others[0])
	}
	if len(out) == 0 {
		return nil, errNotFound
	}
	return out, nil
}

func archivedSegments(dir string) (out []archivedSegment, err error) {
	entries, err := os.ReadDir(dir) // sorted, and numbers have 16 digits
	if err != nil {
		return nil, fmt.Errorf("read archive: %w", err)
	}
	for _, e := range entries {
		m := segmentName.FindStringSubmatch(e.Name())
		if m == nil {
			continue
		}
		first, ferr := strconv.ParseUint(m[1], 10, 64)
		last, lerr := strconv.ParseUint(m[2], 10, 64)
		if err := errors.Join(ferr, lerr); err != nil {
			return nil, fmt.Errorf("read archive: %w", err)
		}
		out = append(out, archivedSegment{filepath.Join(dir, e.Name()), first, last})
	}
	return out, nil
}

// life verifies the segments of one life, which begin where the archive of the
// one before was when the backup was made.
func (a *archive) life(ctx context.Context, dir string) error {
	all, err := archivedSegments(dir)
	if err != nil {
		return err
	}
	if len(all) == 0 && a.rep.Segments == 0 {
		return errNotFound
	}
	ends := map[uint64]*chain.Anchor{}
	for i, s := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		after := ends[s.first-1]
		if i == 0 && after == nil {
			after = a.ends[s.first-1]
		}
		if after == nil && (i > 0 || a.rep.Segments > 0) {
			from := uint64(1)
			if i > 0 {
				from = all[i-1].last + 1
			}
			a.fail(s.path, chain.Report{Tenant: a.rep.Tenant, FirstFault: from, Fault: chain.FaultMissing, Looks: chain.LooksDeletion, Detail: fmt.Sprintf("no segment holds the entries before %d", s.first)})
			return nil
		}
		end, err := a.segment(s, after)
		if err != nil || !a.rep.OK {
			return err
		}
		ends[s.last] = end
	}
	for size, end := range ends {
		a.ends[size] = end
	}
	return nil
}

// segment verifies one, with the checkpoints of the folder that lie in it and
// those from elsewhere that are of its life.
func (a *archive) segment(s archivedSegment, after *chain.Anchor) (*chain.Anchor, error) {
	f, err := os.Open(s.path)
	if err != nil {
		return nil, fmt.Errorf("open segment: %w", err)
	}
	defer f.Close()
	o := a.o
	notes, err := notesOf(s)
	if err != nil {
		return nil, err
	}
	o.Checkpoints = notes
	number := map[int]int{} // of what is held against it: of o's own
	for i, text := range a.o.Checkpoints {
		note, _ := chain.NoteIn([]byte(text))
		cp, _, err := chain.OpenCheckpoint(note)
		if err == nil && cp.Size >= s.first && cp.Size <= s.last && (life(cp.Origin) == filepath.Base(filepath.Dir(s.path))) {
			o.Checkpoints = append(o.Checkpoints, note)
			number[len(o.Checkpoints)] = i + 1
		}
	}
	rep, end, err := chain.VerifySegment(f, after, o)
	if err != nil {
		return nil, err
	}
	if rep.OK && (rep.Pruned+1 != s.first || rep.CheckpointSize != s.last) {
		rep.OK, rep.Fault, rep.Detail = false, chain.FaultHeader, "the segment is not the one that its name says"
	}
	rep.Against = number[rep.Against]
	if !rep.OK {
		a.fail(s.path, rep)
		return nil, nil
	}
	for _, n := range number {
		a.decided[n-1] = true
	}
	a.add(rep, len(notes))
	return end, nil
}

// notesOf reads the checkpoints of the folder whose size lies in a segment.
func notesOf(s archivedSegment) (out []string, err error) {
	dir := filepath.Dir(s.path)
	names, err := fs.Glob(os.DirFS(dir), "checkpoint-*.note")
	if err != nil {
		return nil, fmt.Errorf("read archive: %w", err)
	}
	from, to := fmt.Sprintf("checkpoint-%016d.note", s.first), fmt.Sprintf("checkpoint-%016d.note", s.last)
	for _, name := range names {
		if name < from || name > to {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("read archived checkpoint: %w", err)
		}
		if _, _, err := chain.OpenCheckpoint(string(b)); err != nil {
			return nil, fmt.Errorf("read archived checkpoint %s: %w", name, err)
		}
		out = append(out, string(b))
	}
	return out, nil
}

// add joins a sound segment's report to the whole.
func (a *archive) add(rep chain.Report, notes int) {
	r := &a.rep
	if r.Segments == 0 {
		// Pruned before the folder was set, or taken out of it: it can't tell.
		r.Pruned, r.PrunedBy, r.Amber = rep.Pruned, rep.PrunedBy, rep.Pruned > 0
	}
	r.Segments++
	r.Checkpoints += notes
	r.Tenant, r.Entries, r.Handovers = rep.Tenant, r.Entries+rep.Entries, max(r.Handovers, rep.Handovers)
	r.CheckpointSize, r.CheckpointRoot = rep.CheckpointSize, rep.CheckpointRoot
	r.Authentic = r.Authentic && rep.Authentic
	if rep.Detail != "" {
		r.Detail = rep.Detail
	}
	for _, x := range rep.Restored {
		if !slices.ContainsFunc(r.Restored, func(o chain.Restore) bool { return o.Entry == x.Entry }) {
			r.Restored, r.Amber = append(r.Restored, x), true
		}
	}
	for _, w := range rep.Witnessed {
		r.Witnessed = append(slices.DeleteFunc(r.Witnessed, func(o chain.Witness) bool { return o.Name == w.Name }), w)
	}
}

// fail makes a segment's fault the whole's.
func (a *archive) fail(path string, rep chain.Report) {
	r := &a.rep
	r.OK, r.Authentic, r.Amber = false, false, false
	r.Fault, r.FirstFault, r.Looks, r.Detail, r.Against, r.AgainstWitness = rep.Fault, rep.FirstFault, rep.Looks, rep.Detail, rep.Against, rep.AgainstWitness
	if r.Tenant == "" {
		r.Tenant = rep.Tenant
	}
	if path != "" {
		r.File = filepath.Join(filepath.Base(filepath.Dir(path)), filepath.Base(path))
	}
}
