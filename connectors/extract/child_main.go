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
	Name    string     `json:"name"`
	Size    int64      `json:"size"`
	Warm    bool       `json:"warm,omitempty"`
	Draw    *drawOrder `json:"draw,omitempty"` // pages instead of the text
	Options Options    `json:"options"`
}

const documentFD = 3

// ChildMain is the whole life of an extraction child: it binds itself, reads
// its order, extracts or draws the file on descriptor 3 and writes the answer. It returns
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
	var a answer
	var body []byte
	if err = confine(ord.Options); err == nil {
		a, body, err = carryOut(ord)
	}
	if err := sendAnswer(os.Stdout, a, body, err); err != nil {
		return 1
	}
	return 0
}

func carryOut(ord order) (a answer, body []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			a, body, err = answer{}, nil, fail(CodeCorrupt, errors.New("parser panicked"))
		}
	}()
	ctx := context.Background() // the parent keeps the time
	if ord.Warm {
		lib, err := pdfium.New(ctx, pdfium.Config{CacheDir: ord.Options.CacheDir, MaxMemory: 64 << 20})
		if err != nil {
			return a, nil, err
		}
		return a, nil, lib.Close()
	}
	f := os.NewFile(documentFD, "document")
	if ord.Draw != nil {
		a.Pages, body, err = drawPages(ctx, f, ord.Size, *ord.Draw, ord.Options)
		return a, body, err
	}
	a.Text, err = Run(ctx, f, ord.Size, ord.Name, ord.Options)
	return a, []byte(a.Text.Body), err
}
