// Package pdfium runs PDFium, compiled to WebAssembly, under wazero.
//
// Its rule: PDFium sees nothing of the machine but the bytes of one file, a
// clock that stands still, and memory up to a limit; a trap in it is an error
// here. One Library serves one goroutine and one document at a time. A context
// is looked at between calls, not within one: wazero can interrupt a call, but
// PDFium then takes four times as long (619 pages: 9.1 instead of 2.3 s of CPU).
// Whoever opens files of strangers does so in a process that can be killed.
//
// The package writes compiled code to the cache directory it is given, which
// must belong to the caller alone since what lies there is executed.
package pdfium

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/emscripten"

	"coffre/connectors/extract/assets"
)

// Errors of a document. ErrMemory and others of a trap leave the Library unusable.
var (
	ErrPassword = errors.New("pdfium: a password is needed")
	ErrFormat   = errors.New("pdfium: not a PDF, or damaged")
	ErrMemory   = errors.New("pdfium: out of memory")
)

// Library is an instance of PDFium with its memory.
type Library struct {
	rt   wazero.Runtime
	mod  api.Module
	fn   map[string]api.Function
	file file
	full bool // a request for memory was refused
	buf  uint32
}

// file is all that PDFium can open.
type file struct {
	r    io.ReaderAt
	size int64
	pos  int64
	err  error // of the last read that failed
}

// Config of New. CacheDir "" compiles anew (about 5 s of CPU); MaxMemory in
// bytes is the ceiling of PDFium's own memory.
type Config struct {
	CacheDir  string
	MaxMemory int64
}

// New starts PDFium. Errors are those of the cache directory and of wazero.
func New(ctx context.Context, c Config) (*Library, error) {
	cfg := wazero.NewRuntimeConfigCompiler().
		WithMemoryLimitPages(uint32(min(c.MaxMemory, 2<<30) >> 16))
	if c.CacheDir != "" {
		cache, err := wazero.NewCompilationCacheWithDir(c.CacheDir)
		if err != nil {
			return nil, fmt.Errorf("open cache of compiled code: %w", err)
		}
		cfg = cfg.WithCompilationCache(cache)
	}
	l := &Library{rt: wazero.NewRuntimeWithConfig(ctx, cfg), fn: map[string]api.Function{}}
	if err := l.start(ctx); err != nil {
		l.Close()
		return nil, fmt.Errorf("start pdfium: %w", err)
	}
	return l, nil
}

// Close frees everything, open documents included.
func (l *Library) Close() error { return l.rt.Close(context.Background()) }

// Memory is how many bytes PDFium has taken.
func (l *Library) Memory() int64 { return int64(l.mod.Memory().Size()) }

func (l *Library) start(ctx context.Context) error {
	compiled, err := l.rt.CompileModule(ctx, assets.PDFium)
	if err != nil {
		return err
	}
	if err := l.imports(ctx, compiled); err != nil {
		return err
	}
	l.mod, err = l.rt.InstantiateModule(ctx, compiled,
		wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize", "__wasm_call_ctors"))
	if err != nil {
		return err
	}
	if _, err := l.call(ctx, "PDFium_Init"); err != nil {
		return err
	}
	l.buf, err = l.malloc(ctx, scratch)
	return err
}

// scratch is a corner of PDFium's memory for results of up to 64 bytes.
const scratch = 64

// imports provides what the module asks for. Names that emscripten computes
// (invoke_…) come from wazero; the rest answers as a machine without anything.
func (l *Library) imports(ctx context.Context, m wazero.CompiledModule) error {
	ours, err := emscripten.NewFunctionExporterForModule(m)
	if err != nil {
		return err
	}
	hosts := map[string]wazero.HostModuleBuilder{"env": l.rt.NewHostModuleBuilder("env")}
	for _, f := range m.ImportedFunctions() {
		mod, name, _ := f.Import()
		if strings.HasPrefix(name, "invoke_") || name == "_emscripten_throw_longjmp" {
			continue
		}
		if hosts[mod] == nil {
			hosts[mod] = l.rt.NewHostModuleBuilder(mod)
		}
		hosts[mod].NewFunctionBuilder().
			WithGoModuleFunction(l.host(name, len(f.ResultTypes())), f.ParamTypes(), f.ResultTypes()).Export(name)
	}
	ours.ExportFunctions(hosts["env"])
	for _, h := range hosts {
		if _, err := h.Instantiate(ctx); err != nil {
			return err
		}
	}
	return nil
}

// call runs an exported function. Results come in the lower 32 bits.
func (l *Library) call(ctx context.Context, name string, args ...uint64) (uint32, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	f := l.fn[name]
	if f == nil {
		if f = l.mod.ExportedFunction(name); f == nil {
			return 0, fmt.Errorf("pdfium has no %s", name)
		}
		l.fn[name] = f
	}
	res, err := f.Call(ctx, args...)
	if err != nil {
		if l.full {
			return 0, fmt.Errorf("%w: %s", ErrMemory, name)
		}
		return 0, fmt.Errorf("pdfium %s: %w", name, err)
	}
	if len(res) == 0 {
		return 0, nil
	}
	return uint32(res[0]), nil
}

func (l *Library) malloc(ctx context.Context, n int) (uint32, error) {
	p, err := l.call(ctx, "malloc", uint64(n))
	if err == nil && p == 0 {
		err = ErrMemory
	}
	return p, err
}

func (l *Library) free(ctx context.Context, p uint32) { l.call(ctx, "free", uint64(p)) }

// memory is a view of n bytes of PDFium's memory, valid until the next call.
func (l *Library) memory(p uint32, n int) ([]byte, error) {
	b, ok := l.mod.Memory().Read(p, uint32(n))
	if !ok {
		return nil, fmt.Errorf("pdfium: %d bytes at %d are outside its memory", n, p)
	}
	return b, nil
}
