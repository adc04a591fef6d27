package auth

import "container/list"

// recent is a map that forgets what was put longest ago once it holds most.
type recent[T any] struct {
	most  int
	at    map[[32]byte]*list.Element
	order *list.List // newest in front; values are *item[T]
}

type item[T any] struct {
	key [32]byte
	val T
}

func newRecent[T any](most int) *recent[T] {
	return &recent[T]{most: most, at: map[[32]byte]*list.Element{}, order: list.New()}
}

func (r *recent[T]) get(k [32]byte) (v T, ok bool) {
	e, ok := r.at[k]
	if !ok {
		return v, false
	}
	return e.Value.(*item[T]).val, true
}

func (r *recent[T]) put(k [32]byte, v T) {
	if e, ok := r.at[k]; ok {
		e.Value.(*item[T]).val = v
		r.order.MoveToFront(e)
		return
	}
	if r.order.Len() >= r.most {
		r.drop(r.order.Back().Value.(*item[T]).key)
	}
	r.at[k] = r.order.PushFront(&item[T]{k, v})
}

func (r *recent[T]) drop(k [32]byte) {
	if e, ok := r.at[k]; ok {
		r.order.Remove(e)
		delete(r.at, k)
	}
}
