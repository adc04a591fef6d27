package llm

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func readSSE(r io.Reader) (out []sseEvent, err error) {
	s := newSSEReader(r)
	s.most = 1000
	for {
		e, err := s.next()
		if err != nil {
			return out, err
		}
		out = append(out, e)
	}
}

func TestSSE(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     []sseEvent
		err      error
	}{
		{"one", "data: a\n\n", []sseEvent{{"", "a"}}, io.EOF},
		{"only one space is taken off", "data:  a \n\n", []sseEvent{{"", " a "}}, io.EOF},
		{"several lines", "data: a\ndata:b\ndata\n\n", []sseEvent{{"", "a\nb\n"}}, io.EOF},
		{"name, id, retry", "event: error\nid: 3\nretry: 10\ndata: a\n\n", []sseEvent{{"error", "a"}}, io.EOF},
		{"name without data", "event: ping\n\ndata: a\n\n", []sseEvent{{"", "a"}}, io.EOF},
		{"comments", ": hi\n:\n\ndata: a\n: there\n\n", []sseEvent{{"", "a"}}, io.EOF},
		{"CR LF", "data: a\r\n\r\ndata: b\r\n\r\n", []sseEvent{{"", "a"}, {"", "b"}}, io.EOF},
		{"CR", "data: a\r\rdata: b\r\r", []sseEvent{{"", "a"}, {"", "b"}}, io.EOF},
		{"mark", "\xef\xbb\xbfdata: a\n\n", []sseEvent{{"", "a"}}, io.EOF},
		{"cut off", "data: a\n\ndata: b", []sseEvent{{"", "a"}, {"", "b"}}, io.EOF},
		{"colon in data", "data: {\"a\":1}\n\n", []sseEvent{{"", `{"a":1}`}}, io.EOF},
		{"error field", "error: {}\n\n", []sseEvent{{"error", "{}"}}, io.EOF},
		{"empty", "", nil, io.EOF},
		{"too long", "data: " + strings.Repeat("a", 1000) + "\n\n", nil, errEventTooLong},
		{"too long in lines", strings.Repeat("data: aaaaaaaaaaaaaaaaaa\n", 100), nil, errEventTooLong},
	} {
		for how, r := range map[string]io.Reader{"whole": strings.NewReader(c.in), "in bytes": iotest.OneByteReader(strings.NewReader(c.in))} {
			if got, err := readSSE(r); !slices.Equal(got, c.want) || !errors.Is(err, c.err) {
				t.Errorf("%s, %s: %q %v", c.name, how, got, err)
			}
		}
	}
	broken := errors.New("broken")
	if _, err := readSSE(io.MultiReader(strings.NewReader("data: a\n"), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Error(err)
	}
}

// However a stream is cut into reads and whichever line ends it has, its events are the same; none is longer than
// the bound, and nothing panics, in what is behind the parser neither.
func FuzzSSE(f *testing.F) {
	for _, s := range []string{"data: a\n\n", "event: x\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"<think>a</think>b\"}}]}\r\n\r\n", "\xef\xbb\xbf:\r\r\n\ndata:1", "error: {\"error\":{\"message\":1}}\n\ndata: [DONE]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		whole, err := readSSE(strings.NewReader(in))
		bytes, errBytes := readSSE(iotest.OneByteReader(strings.NewReader(in)))
		if !slices.Equal(whole, bytes) || !errors.Is(errBytes, err) {
			t.Fatalf("%q %v, in bytes %q %v", whole, err, bytes, errBytes)
		}
		if !strings.Contains(in, "\r") && err == io.EOF {
			if crlf, _ := readSSE(strings.NewReader(strings.ReplaceAll(in, "\n", "\r\n"))); !slices.Equal(whole, crlf) {
				t.Fatalf("%q, with CR LF %q", whole, crlf)
			}
		}
		a := &chatAnswer{s: newStream(t.Context(), OllamaOptions{}.withDefaults(), nil)}
		defer a.s.stop()
		for _, e := range whole {
			if len(e.Data) > 1000 {
				t.Fatalf("an event of %d bytes", len(e.Data))
			}
			if err := a.event(e); err != nil && CodeOf(err) == "" {
				t.Fatalf("an error without code: %v", err)
			}
		}
		_ = a.finish(nil)
	})
}
