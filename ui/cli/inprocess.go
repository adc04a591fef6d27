package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// inProcess is a transport whose other end is a handler of this process. The
// answer streams: a reader sees each write as it happens.
type inProcess struct{ handler http.Handler }

// RoundTrip runs the handler and returns as soon as it has sent its status.
func (t inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(req.Context())
	r := req.Clone(ctx)
	r.RequestURI, r.RemoteAddr = req.URL.RequestURI(), "127.0.0.1:0"
	if r.Body == nil {
		r.Body = http.NoBody
	}
	pr, pw := io.Pipe()
	w := &answerWriter{header: http.Header{}, trailer: http.Header{}, sent: make(chan struct{}), body: pw}
	go func() {
		var err error
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("handler ended: %v", p)
			}
			w.WriteHeader(http.StatusOK)
			w.end()
			pw.CloseWithError(err) // nil is a clean end
			r.Body.Close()
		}()
		t.handler.ServeHTTP(w, r)
	}()
	select {
	case <-w.sent:
	case <-ctx.Done():
		cancel()
		pr.Close()
		return nil, req.Context().Err()
	}
	return &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.snapshot, Trailer: w.trailer, Body: &answerBody{pr, cancel}, ContentLength: -1, Request: req,
	}, nil
}

// answerWriter is the handler's end.
type answerWriter struct {
	header   http.Header
	snapshot http.Header
	trailer  http.Header // read after the body's end
	status   int
	once     sync.Once
	sent     chan struct{}
	body     *io.PipeWriter
}

func (w *answerWriter) Header() http.Header { return w.header }

func (w *answerWriter) WriteHeader(status int) {
	if status < 200 {
		return
	}
	w.once.Do(func() {
		w.status, w.snapshot = status, w.header.Clone()
		close(w.sent)
	})
}

func (w *answerWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	n, err := w.body.Write(b)
	if errors.Is(err, io.ErrClosedPipe) {
		err = http.ErrAbortHandler
	}
	return n, err
}

// end takes the trailers that the handler announced.
func (w *answerWriter) end() {
	for _, name := range w.snapshot.Values("Trailer") {
		w.trailer.Set(name, w.header.Get(name))
	}
}

// Flush implements http.Flusher; every write is through already.
func (w *answerWriter) Flush() { w.WriteHeader(http.StatusOK) }

// answerBody is the reader's end; closing it tells the handler to stop.
type answerBody struct {
	*io.PipeReader
	cancel context.CancelFunc
}

func (b *answerBody) Close() error {
	b.cancel()
	return b.PipeReader.Close()
}
