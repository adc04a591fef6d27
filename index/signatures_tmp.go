package index

import "context"

type Index struct{}

func Open(dir string, o Options) (*Index, error)                          { return nil, ErrClosed }
func (ix *Index) Close() error                                            { return nil }
func (ix *Index) Applied() uint64                                         { return 0 }
func (ix *Index) Apply(ctx context.Context, seq uint64, docs []Doc) error { return ErrClosed }
func (ix *Index) Load(span Span, doc, class uint32)                       {}
func (ix *Index) SetClass(doc, class uint32)                              {}
func (ix *Index) Search(ctx context.Context, q Query) (Result, error)     { return Result{}, ErrClosed }
func (ix *Index) Stats() Stats                                            { return Stats{} }
func DetectLanguage(text string) string                                   { return "" }
func Words(text, lang string) []Word                                      { return nil }
