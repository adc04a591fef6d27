package embed

// masked is a score that softmax turns into (next to) nothing.
const masked = -1e30

// attend computes self-attention of the n rows from row at on: s.wide holds
// query, key and value side by side, the result goes to s.mixed.
func (e *encoder) attend(s *scratch, at, n int) {
	d := e.Dim / e.Heads
	for h := range e.Heads {
		e.packHead(s, at, n, h*d, d)
		for r := 0; r < n; r += tile {
			e.attendTile(s, at+r, min(tile, n-r), n, h*d, d)
		}
	}
}

// packHead copies a head's keys (transposed) and values into panels; rows above
// the window are zero.
func (e *encoder) packHead(s *scratch, at, n, from, d int) {
	wide := up(n, panel)
	clear(s.values[:wide*d])
	if tail := wide - panel; n < wide {
		clear(s.keys[tail*d : wide*d])
	}
	for j := range n {
		row := s.wide[(at+j)*3*e.Dim+e.Dim+from:]
		keys := s.keys[j/panel*panel*d+j%panel:]
		for i, v := range row[:d] {
			keys[i*panel] = v
		}
		values := row[e.Dim:][:d]
		for i := 0; i < d; i += panel {
			copy(s.values[i*wide+j*panel:][:panel], values[i:])
		}
	}
}

// attendTile computes up to tile rows of one head's attention, from row on.
func (e *encoder) attendTile(s *scratch, row, rows, n, from, d int) {
	wide := up(n, panel)
	scores := s.scores[:tile*wide]
	clear(scores)
	for j := 0; j < wide; j += panel {
		e.k.multiply(scores[j:], wide, s.wide[row*3*e.Dim+from:], 3*e.Dim, s.keys[j*d:], d)
	}
	var sums [tile]float32
	for r := range rows {
		line := scores[r*wide:][:wide]
		for j := n; j < wide; j++ {
			line[j] = masked
		}
		sums[r] = e.k.softmax(line)
	}
	clear(s.head)
	for i := 0; i < d; i += panel {
		e.k.multiply(s.head[i:], d, scores, wide, s.values[i*wide:], wide)
	}
	for r := range rows {
		f := 1 / sums[r]
		out := s.mixed[(row+r)*e.Dim+from:][:d]
		for i, v := range s.head[r*d:][:d] {
			out[i] = v * f
		}
	}
}
