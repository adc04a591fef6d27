package weights

import (
	"fmt"
	"os"
)

// MiniLM is the shape of all-MiniLM-L6-v2 (config.json of the model). Positions
// is half of what the model has: it was tuned on passages of at most 256 tokens.
var MiniLM = Shape{Name: "all-minilm-l6-v2", Dim: 384, Heads: 12, Inner: 1536, Layers: 6, Positions: 256, Words: 30522}

// ReadMiniLM reads the model's original files; the result is f32.
func ReadMiniLM(tensors, tokenizer string) (*Model, error) {
	raw, err := os.ReadFile(tokenizer)
	if err != nil {
		return nil, fmt.Errorf("read tokenizer: %w", err)
	}
	vocab, err := ReadVocabulary(raw)
	if err != nil {
		return nil, fmt.Errorf("read tokenizer: %w", err)
	}
	if raw, err = os.ReadFile(tensors); err != nil {
		return nil, fmt.Errorf("read safetensors: %w", err)
	}
	t, err := ReadSafetensors(raw)
	if err != nil {
		return nil, fmt.Errorf("read safetensors: %w", err)
	}
	return FromBERT(MiniLM, t, vocab)
}
