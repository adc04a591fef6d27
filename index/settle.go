package index

// Settle returns when what finds the vectors that there are quickly is built,
// and written beside them: at once without vectors or where they are few. A
// search before it compares with more of them, and finds as much. Vectors that
// the worker has still to make (WaitEmbedded) aren't waited for.
func (ix *Index) Settle() {
	ix.mu.RLock()
	legs := ix.meaning.legs()
	ix.mu.RUnlock()
	for _, l := range legs {
		l.set.Settle()
	}
}
