package ui

import "coffre/store"

func (q *request) startSAML() error    { return store.Fail(store.NotFound, "not-found") }
func (q *request) finishSAML() error   { return store.Fail(store.NotFound, "not-found") }
func (q *request) metadataSAML() error { return store.Fail(store.NotFound, "not-found") }
