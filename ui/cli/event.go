package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// event is one server-sent event (HTML Living Standard, section 9.2).
type event struct {
	name string
	data string
}

func (e event) into(v any) error {
	if err := json.Unmarshal([]byte(e.data), v); err != nil {
		return fmt.Errorf("decode event: %w", err)
	}
	return nil
}

// maxEvent bounds one line of a stream, bytes.
const maxEvent = 8 << 20

// readEvents calls fn with each event until the stream ends. An event that the
// end cuts off is dropped, as the standard says.
func readEvents(r io.Reader, fn func(event) error) error {
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 0, 64<<10), maxEvent)
	var e event
	var data []string
	for sc.Scan() {
		line := strings.TrimSuffix(sc.Text(), "\r")
		if line == "" {
			if len(data) > 0 {
				e.data = strings.Join(data, "\n")
				if err := fn(e); err != nil {
					return err
				}
			}
			e, data = event{}, nil
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "event":
			e.name = value
		case "data":
			data = append(data, value)
		}
	}
	if err := sc.Err(); err != nil {
		return fmt.Errorf("read stream: %w", err)
	}
	return nil
}
