package chain

import (
	"errors"
	"fmt"
)

const receiptFormat = "coffre-receipt/v1"

// A receipt is one line of canonical JSON that a user keeps:
//
//	{"format":"coffre-receipt/v1","customer":{…},"genesis":hex,"checkpoint":note,"handovers":[…],
//	 "question":LINE,"answer":LINE}
//
// where LINE is a line of a filtered export and the rest is what an export's
// header has. What was answered from what stands in the answer's payload:
// detail.passages (document, version, start, end), model, model_digest, prompt
// and rights (the classes that the asker could read).

// ReceiptEntry is one of the two entries of a receipt. Private and Salt are both
// nil where the text is erased or shall not be in it.
type ReceiptEntry struct {
	PreviousHash, ChainHash Hash
	Payload                 []byte
	Private, Salt           []byte
}

// Facts are what a sound receipt proves. Commitments are hex and empty where
// there was no private part.
type Facts struct {
	Question    uint64    `json:"question"` // seq of question.ask
	Answer      uint64    `json:"answer"`   // seq of answer.give: the place in the chain
	Asked       string    `json:"asked"`    // RFC 3339, UTC, milliseconds
	Answered    string    `json:"answered"`
	Actor       string    `json:"actor"` // opaque id
	Outcome     string    `json:"outcome"`
	Model       string    `json:"model,omitempty"`
	ModelDigest string    `json:"model_digest,omitempty"`
	Prompt      string    `json:"prompt,omitempty"`
	Rights      any       `json:"rights,omitempty"` // as the payload has them
	Passages    []Passage `json:"passages"`
	// The commitments, and whether the receipt holds the texts that they commit to.
	QuestionSealed string `json:"question_sealed,omitempty"`
	AnswerSealed   string `json:"answer_sealed,omitempty"`
	QuestionOpen   bool   `json:"question_open"`
	AnswerOpen     bool   `json:"answer_open"`
}

// Passage is a range of bytes in the extracted text of a document's version.
type Passage struct {
	Document string `json:"document"`
	Version  string `json:"version,omitempty"`
	Start    int64  `json:"start"`
	End      int64  `json:"end"`
}

// ErrReceipt is wrapped where no receipt can be made of what is given.
var ErrReceipt = errors.New("no receipt")

// MakeReceipt returns a receipt for an answer. h is the log's header; its
// checkpoint covers both entries. Errors: ErrReceipt, ErrPayload,
// ErrNotCanonical, ErrSize, those of n.
func MakeReceipt(n Nodes, h Header, question, answer ReceiptEntry) ([]byte, error) {
	m := map[string]any{
		"format": receiptFormat, "genesis": h.Genesis, "checkpoint": h.Checkpoint,
		"customer": map[string]string{"id": h.Customer.ID, "created_at": h.Customer.CreatedAt},
	}
	if len(h.Handovers) > 0 {
		m["handovers"] = handoverList(h.Handovers)
	}
	for name, e := range map[string]ReceiptEntry{"question": question, "answer": answer} {
		p, err := ParsePayload(e.Payload)
		if err != nil {
			return nil, fmt.Errorf("make receipt: %s: %w", name, err)
		}
		proof, err := ProveInclusion(n, h.Last, p.Seq-1)
		if err != nil {
			return nil, fmt.Errorf("make receipt: %s: %w", name, err)
		}
		m[name] = canonicalBytes(appendLine(nil, e.ChainHash, &e.PreviousHash, e.Payload, proof, e.Private, e.Salt))
	}
	b, err := Canonical(m)
	if err != nil {
		return nil, fmt.Errorf("make receipt: %w", err)
	}
	// A receipt that does not hold would be found out years later.
	if r, err := VerifyReceipt(b, VerifyOptions{}); err != nil || !r.OK {
		return nil, fmt.Errorf("make receipt: %w: %s %s", ErrReceipt, r.Fault, r.Detail)
	}
	return append(b, '\n'), nil
}
