package takeout

import (
	"context"
	"io"
)

// contextReader ends with its context: a copy of a large file looks at it.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(b)
}
