// Package chainbench measures the audit chain on this machine and this file
// system, each figure beside a yardstick that was taken in turn with it:
//
//   - appending through the real Tenant.Update, beside a bbolt file and a plain
//     file that get the same payload bytes from as many writers, in groups of
//     those that wait, each group made durable before its writers go on;
//   - verification of the stored log, beside SHA-256 over the same chain hashes
//     and payloads;
//   - proofs at a given size, and memory of exports and their verification.
//
// Private parts are not written: their sealing is no work of the chain's.
package chainbench

// Options say how much is done. Zero members are replaced by defaults.
type Options struct {
	Dir     string // where a scratch directory is made; its file system is what is measured
	Entries int    // size at which proofs and memory are measured, 1,000,000
	Rounds  int    // turns of each measurement, 25
	SliceMS int    // milliseconds of each turn of appending, 50: a disk that others use is seldom as fast a second later
	// Tell is told what begins: one of the Stage constants, and a number that
	// goes with it (writers, or entries).
	Tell func(stage string, n int)
}

// The stages, in their order.
const (
	StageFsync  = "fsync"
	StageAppend = "append"
	StageFill   = "fill"
	StageVerify = "verify"
	StageMemory = "memory"
	StageProve  = "prove"
)

// sampleEntries is the size at which verification is measured, and memory first.
const sampleEntries = 100_000

func (o *Options) defaults() {
	for _, d := range []struct {
		to   *int
		want int
	}{{&o.Entries, 1_000_000}, {&o.Rounds, 25}, {&o.SliceMS, 50}} {
		if *d.to <= 0 {
			*d.to = d.want
		}
	}
	if o.Tell == nil {
		o.Tell = func(string, int) {}
	}
}

// Figures is what was measured; all are medians. Rates are per second of the
// clock, times in milliseconds, memory in MiB.
type Figures struct {
	Dir          string   `json:"dir"`
	Processors   int      `json:"processors"`
	PayloadBytes int      `json:"payload_bytes"` // mean
	FsyncMS      float64  `json:"fsync_ms"`      // after a write of one page
	Append       []Append `json:"append"`
	Verify       []Verify `json:"verify"`
	Prove        []Prove  `json:"prove"`
	Memory       []Memory `json:"memory"`
}

// Append is so many writers' work. Raw is group commit of the same payload
// bytes into a bbolt file, File into a plain one (one write and one fsync a
// group; a bbolt commit needs two).
type Append struct {
	Writers   int     `json:"writers"`
	EntriesPS float64 `json:"entries_per_s"`
	RawPS     float64 `json:"raw_per_s"`
	Ratio     float64 `json:"ratio"` // of entries_per_s to raw_per_s, the median of the turns'
	FilePS    float64 `json:"file_per_s"`
	FileRatio float64 `json:"file_ratio"`
}

// Verify is verification with so many cores, of a log of Entries. Ratio
// compares processor time a core, so that a busy machine weighs on both.
type Verify struct {
	Cores     int     `json:"cores"`
	Entries   int     `json:"entries"`
	EntriesPS float64 `json:"entries_per_s"`
	SHA256PS  float64 `json:"sha256_per_s"`
	Ratio     float64 `json:"ratio"`
	CoresUsed float64 `json:"cores_used"`
}

// Prove is the time of a proof for an entry anywhere, from the stored tree.
type Prove struct {
	Entries        uint64  `json:"entries"`
	InclusionP50   float64 `json:"inclusion_p50_ms"`
	InclusionP99   float64 `json:"inclusion_p99_ms"`
	ConsistencyP50 float64 `json:"consistency_p50_ms"`
	ConsistencyP99 float64 `json:"consistency_p99_ms"`
}

// Memory is the most that the process had taken for itself meanwhile, without
// the pages of the database, which the system maps and drops as it likes.
type Memory struct {
	Entries  uint64  `json:"entries"`
	Export   float64 `json:"export_mb"`
	Filtered float64 `json:"filtered_export_mb"`
	Verify   float64 `json:"verify_mb"`
}
