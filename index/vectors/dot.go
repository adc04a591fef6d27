package vectors

// dotRows computes the dot product of q with each of len(out) rows that lie
// one after the other in rows, each as long as q. The length is a multiple of
// 32 and at most MaxDim, so that no sum overflows.
func dotRows(q, rows []int8, out []int32) {
	n := len(q)
	if n == 0 || n%32 != 0 || len(rows) < n*len(out) {
		panic("vectors: rows and query don't fit")
	}
	if len(out) == 0 {
		return
	}
	if accelerated {
		dotRowsSIMD(&q[0], &rows[0], n, len(out), &out[0])
		return
	}
	dotRowsPortable(q, rows, out)
}

func dotRowsPortable(q, rows []int8, out []int32) {
	for r := range out {
		row := rows[r*len(q):][:len(q)]
		var a, b int32
		for i := 0; i+1 < len(q); i += 2 {
			a += int32(q[i]) * int32(row[i])
			b += int32(q[i+1]) * int32(row[i+1])
		}
		out[r] = a + b
	}
}
