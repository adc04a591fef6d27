package chain

// Format is the first member of every export's header.
const Format = "coffre-audit/v1"

// Header is the first line of an export, and what a live log says about itself.
type Header struct {
	Customer   Customer
	Genesis    Hash
	Complete   bool   // every entry from First to Last, or a filtered choice
	Segment    bool   // of an archive: without the hand-overs before First (SegmentFormat)
	First      uint64 // 1, or the first entry that is not pruned
	Last       uint64 // the checkpoint's size
	Checkpoint string // signed note
	Handovers  []Handover
	Pruned     *Pruned        // nil where nothing is pruned
	Filter     map[string]any // from, to, actor, class, outcome; nil if complete
}

// Handover is a note signed by two keys with the entry that named the new one.
type Handover struct {
	Note        string
	Entry       HandoverEntry
	Inclusion   []Hash // of the note's last leaf in the note's own tree
	Consistency []Hash // from the note's size to the checkpoint's
}

// HandoverEntry is the audit.key or audit.restore entry that is the last leaf of
// its note.
type HandoverEntry struct {
	ChainHash, PreviousHash Hash
	Payload                 []byte // canonical
}

// Pruned tells of the entries 1 to To, of which only hashes are left.
type Pruned struct {
	To        uint64
	ChainHash Hash   // chain_hash[To]
	Range     []Hash // compact range of the leaves 0 to To-1, largest first
}

func (h Header) encode() ([]byte, error) {
	m := map[string]any{
		"format": Format, "genesis": h.Genesis, "complete": h.Complete,
		"customer": map[string]string{"id": h.Customer.ID, "created_at": h.Customer.CreatedAt},
		"first":    h.First, "last": h.Last, "checkpoint": h.Checkpoint,
	}
	if h.Segment {
		m["format"] = SegmentFormat
	}
	if len(h.Handovers) > 0 {
		m["handovers"] = handoverList(h.Handovers)
	}
	if h.Pruned != nil {
		m["pruned"] = map[string]any{
			"to": h.Pruned.To, "chain_hash": h.Pruned.ChainHash, "range": base64List(h.Pruned.Range),
		}
	}
	if len(h.Filter) > 0 {
		m["filter"] = h.Filter
	}
	return Canonical(m)
}

func handoverList(handovers []Handover) []any {
	list := make([]any, len(handovers))
	for i, o := range handovers {
		list[i] = map[string]any{
			"note": o.Note, "inclusion": base64List(o.Inclusion), "consistency": base64List(o.Consistency),
			"entry": map[string]any{
				"chain_hash": o.Entry.ChainHash, "previous_hash": o.Entry.PreviousHash,
				"payload": canonicalBytes(o.Entry.Payload),
			},
		}
	}
	return list
}

func base64List(hashes []Hash) []string {
	list := make([]string, len(hashes))
	for i, h := range hashes {
		list[i] = h.Base64()
	}
	return list
}
