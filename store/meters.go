package store

import "coffre/store/metric"

// Meters are what the store counts of itself, for all tenants together.
type Meters struct {
	Commit metric.Histogram // each commit of a transaction, its fsyncs included
	Acts   metric.Counter   // entries that commits have shared
	Search metric.Histogram // each search, those of questions and checks included
}

// Meters returns the figures since the opening.
func (r *Root) Meters() *Meters { return r.opts.meters }
