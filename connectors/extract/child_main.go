package extract

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"coffre/connectors/extract/pdfium"
)

// order is the line that a child reads from its standard input.
type order struct {
	Name    string  `json:"name"`
	Size    int64   `json:"size"`
	Warm    bool    `json:"warm,omitempty"`
	Options Options `json:"options"`
}

const documentFD = 3

// ChildMain is the whole life of an extraction child: it binds itself, reads
// its order, extracts the file on descriptor 3 and writes the answer. It returns
// the exit status, 0 for an answer of whatever kind.
func ChildMain() int {
	in := bufio.NewReader(os.Stdin)
	line, err := in.ReadBytes('\n')
	var ord order
	if err == nil {
		err = json.Unmarshal(line, &ord)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "extract child: no order")
		return 2
	}
	go func() {
		io.Copy(io.Discard, in)
		os.Exit(1) // the parent is gone, or wants nothing more
	}()
	var text Text
	if err = confine(ord.Options); err == nil {
		text, err = carryOut(ord)
	}
	if err := writeAnswer(os.Stdout, text, err); err != nil {
		return 1
	}
	return 0
}

func carryOut(ord order) (t Text, err error) {
	defer func() {
		if r := recover(); r != nil {
			t, err = Text{}, fail(CodeCorrupt, errors.New("parser panicked"))
		}
	}()
	ctx := context.Background() // the parent keeps the time
	if ord.Warm {
		lib, err := pdfium.New(ctx, pdfium.Config{CacheDir: ord.Options.CacheDir, MaxMemory: 64 << 20})
		if err != nil {
			return Text{}, err
		}
		return Text{}, lib.Close()
	}
	return Run(ctx, os.NewFile(documentFD, "document"), ord.Size, ord.Name, ord.Options)
}
